"""What commands of `lake access` begin with: a lake with personas, and an environment where Lake Formation decides."""

from typing import TYPE_CHECKING

from cli.context import Context
from cli.terminal.failures import Refused

if TYPE_CHECKING:
    from medallion.manifest.model import Manifest


def manifest_with_personas(context: Context) -> "Manifest":
    """The lake's contracts and personas.

    Raises:
        Refused: It has no personas, or the environment leaves access to IAM.
    """
    from medallion.manifest.access.personas import personas_file
    from medallion.manifest.compiler import compile_lake
    from medallion.manifest.configuration import configuration_file
    from medallion.manifest.document import shown

    manifest = compile_lake(context.lake)
    if not manifest.personas:
        raise Refused(f"the lake has no personas; write {shown(personas_file(context.lake))} (docs/access.md)")
    if not context.configuration.governed:
        file = shown(configuration_file(context.lake, context.environment))
        raise Refused(f"{file}: lake_formation: is off, so that IAM alone decides who sees what; set it to manage or adopt")
    return manifest


def persona_meant(manifest: "Manifest", name: str) -> str:
    """A persona of the lake.

    Raises:
        Refused: There is none of that name.
    """
    from difflib import get_close_matches

    names = [persona.name for persona in manifest.personas]
    if name not in names:
        hint = get_close_matches(name, names, n=1)
        raise Refused(f"{name!r} is no persona; there are {', '.join(names)}" + (f"; did you mean {hint[0]!r}?" if hint else ""))
    return name


__all__ = ["manifest_with_personas", "persona_meant"]
