"""The types that an attribute of DynamoDB can have in the lake, as a tree: chosen from what was seen, read from a contract, written into one."""

import re
from collections.abc import Iterator

from medallion.manifest.drafting.drafts import Unreadable
from medallion.manifest.drafting.layout import Field, flow, listed, logical
from medallion.manifest.drafting.naming import own_name, unused
from medallion.manifest.drafting.scalar import scalar
from medallion.manifest.engines.dynamodb.attribute import KINDS, Attribute
from medallion.manifest.frozen import Frozen

DIGITS = 38
_BIGINT_DIGITS = 18
_LEAST_SCALE = 2
# More are rather keys of a map than names of fields.
_MOST_FIELDS = 50
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_DECIMAL = re.compile(r"decimal\((\d+),(\d+)\)")
_WHOLE = {"bigint": 18, "int": 9}


class ItemType(Frozen):
    """A type.

    Attributes:
        plain: A Spark SQL type; empty for a nested one.
        fields: Of an object, in order.
        element: Of an array.
        value: Of a map, whose keys are text.
    """

    plain: str = ""
    fields: tuple[tuple[str, "ItemType"], ...] = ()
    element: "ItemType | None" = None
    value: "ItemType | None" = None

    @property
    def spark(self) -> str:
        """As Spark SQL writes it."""
        if self.fields:
            return f"struct<{','.join(f'{name}:{inner.spark}' for name, inner in self.fields)}>"
        if self.element:
            return f"array<{self.element.spark}>"
        return f"map<string,{self.value.spark}>" if self.value else self.plain

    @property
    def written(self) -> list[Field]:
        """The standard's fields for it."""
        if self.fields:
            inner = (flow([("name", scalar(name)), *type.written]) for name, type in self.fields)
            return [("logicalType", "object"), ("properties", listed(inner))]
        if self.element:
            return [("logicalType", "array"), ("items", flow(self.element.written))]
        if self.value:
            return [("logicalType", "map"), ("map", flow([("key", "{logicalType: string}"), ("value", flow(self.value.written))]))]
        return logical(self.plain)

    @property
    def own(self) -> "ItemType":
        """The same with the lake's names of fields; silver casts one to the other field by field."""
        taken: set[str] = set()
        fields = list[tuple[str, ItemType]]()
        for name, inner in self.fields:
            own = unused([own_name(name, "f") or "f"], taken)
            taken.add(own)
            fields.append((own, inner.own))
        return ItemType(
            plain=self.plain,
            fields=tuple(fields),
            element=self.element.own if self.element else None,
            value=self.value.own if self.value else None,
        )


_PLAIN = {"S": "string", "B": "binary", "BOOL": "boolean"}
TEXT = ItemType(plain="string")


def chosen(seen: Attribute, notes: list[str], path: str) -> ItemType:
    """The type that holds all values that were seen, without loss.

    Args:
        seen: The attribute.
        notes: What a person should know is added here.
        path: The attribute's, for people.

    Raises:
        Unreadable: There is none, or it can't be known.
    """
    kinds = set(seen.kinds)
    if not kinds:
        raise Unreadable("it was only ever NULL, so what it holds is not known")
    if kinds == {"S", "N"}:
        notes.append(f"{path} holds {seen.told}: it is read as text, which holds both.")
        return TEXT
    if "L" in kinds and seen.element and kinds - {"L"}:
        element = chosen(seen.element, notes, f"{path}[]")
        found = ItemType(element=element)
        if not list(misfits(seen, found, path)):
            return found
    if len(kinds) > 1:
        raise Unreadable(f"it holds {seen.told}, and no type holds both: make it one at the source, or give one of them another name")
    (kind,) = kinds
    if kind in _PLAIN:
        return ItemType(plain=_PLAIN[kind])
    if kind in ("SS", "BS"):
        return ItemType(element=ItemType(plain=_PLAIN[kind[0]]))
    if kind in ("N", "NS"):
        number = _number(seen, notes, path)
        return number if kind == "N" else ItemType(element=number)
    if kind == "L":
        return _of_list(seen, notes, path)
    return _of_map(seen, notes, path)


