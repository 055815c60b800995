"""Trino's rules for the types of arithmetic, so that a division on the laptop has Athena's type and its last digit."""

from collections.abc import Callable
from typing import Any

from sqlglot import exp
from sqlglot.dialects.trino import Trino

DIGITS = 38

INTEGERS = {exp.DType.TINYINT: 3, exp.DType.SMALLINT: 5, exp.DType.INT: 10, exp.DType.BIGINT: 19}
FLOATS = frozenset({exp.DType.FLOAT, exp.DType.DOUBLE})


def is_integer(kind: exp.DataType | None) -> bool:
    """Whether a type is one of the whole numbers."""
    return kind is not None and kind.this in INTEGERS


def is_float(kind: exp.DataType | None) -> bool:
    """Whether a type is real or double."""
    return kind is not None and kind.this in FLOATS


def is_decimal(kind: exp.DataType | None) -> bool:
    """Whether a type is a decimal."""
    return kind is not None and kind.this == exp.DType.DECIMAL


def shape(kind: exp.DataType | None) -> tuple[int, int] | None:
    """Precision and scale of a decimal, or of the decimal that a whole number becomes; None for anything else."""
    if kind is None:
        return None
    if kind.this in INTEGERS:
        return INTEGERS[kind.this], 0
    if kind.this != exp.DType.DECIMAL:
        return None
    sizes = [int(parameter.name) for parameter in kind.expressions]
    return (sizes[0], sizes[1] if len(sizes) > 1 else 0) if sizes else (DIGITS, 0)


def decimal(precision: int, scale: int) -> exp.DataType:
    """A decimal type; a precision above 38 is cut to 38, as Trino does."""
    return exp.DataType.build(f"decimal({min(DIGITS, precision)}, {scale})", dialect="trino")


def quotient(left: tuple[int, int], right: tuple[int, int]) -> tuple[int, int]:
    """The decimal that a division of decimals gives."""
    (p1, s1), (_, s2) = left, right
    return min(DIGITS, p1 + s2 + max(0, s2 - s1)), max(s1, s2)


def _arithmetic(combine: Callable[[tuple[int, int], tuple[int, int]], tuple[int, int]]) -> Callable[[Any, Any], Any]:
    def annotate(annotator: Any, node: Any) -> Any:
        left, right = node.left.type, node.right.type
        a, b = shape(left), shape(right)
        if a and b and (is_decimal(left) or is_decimal(right)):
            annotator._set_type(node, decimal(*combine(a, b)))
        elif is_integer(left) and is_integer(right):
            annotator._set_type(node, exp.DType.BIGINT if exp.DType.BIGINT in (left.this, right.this) else exp.DType.INT)
        else:
            annotator._annotate_binary(node)
        return node

    return annotate


def _add(a: tuple[int, int], b: tuple[int, int]) -> tuple[int, int]:
    scale = max(a[1], b[1])
    return max(a[0] - a[1], b[0] - b[1]) + scale + 1, scale


def _multiply(a: tuple[int, int], b: tuple[int, int]) -> tuple[int, int]:
    return a[0] + b[0], a[1] + b[1]


def _literal(annotator: Any, node: Any) -> Any:
    text = node.name
    if node.is_string:
        annotator._set_type(node, exp.DType.VARCHAR)
    elif "e" in text.lower():
        annotator._set_type(node, exp.DType.DOUBLE)
    elif "." in text:
        whole, _, fraction = text.partition(".")
        annotator._set_type(node, decimal(max(1, len(whole.lstrip("0")) + len(fraction)), len(fraction)))
    else:
        annotator._set_type(node, exp.DType.INT if int(text) < 2**31 else exp.DType.BIGINT)
    return node


def _argument(node: Any) -> Any:
    return node.this.expressions[0] if isinstance(node.this, exp.Distinct) else node.this


def _sum(annotator: Any, node: Any) -> Any:
    kind = _argument(node).type
    if is_decimal(kind):
        annotator._set_type(node, decimal(DIGITS, (shape(kind) or (0, 0))[1]))
    else:
        annotator._set_type(node, exp.DType.BIGINT if is_integer(kind) else kind)
    return node


def _same(annotator: Any, node: Any) -> Any:
    annotator._set_type(node, node.this.type)
    return node


def _average(annotator: Any, node: Any) -> Any:
    kind = _argument(node).type
    annotator._set_type(node, kind if is_decimal(kind) else exp.DType.DOUBLE)
    return node


def _round(annotator: Any, node: Any) -> Any:
    sizes = shape(node.this.type)
    if sizes and is_decimal(node.this.type):
        precision, scale = sizes
        whole = not node.args.get("decimals")
        annotator._set_type(node, decimal(precision - scale + min(1, scale), 0) if whole else decimal(precision + 1, scale))
        return node
    return _same(annotator, node)


