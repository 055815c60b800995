"""`lake access explain`: why a persona sees a column, or does not."""

from typing import TYPE_CHECKING, Annotated

import typer

from cli.access.asked import manifest_with_personas, persona_meant
from cli.context import of
from cli.terminal.failures import Refused
from cli.terminal.output import print_json, say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from medallion.manifest.access.explanation import Explanation
    from medallion.manifest.access.matrix import MatrixRow


def mount(app: typer.Typer) -> None:
    """Adds `explain` to `lake access`."""
    app.command(epilog="Example: `lake access explain analyst silver.orders.email`")(explain)


def explain(
    call: typer.Context,
    persona: Annotated[str, typer.Argument(help="A persona of config/personas.yaml.")],
    column: Annotated[str, typer.Argument(metavar="TABLE.COLUMN", help="A column, its layer before the table where two have it.")],
) -> None:
    """Tells a column's class, its tags, and which of the persona's grants give it or why they don't."""
    from medallion.manifest.access.expected import expected_state
    from medallion.manifest.access.explanation import explain as explained
    from medallion.manifest.access.matrix import matrix

    context = of(call)
    manifest = manifest_with_personas(context)
    name = persona_meant(manifest, persona)
    state = expected_state(context.configuration, manifest)
    row = column_meant(column, matrix(context.configuration, manifest, state))
    layer, _, table = row.table.partition(".")
    explanation = explained(state, manifest, context.names, name, layer, table, row.name)  # type: ignore[arg-type]
    if context.json:
        print_json(explanation.model_dump())
    else:
        _tell(explanation)


def column_meant(text: str, columns: "Sequence[MatrixRow]") -> "MatrixRow":
    """The column of `TABLE.COLUMN` or `LAYER.TABLE.COLUMN`.

    Raises:
        Refused: There is none of that name, or more than one.
    """
    wanted = text.lower()
    rows = [column for column in columns if wanted in {column.place, column.place.partition(".")[2]}]
    if len(rows) == 1:
        return rows[0]
    if rows:
        raise Refused(f"{text!r} could be {' or '.join(column.place for column in rows)}")
    table = wanted.rpartition(".")[0]
    of_table = [column.name for column in columns if table in {column.table, column.table.partition(".")[2]}]
    raise Refused(
        f"{text!r}: there is no such column; {table} has {', '.join(of_table)}"
        if of_table
        else f"{text!r} is no TABLE.COLUMN of the lake; `lake access` lists its tables"
    )


def _tell(explanation: "Explanation") -> None:
    verbs = {"yes": "sees", "no": "does not see"}
    rows = "" if explanation.answer in verbs else f" in {explanation.answer}"
    say(f"{explanation.persona} {verbs.get(explanation.answer, 'sees')} {explanation.place}{rows}")
    say(f"  class: {explanation.origin}")
    for tag in explanation.tags:
        say(f"  tag: {tag.key} = {tag.value} (of the {tag.origin})")
    for verdict in explanation.verdicts:
        say(
            f"  grant: SELECT where {verdict.grant}: {'gives it' if verdict.gives else 'does not'}"
            + (f", {verdict.because}" if verdict.because else "")
        )
    if not explanation.verdicts:
        say("  grant: none")


__all__ = ["column_meant", "explain", "mount"]
