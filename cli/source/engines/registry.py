"""The sources of an environment, each as its engine has it."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from cli.context import Context
from cli.source.engines.documents.uploads import Documents
from cli.source.engines.dynamodb.tables import DynamoDbTables
from cli.source.engines.extraction.model import LanguageModel
from cli.source.engines.postgres.tables import PostgresTables
from cli.source.engines.source import EngineSource
from cli.terminal.failures import Refused

if TYPE_CHECKING:
    from medallion.manifest.engines.settings import Source

_MAKERS: Mapping[str, Callable[[Context, str, Any], EngineSource[Any]]] = {
    "documents": Documents,
    "dynamodb": DynamoDbTables,
    "extraction": LanguageModel,
    "postgres": PostgresTables,
}


def source_of(context: Context, name: str) -> EngineSource[Any]:
    """A source of the environment.

    Raises:
        Refused: There is none of that name.
    """
    settings = configured(context, name)
    return _MAKERS[settings.engine](context, name, settings)


def configured(context: Context, name: str) -> "Source":
    """A source as the environment's configuration has it.

    Raises:
        Refused: There is none of that name.
    """
    sources = context.configuration.sources
    if name not in sources:
        file = f"{context.lake}/config/{context.environment}.yaml"
        raise Refused(f"{file}: sources: has no {name!r}; it has {', '.join(sorted(sources)) or 'none'}")
    return sources[name]


__all__ = ["configured", "source_of"]
