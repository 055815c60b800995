"""Where a lake lies and which products it has."""

import json
import re
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field, ValidationError

from medallion.manifest.document import read_document, shown
from medallion.manifest.errors import Invalid, InvalidField, Location
from medallion.manifest.fields import unknown_fields, wrong_values
from medallion.manifest.frozen import Frozen

_CRON_FIELD = re.compile(r"^[0-9A-Za-z*/,\-#]+$")
_CRON_NAMES = ("@hourly", "@daily", "@weekly", "@monthly", "@yearly")


class NoLake(InvalidField):
    """The chosen folder holds no lake."""


def _cron(value: str) -> str:
    fields = value.split()
    if value not in _CRON_NAMES and not (len(fields) == 5 and all(_CRON_FIELD.match(field) for field in fields)):
        raise ValueError(f"{value!r} is no cron expression: five fields, such as '0 4 * * *' (UTC), or one of {', '.join(_CRON_NAMES)}")
    return value


class ProductFile(Frozen):
    """What `product.yaml` says.

    Attributes:
        schedule: A cron expression in UTC, or None where only a person or an asset starts the product.
        owner: Who answers for it.
        retries: How often a failed task is tried again, 0 to 10; None for the environment's own number.
        timeout_minutes: When a run is ended as failed; None for never.
        deadline_minutes: When the owner is told that a run has not ended, from its start on; None for never.
    """

    schedule: Annotated[str, AfterValidator(_cron)] | None = None
    owner: str = ""
    retries: Annotated[int, Field(ge=0, le=10)] | None = None
    timeout_minutes: Annotated[int, Field(ge=1, le=10080)] | None = None
    deadline_minutes: Annotated[int, Field(ge=1, le=10080)] | None = None


def lake_root(repository: Path, chosen: str | None = None) -> Path:
    """The folder of the lake that is meant.

    Args:
        repository: Where `cdk.json` is.
        chosen: What `-c lake=` or `LAKE=` say, relative to the repository; None takes the context `default-lake` of `cdk.json`.

    Raises:
        NoLake: There is no lake there.
    """
    if not chosen:
        file = repository / "cdk.json"
        try:
            chosen = str(json.loads(file.read_text(encoding="utf-8"))["context"]["default-lake"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            where = Location(shown(file), "context.default-lake")
            raise NoLake(where, f"names no lake ({error}); name one with `-c lake=PATH` or LAKE=PATH") from error
    root = (repository / chosen).resolve()
    if not (root / "contracts").is_dir():
        raise NoLake(Location(shown(root)), "is no lake: it has no folder `contracts`; name another with `-c lake=PATH` or LAKE=PATH")
    return root


def product_names(root: Path) -> tuple[str, ...]:
    """The data products of a lake, sorted."""
    return tuple(sorted(path.name for path in (root / "contracts").iterdir() if path.is_dir() and not path.name.startswith(".")))


def read_product(root: Path, name: str) -> ProductFile:
    """A product's `product.yaml`; without one, a product that nothing starts by itself.

    Raises:
        Invalid: All that is wrong with it.
    """
    path = root / "contracts" / name / "product.yaml"
    if not path.exists():
        return ProductFile()
    document = read_document(path)
    where = Location(shown(path))
    problems: list[InvalidField] = list(unknown_fields(ProductFile, document, where))
    try:
        product = ProductFile.model_validate(document, strict=True)
    except ValidationError as error:
        raise Invalid([*problems, *wrong_values(error, document, where, {})]) from error
    if problems:
        raise Invalid(problems)
    return product


__all__ = ["NoLake", "ProductFile", "lake_root", "product_names", "read_product"]
