"""The Python beside a contract: that it parses and has the one function that a job calls. It is never run here."""

import ast

from medallion.manifest.errors import InvalidField, Location

FUNCTION = "transform"


def check_python(text: str, where: Location, problems: list[InvalidField]) -> None:
    """Adds what is wrong with a file that should have `transform(inputs)` to the problems."""
    try:
        module = ast.parse(text)
    except SyntaxError as error:
        problems.append(InvalidField(where, f"does not parse: line {error.lineno}: {error.msg}"))
        return
    found = [node for node in module.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name == FUNCTION]
    if not found:
        problems.append(InvalidField(where, f"has no function {FUNCTION}(inputs: dict[str, DataFrame]) -> DataFrame"))
        return
    function = found[-1]
    if isinstance(function, ast.AsyncFunctionDef):
        problems.append(InvalidField(where, f"line {function.lineno}: {FUNCTION} must be a plain function, not an async one"))
    taken = [*function.args.posonlyargs, *function.args.args]
    demanded = len(taken) - len(function.args.defaults) + sum(default is None for default in function.args.kw_defaults)
    if not (taken or function.args.vararg) or demanded > 1 or (not taken and demanded):
        problems.append(InvalidField(where, f"line {function.lineno}: {FUNCTION} must take one argument, the inputs by their names"))


__all__ = ["FUNCTION", "check_python"]
