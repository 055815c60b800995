"""The columns of a bronze table of documents, which are the same for every source of them."""

from typing import TYPE_CHECKING

from medallion.manifest.column_types import layer_type
from medallion.manifest.errors import InvalidField, Location, UnknownValue
from medallion.manifest.model import Column

if TYPE_CHECKING:
    from open_data_contract_standard.model import SchemaProperty

DOCUMENT_COLUMNS = {
    "document_id": "string",
    "name": "string",
    "media_type": "string",
    "size_bytes": "bigint",
    "received_at": "timestamp",
    "text": "string",
}
KEY = ("document_id",)


def document_type(column: "SchemaProperty", where: Location, problems: list[InvalidField]) -> str:
    """The type of a document's column, which the contract must name as it is."""
    name = column.name or ""
    if name and name not in DOCUMENT_COLUMNS:
        problems.append(UnknownValue(where.at("name"), name, DOCUMENT_COLUMNS))
    before = len(problems)
    found = layer_type(column, where, problems)
    wanted = DOCUMENT_COLUMNS.get(name, found)
    if found != wanted and len(problems) == before:
        problems.append(InvalidField(where.at("logicalType"), f"{name} of a document is {wanted}, and this is {found}"))
    return wanted


def check_documents(columns: tuple[Column, ...], key: tuple[str, ...], where: Location, problems: list[InvalidField]) -> None:
    """That a table of documents has all that there is to know of one, and that its content is its key."""
    missing = [name for name in DOCUMENT_COLUMNS if name not in {column.name for column in columns}]
    if missing:
        problems.append(InvalidField(where.at("properties"), f"a table of documents has also {', '.join(missing)}"))
    if key != KEY:
        problems.append(InvalidField(where.at("properties"), "document_id alone has primaryKey: true: it is the SHA-256 of the document"))


__all__ = ["DOCUMENT_COLUMNS", "check_documents", "document_type"]