def _of_list(seen: Attribute, notes: list[str], path: str) -> ItemType:
    if seen.element is None:
        raise Unreadable("its lists were all empty, so what is in them is not known")
    return ItemType(element=chosen(seen.element, notes, f"{path}[]"))


def _number(seen: Attribute, notes: list[str], path: str) -> ItemType:
    if seen.behind == 0 and seen.whole <= _BIGINT_DIGITS:
        return ItemType(plain="bigint")
    if seen.whole + seen.behind <= DIGITS:
        # Of 1.50 DynamoDB keeps 1.5: amounts may all have ended so.
        scale = max(seen.behind, min(_LEAST_SCALE, DIGITS - seen.whole)) if seen.behind else 0
        return ItemType(plain=f"decimal({DIGITS},{scale})")
    notes.append(f"{path} holds numbers of up to {seen.whole} digits before and {seen.behind} behind the point: they are read as text.")
    return TEXT


def _of_map(seen: Attribute, notes: list[str], path: str) -> ItemType:
    if not seen.fields:
        raise Unreadable("its maps were all empty, so what is in them is not known")
    names = [name.lower() for name in seen.fields]
    if len(names) <= _MOST_FIELDS and len(set(names)) == len(names) and all(_NAME.fullmatch(name) for name in seen.fields):
        fields = list[tuple[str, ItemType]]()
        for name, inner in seen.fields.items():
            try:
                fields.append((name, chosen(inner, notes, f"{path}.{name}")))
            except Unreadable as error:
                notes.append(f"{path}.{name} is left out: {error}.")
        if not fields:
            raise Unreadable("of nothing in its maps the type is known")
        return ItemType(fields=tuple(fields))
    return _keyed(seen, notes, path)


def _keyed(seen: Attribute, notes: list[str], path: str) -> ItemType:
    """A map whose keys are no names of fields, if all values are alike."""
    inside: list[str] = []
    try:
        types = {chosen(inner, inside, f"{path}.*") for inner in seen.fields.values()}
    except Unreadable as error:
        raise Unreadable(f"its maps have keys that are no names, and values of which {error}") from error
    numbers = {type for type in types if type.plain == "bigint" or type.plain.startswith("decimal")}
    if len(types) > 1 and types == numbers:
        whole, behind = max(one.whole for one in seen.fields.values()), max(one.behind for one in seen.fields.values())
        types = {_number(Attribute(whole=whole, behind=behind), inside, f"{path}.*")}
    if len(types) > 1:
        told = ", ".join(sorted(type.spark for type in types))
        raise Unreadable(f"its maps have keys that are no names, or more than {_MOST_FIELDS}, and values of several types ({told})")
    notes.extend(dict.fromkeys(inside))
    return ItemType(value=types.pop())


def misfits(seen: Attribute, type: ItemType, path: str, *, digits_known: bool = True) -> Iterator[str]:
    """What was seen that an ingest of this type would stop at, each in words; the same as `medallion.ingest.export.types` looks at.

    Args:
        seen: The attribute.
        type: The contract's.
        path: The attribute's, for people.
        digits_known: Whether the numbers' lengths were seen.
    """
    if type.fields:
        yield from _unfit(seen, {"M"}, type, path)
        for name, inner in type.fields:
            if name in seen.fields:
                yield from misfits(seen.fields[name], inner, f"{path}.{name}", digits_known=digits_known)
    elif type.value:
        yield from _unfit(seen, {"M"}, type, path)
        for one in seen.fields.values():
            yield from misfits(one, type.value, f"{path}.*", digits_known=digits_known)
    elif type.element:
        yield from _unfit(seen, {"L", *_sets(type.element)}, type, path)
        if seen.element is not None:
            yield from misfits(seen.element, type.element, f"{path}[]", digits_known=digits_known)
        if "NS" in seen.kinds and "NS" in _sets(type.element) and digits_known:
            yield from _too_long(seen, type.element, path)
    else:
        valid = {"string": {"S", "N"}, "binary": {"B"}, "boolean": {"BOOL"}}.get(type.plain, {"N"})
        yield from _unfit(seen, valid, type, path)
        if "N" in seen.kinds and valid == {"N"} and digits_known:
            yield from _too_long(seen, type, path)


