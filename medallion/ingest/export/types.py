"""DynamoDB JSON as typed values: what a value looks like on the wire, what it is worth, and whether it is what the contract says."""

from pyspark.sql import Column
from pyspark.sql import functions as F
from pyspark.sql.types import (
    ArrayType,
    BinaryType,
    BooleanType,
    DataType,
    DecimalType,
    DoubleType,
    MapType,
    StringType,
    StructField,
    StructType,
)

from medallion.quality.conditions import any_of

_TEXT = StringType()


def wire(type: DataType) -> StructType:
    """How a value of a type is written: an object whose one field names DynamoDB's own type, `{"N": "12"}`."""
    fields: dict[str, DataType]
    match type:
        case StringType():
            # A number as text is exact, whatever its size.
            fields = {"S": _TEXT, "N": _TEXT}
        case BinaryType():
            fields = {"B": _TEXT}
        case BooleanType():
            fields = {"BOOL": BooleanType()}
        case ArrayType():
            fields = {"L": ArrayType(wire(type.elementType)), **{name: ArrayType(_TEXT) for name in _sets(type.elementType)}}
        case MapType():
            fields = {"M": MapType(_TEXT, wire(type.valueType))}
        case StructType():
            fields = {"M": StructType([StructField(field.name, wire(field.dataType)) for field in type.fields])}
        case _:
            fields = {"N": _TEXT}
    return StructType([StructField(name, kind) for name, kind in {**fields, "NULL": BooleanType()}.items()])


def value(written: Column, type: DataType) -> Column:
    """What a written value is worth; null where it is not of the type."""
    match type:
        case StringType():
            return F.coalesce(written["S"], written["N"])
        case BinaryType():
            return F.unbase64(written["B"])
        case BooleanType():
            return written["BOOL"]
        case ArrayType(elementType=inner):
            listed = F.transform(written["L"], lambda one: value(one, inner))
            return F.coalesce(listed, *(F.transform(written[name], lambda one: _member(one, inner)) for name in _sets(inner)))
        case MapType(valueType=inner):
            return F.transform_values(written["M"], lambda _key, one: value(one, inner))
        case StructType():
            fields = (value(written["M"][field.name], field.dataType).alias(field.name) for field in type.fields)
            return F.when(written["M"].isNotNull(), F.struct(*fields))
        case _:
            return written["N"].try_cast(type)


def misfit(written: Column, type: DataType) -> Column:
    """Whether something was written that is no value of the type, or would lose digits; what is absent or NULL always fits."""
    match type:
        case ArrayType(elementType=inner):
            listed = F.exists(written["L"], lambda one: misfit(one, inner))
            members = [F.exists(written[name], lambda one: _odd_member(one, inner)) for name in _sets(inner)]
            odd = F.coalesce(listed, *members, F.lit(True))
        case MapType(valueType=inner):
            odd = F.coalesce(F.exists(F.map_values(written["M"]), lambda one: misfit(one, inner)), F.lit(True))
        case StructType():
            inside = any_of(misfit(written["M"][field.name], field.dataType) for field in type.fields)
            odd = F.coalesce(F.when(written["M"].isNotNull(), inside), F.lit(True))
        case StringType() | BinaryType() | BooleanType():
            odd = value(written, type).isNull()
        case _:
            odd = _inexact(written["N"], type)
    return F.coalesce(written.isNotNull() & ~F.coalesce(written["NULL"], F.lit(False)) & odd, F.lit(False))


def _sets(element: DataType) -> tuple[str, ...]:
    """The kinds of set that an array of such elements may come from."""
    match element:
        case StringType():
            return ("SS", "NS")
        case BinaryType():
            return ("BS",)
        case BooleanType() | ArrayType() | MapType() | StructType():
            return ()
        case _:
            return ("NS",)


def _member(text: Column, type: DataType) -> Column:
    return F.unbase64(text) if isinstance(type, BinaryType) else text.try_cast(type)


def _odd_member(text: Column, type: DataType) -> Column:
    return F.lit(False) if isinstance(type, BinaryType | StringType) else _inexact(text, type)


def _inexact(text: Column, type: DataType) -> Column:
    """Whether a number does not fit a type; true where there is none."""
    number = text.try_cast(type)
    if isinstance(type, DoubleType) or not isinstance(type, DecimalType):
        return number.isNull()
    # A cast rounds in silence. DynamoDB writes numbers without an exponent but for the very large and very small.
    behind = F.length(F.regexp_extract(text, r"\.([0-9]*?)0*$", 1)) <= type.scale
    kept = F.when(text.rlike("[eE]"), number.cast("double") == text.try_cast("double")).otherwise(behind)
    return number.isNull() | ~F.coalesce(kept, F.lit(False))