def _widest(annotator: Any, node: Any) -> Any:
    branches = [value for value in (node.this, *node.expressions) if isinstance(value, exp.Expr)]
    return _common(annotator, node, branches)


def _case(annotator: Any, node: Any) -> Any:
    branches = [branch.args["true"] for branch in node.args["ifs"]]
    return _common(annotator, node, [*branches, *([node.args["default"]] if node.args.get("default") else [])])


def _if(annotator: Any, node: Any) -> Any:
    branches = [node.args["true"], *([node.args["false"]] if node.args.get("false") else [])]
    return _common(annotator, node, branches)


def _common(annotator: Any, node: Any, branches: list[Any]) -> Any:
    known = [value.type for value in branches if not isinstance(value, exp.Null)]
    sizes = [shape(kind) for kind in known]
    if known and all(sizes) and any(is_decimal(kind) for kind in known):
        pairs = [size for size in sizes if size]
        scale = max(size[1] for size in pairs)
        annotator._set_type(node, decimal(max(size[0] - size[1] for size in pairs) + scale, scale))
    elif known and all(is_integer(kind) for kind in known):
        annotator._set_type(node, exp.DType.BIGINT if any(kind.this == exp.DType.BIGINT for kind in known) else exp.DType.INT)
    elif known and all(kind is not None and kind.this == known[0].this for kind in known):
        annotator._set_type(node, known[0])
    elif known and any(is_float(kind) for kind in known) and all(is_float(kind) or shape(kind) for kind in known):
        annotator._set_type(node, exp.DType.DOUBLE)
    else:
        annotator._set_type(node, exp.DType.UNKNOWN)
    return node


def _element(annotator: Any, node: Any) -> Any:
    kind = node.this.type
    element = kind.expressions[-1] if kind is not None and kind.this in {exp.DType.ARRAY, exp.DType.MAP} and kind.expressions else None
    annotator._set_type(node, element if isinstance(element, exp.DataType) else exp.DType.UNKNOWN)
    return node


def _fixed(kind: exp.DType) -> dict[str, Any]:
    return {"returns": kind}


METADATA: dict[Any, dict[str, Any]] = {
    **Trino.EXPRESSION_METADATA,
    exp.Literal: {"annotator": _literal},
    exp.Add: {"annotator": _arithmetic(_add)},
    exp.Sub: {"annotator": _arithmetic(_add)},
    exp.Mul: {"annotator": _arithmetic(_multiply)},
    exp.Div: {"annotator": _arithmetic(quotient)},
    exp.Mod: {"annotator": _arithmetic(lambda a, b: (min(a[0] - a[1], b[0] - b[1]) + max(a[1], b[1]), max(a[1], b[1])))},
    exp.Sum: {"annotator": _sum},
    exp.Avg: {"annotator": _average},
    exp.Round: {"annotator": _round},
    exp.Coalesce: {"annotator": _widest},
    exp.Greatest: {"annotator": _widest},
    exp.Least: {"annotator": _widest},
    exp.Case: {"annotator": _case},
    exp.If: {"annotator": _if},
    exp.Nullif: {"annotator": _same},
    exp.Filter: {"annotator": _same},
    exp.Window: {"annotator": _same},
    exp.Paren: {"annotator": _same},
    exp.Neg: {"annotator": _same},
    exp.Abs: {"annotator": _same},
    exp.Ceil: {"annotator": _same},
    exp.Floor: {"annotator": _same},
    exp.Bracket: {"annotator": _element},
    exp.TimestampTrunc: {"annotator": _same},
    exp.DateTrunc: {"annotator": _same},
    exp.DateAdd: {"annotator": _same},
    exp.Count: _fixed(exp.DType.BIGINT),
    exp.CountIf: _fixed(exp.DType.BIGINT),
    exp.ApproxDistinct: _fixed(exp.DType.BIGINT),
    exp.DateDiff: _fixed(exp.DType.BIGINT),
    exp.TimeToUnix: _fixed(exp.DType.DOUBLE),
    exp.ArraySize: _fixed(exp.DType.BIGINT),
    **{
        kind: _fixed(exp.DType.BIGINT)
        for kind in (exp.Year, exp.Month, exp.Day, exp.Hour, exp.Minute, exp.Second, exp.Quarter, exp.Extract)
    },
    **{kind: _fixed(exp.DType.BIGINT) for kind in (exp.RowNumber, exp.Rank, exp.DenseRank, exp.Ntile)},
}
"""sqlglot's own knowledge of types, with Trino's arithmetic."""
