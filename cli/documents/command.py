"""`lake documents show`: a document's text with the words that its values came from."""

from typing import TYPE_CHECKING, Annotated

import typer

from cli.context import of
from cli.documents.marked import Found, pieces
from cli.query.asking import AsPersona

if TYPE_CHECKING:
    from medallion.manifest.model import BronzeTable, Manifest

app = typer.Typer(name="documents", help="Documents, and what a model found in them.", no_args_is_help=True)


def mount(parent: typer.Typer) -> None:
    """Adds `documents` to the command."""
    parent.add_typer(app, rich_help_panel="Data")


@app.command(epilog="Examples: `lake documents show 3fa85f64` · `lake documents show 'reklamation-käse.txt' --table mail__orders`")
def show(
    call: typer.Context,
    document: Annotated[str, typer.Argument(metavar="DOCUMENT", help="Its id, the first characters of its id, or its name.")],
    table: Annotated[str | None, typer.Option("--table", help="The bronze table of what was found, where the lake has several.")] = None,
    persona: AsPersona = None,
) -> None:
    """Shows a document with the values that a model found in it, each beside the words that it came from.

    Athena shows it to those who see all of its text, and of what was found.
    """
    from cli.deployment.deployed import deployed_manifest
    from cli.documents.queries import documents_like, found_in, values_of
    from cli.query.asking import asker
    from cli.query.athena import ask
    from cli.terminal.failures import Refused
    from cli.terminal.output import print_json

    context = of(call)
    who = asker(context, persona)
    _, manifest = deployed_manifest(context)
    contract = extracted(manifest, table)
    extraction = contract.extraction
    assert extraction is not None
    _, _, documents = ask(context, documents_like(context.names, extraction.documents, document), who)
    if len(documents) != 1:
        shown = ", ".join(str(row[0])[:12] for row in documents)
        raise Refused(
            f"{extraction.documents} has no document {document!r}" if not documents else f"{document!r} is of several documents: {shown} …"
        )
    id, name, received_at, text = documents[0]
    _, _, rows = ask(context, values_of(context.names, contract, extraction, id), who)
    found, refused = found_in(extraction, rows)
    if context.json:
        values = [vars(one) for one in found if one.value is not None]
        print_json({"document_id": id, "name": name, "received_at": received_at, "text": text, "refused": refused, "values": values})
        return
    _print(f"{id}  {name}  {received_at}", text or "", found, refused)


def extracted(manifest: "Manifest", table: str | None) -> "BronzeTable":
    """The bronze table that is meant.

    Raises:
        Refused: There is none, or several, or none of that name.
    """
    from cli.terminal.failures import Refused

    tables = {one.name: one for product in manifest.products for one in product.bronze if one.extraction is not None}
    if table is not None and table not in tables:
        raise Refused(f"--table: {table!r} is not one of {', '.join(sorted(tables)) or 'none: no table is extracted from documents'}")
    if table is None and len(tables) != 1:
        raise Refused(f"--table is needed: {', '.join(sorted(tables))}" if tables else "no table of this lake is extracted from documents")
    return tables[table] if table is not None else next(iter(tables.values()))


def _print(title: str, text: str, found: tuple[Found, ...], refused: str | None) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    from cli.terminal.output import say
    from cli.terminal.screen import cell, joined, plain, stdout

    screen = stdout()
    screen.print(plain(title, "bold"))
    parts = [
        plain(piece.text)
        if not piece.labels
        else joined(plain(f"[{piece.text}]", "bold yellow"), plain(f"({', '.join(piece.labels)})", "dim"))
        for piece in pieces(text, found)
    ]
    screen.print(joined(*parts))
    if refused is not None:
        say(f"The answer was refused: {refused}")
        return
    told = [one for one in found if one.value is not None]
    if not told:
        say("No record was found in it.")
        return
    shown = Table(box=SIMPLE_HEAD, pad_edge=False)
    for name in ("record", "field", "value", "words", "from", "to"):
        shown.add_column(name, justify="right" if name in ("record", "from", "to") else "left", overflow="fold")
    for one in told:
        shown.add_row(*map(cell, (one.record, one.field, one.value, one.words, one.start, one.end)))
    screen.show(shown)
