"""A lake's contracts as files: found, parsed by the standard's own models, and checked for what every layer needs."""

import re
from dataclasses import dataclass
from pathlib import Path

from open_data_contract_standard.model import OpenDataContractStandard, SchemaObject
from pydantic import ValidationError

from medallion.manifest.document import read_document, shown
from medallion.manifest.errors import Invalid, InvalidField, Location, UnknownValue
from medallion.manifest.fields import unknown_fields, wrong_values
from medallion.manifest.lake import product_names
from medallion.manifest.names import HISTORY_SUFFIX, LAYERS, QUARANTINE_SUFFIX, Layer

_API_VERSION = re.compile(r"^v3\.\d+\.\d+$")
_NAME = re.compile(r"^[a-z][a-z0-9_]*$")
_ADVICE = {"version": "text; put it in quotes, such as '1.0'"}


@dataclass(frozen=True)
class Contract:
    """One table's contract.

    Attributes:
        product: The folder of its product.
        layer: The folder of its layer.
        name: The table's name, which is the file's.
        path: The file.
        file: The file relative to the lake, as the manifest has it.
        where: The contract's table, `schema[0]`, for errors.
        document: The standard's own model.
    """

    product: str
    layer: Layer
    name: str
    path: Path
    file: str
    where: Location
    document: OpenDataContractStandard

    @property
    def table(self) -> SchemaObject:
        """What the contract says of its one table."""
        return (self.document.schema_ or [])[0]

    @property
    def version(self) -> str:
        """The contract's own version."""
        return self.document.version or ""

    @property
    def description(self) -> str:
        """The table's description, or else the contract's purpose."""
        purpose = self.document.description.purpose if self.document.description else None
        return self.table.description or purpose or ""


@dataclass(frozen=True)
class Contracts:
    """All contracts of a lake.

    Attributes:
        readable: Those whose table can be compiled, sorted by file.
        unreadable: Layer and name of the others, so that no one is told that what stands there is missing.
    """

    readable: tuple[Contract, ...]
    unreadable: frozenset[tuple[Layer, str]]

    def of(self, layer: Layer) -> tuple[Contract, ...]:
        """The readable ones of one layer."""
        return tuple(contract for contract in self.readable if contract.layer == layer)


def read_contracts(root: Path, problems: list[InvalidField]) -> Contracts:
    """Reads `contracts/PRODUCT/LAYER/TABLE.yaml`, and adds what is wrong to the problems."""
    readable, unreadable = [], set()
    for product in product_names(root):
        folder = root / "contracts" / product
        _named(product, "a product's folder", Location(shown(folder)), problems)
        for path in sorted(folder.iterdir()):
            if path.name.startswith(".") or path.name in ("product.yaml", "README.md"):
                continue
            if not path.is_dir():
                problems.append(InvalidField(Location(shown(path)), f"has no place here; contracts lie in {', '.join(LAYERS)}"))
            elif path.name not in LAYERS:
                problems.append(UnknownValue(Location(shown(path)), path.name, LAYERS))
            else:
                for file in _contract_files(path, problems):
                    contract = _read(root, product, path.name, file, problems)
                    if contract:
                        readable.append(contract)
                    else:
                        unreadable.add((path.name, file.stem))
    return Contracts(tuple(readable), frozenset(unreadable))


def _contract_files(folder: Path, problems: list[InvalidField]) -> list[Path]:
    files = []
    for path in sorted(folder.iterdir()):
        where = Location(shown(path))
        if path.name.startswith(".") or path.name == "README.md":
            continue
        if path.suffix == ".yaml":
            files.append(path)
        elif path.suffix in (".sql", ".py") and folder.name == "gold":
            if not path.with_suffix(".yaml").exists():
                problems.append(InvalidField(where, f"has no contract beside it; write {path.stem}.yaml"))
        elif path.suffix == ".yml":
            problems.append(InvalidField(where, f"is not read; call it {path.stem}.yaml"))
        else:
            problems.append(InvalidField(where, "is not read; a layer's folder holds TABLE.yaml, and gold TABLE.sql or TABLE.py beside it"))
    return files


def _read(root: Path, product: str, layer: Layer, path: Path, problems: list[InvalidField]) -> Contract | None:
    """The contract of a file, or None where its table can't even be looked at."""
    where = Location(shown(path))
    try:
        content = read_document(path)
    except Invalid as invalid:
        problems.extend(invalid.problems)
        return None
    problems.extend(unknown_fields(OpenDataContractStandard, content, where))
    try:
        document = OpenDataContractStandard.model_validate(_known(content), strict=True)
    except ValidationError as error:
        problems.extend(wrong_values(error, content, where, _ADVICE))
        return None
    problems.extend(_header_problems(document, where))
    tables = document.schema_ or []
    if len(tables) != 1:
        problems.append(InvalidField(where.at("schema"), f"must describe exactly one table, and describes {len(tables)}"))
        return None
    table = where.at("schema", 0)
    name = tables[0].name
    if name != path.stem:
        problems.append(InvalidField(table.at("name"), f"{name!r} must be the file's name, {path.stem!r}"))
    _named(path.stem, "a table's name", where, problems)
    if not tables[0].properties:
        problems.append(InvalidField(table.at("properties"), "is missing; it lists the columns"))
        return None
    return Contract(product, layer, path.stem, path, path.relative_to(root).as_posix(), table, document)


def _known(content: dict[str, object]) -> dict[str, object]:
    """Without the top-level fields that the standard forbids: they are told with a hint elsewhere."""
    known = {field.alias or name for name, field in OpenDataContractStandard.model_fields.items()}
    return {name: value for name, value in content.items() if name in known}


def _header_problems(document: OpenDataContractStandard, where: Location) -> list[InvalidField]:
    problems: list[InvalidField] = []
    if document.kind != "DataContract":
        problems.append(InvalidField(where.at("kind"), f"{document.kind!r} must be 'DataContract'"))
    if not _API_VERSION.match(document.apiVersion or ""):
        problems.append(
            InvalidField(where.at("apiVersion"), f"{document.apiVersion!r} must be a version 3 of the standard, such as 'v3.2.0'")
        )
    for name in ("id", "version", "status"):
        if not getattr(document, name):
            problems.append(InvalidField(where.at(name), "is missing; the standard requires it"))
    return problems


def _named(name: str, what: str, where: Location, problems: list[InvalidField]) -> None:
    if not _NAME.match(name) or "__" in name:
        reason = (
            f" (`__` parts a source from its table, and {QUARANTINE_SUFFIX} and {HISTORY_SUFFIX} what stands beside one)"
            if "__" in name
            else ""
        )
        problems.append(
            InvalidField(where, f"{name!r}: {what} has lower-case letters, digits and single underscores, a letter first{reason}")
        )


__all__ = ["Contract", "Contracts", "read_contracts"]