def _unfit(seen: Attribute, valid: set[str], type: ItemType, path: str) -> Iterator[str]:
    odd = {kind: count for kind, count in seen.kinds.items() if kind not in valid}
    if odd:
        told = ", ".join(f"{KINDS.get(kind, kind)} in {count}" for kind, count in sorted(odd.items()))
        yield f"{path} holds {told}, which is no {type.spark}"


def _sets(element: ItemType) -> tuple[str, ...]:
    if element.fields or element.element or element.value or element.plain == "boolean":
        return ()
    return {"string": ("SS", "NS"), "binary": ("BS",)}.get(element.plain, ("NS",))


def _too_long(seen: Attribute, type: ItemType, path: str) -> Iterator[str]:
    if match := _DECIMAL.fullmatch(type.plain.replace(" ", "")):
        whole, behind = int(match[1]) - int(match[2]), int(match[2])
    elif type.plain in _WHOLE:
        # One digit more may still fit; DynamoDB's job looks at the value.
        whole, behind = _WHOLE[type.plain] + 1, 0
    else:
        return
    if seen.whole > whole or seen.behind > behind:
        yield f"{path} holds numbers of up to {seen.whole} digits before and {seen.behind} behind the point, which are no {type.plain}"


def unknown_fields(seen: Attribute, type: ItemType, path: str) -> Iterator[str]:
    """What lies in the attribute's maps that a type does not have."""
    if type.fields:
        known = dict(type.fields)
        for name, inner in seen.fields.items():
            if name not in known:
                yield f"{path}.{name}"
            else:
                yield from unknown_fields(inner, known[name], f"{path}.{name}")
    elif type.element and seen.element is not None:
        yield from unknown_fields(seen.element, type.element, f"{path}[]")
    elif type.value:
        for one in seen.fields.values():
            yield from unknown_fields(one, type.value, f"{path}.*")


def parsed(spark: str) -> ItemType:
    """A contract's type as a tree."""
    text = spark.strip()
    for opening, closing in (("struct<", ">"), ("array<", ">"), ("map<", ">")):
        if text.startswith(opening) and text.endswith(closing):
            inside = text[len(opening) : -1]
            parts = list(_parts(inside))
            if opening == "array<":
                return ItemType(element=parsed(inside))
            if opening == "map<":
                return ItemType(value=parsed(parts[1]))
            fields = (part.partition(":") for part in parts)
            return ItemType(fields=tuple((name.strip(), parsed(inner)) for name, _, inner in fields))
    return ItemType(plain=text.replace(" ", ""))


def _parts(text: str) -> Iterator[str]:
    """The parts between commas that stand in no brackets."""
    depth, start = 0, 0
    for position, character in enumerate(text):
        depth += (character in "<(") - (character in ">)")
        if character == "," and not depth:
            yield text[start:position]
            start = position + 1
    if text:
        yield text[start:]


def attribute_of(glue: str) -> Attribute:
    """What a crawler saw of an attribute, from the type that it wrote: `struct<N:string,S:string>` was a number and was text."""
    seen = Attribute()
    for kind, inner in parsed(glue).fields:
        if kind == "NULL":
            seen.nulls += 1
            continue
        if kind not in KINDS:
            raise ValueError(f"{glue}: {kind!r} is none of DynamoDB's types ({', '.join(KINDS)})")
        seen.kinds[kind] = 1
        if kind == "M":
            seen.fields = attributes_of(inner)
        elif kind == "L" and inner.element is not None and inner.element.fields:
            seen.element = attribute_of(inner.element.spark)
    return seen


def attributes_of(map: ItemType) -> dict[str, Attribute]:
    """The attributes of an item, or of a map within one, from the type that a crawler wrote of it."""
    return {name: attribute_of(inner.spark) for name, inner in map.fields}


__all__ = ["ItemType", "attribute_of", "attributes_of", "chosen", "misfits", "parsed", "unknown_fields"]
