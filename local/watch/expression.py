"""Metric math, as far as the kit's alarms use it.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping

_BINARY: Mapping[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
_COMPARE: Mapping[type[ast.cmpop], Callable[[float, float], bool]] = {
    **{ast.GtE: operator.ge, ast.Gt: operator.gt, ast.LtE: operator.le, ast.Lt: operator.lt}
}


def evaluate(expression: str, values: Mapping[str, float | None]) -> float | None:
    """Return what an expression comes to in one period; None if there is no data point.

    Parameters
    ----------
    expression
        Sums, products, comparisons, ``IF`` and ``FILL`` with a number.
    values
        Of the metrics that it names, in that period.

    Raises
    ------
    ValueError
        If it has something that is not known here.

    Examples
    --------
    >>> evaluate("IF(FILL(errors, 0) >= 5, 100 * errors / requests, 0)", {"errors": 6, "requests": 60})
    10.0
    >>> evaluate("IF(FILL(errors, 0) >= 5, 100 * errors / requests, 0)", {"errors": None, "requests": 60})
    0.0
    >>> evaluate("a / b", {"a": 1, "b": None}) is None
    True
    """
    if all(value is None for value in values.values()):
        return None  # FILL fills gaps of what is there, and is no data point of its own
    return _of(ast.parse(expression, mode="eval").body, values)


def _of(node: ast.expr, values: Mapping[str, float | None]) -> float | None:
    if isinstance(node, ast.Constant) and type(node.value) in (int, float):
        return float(node.value)  # type: ignore[arg-type]
    if isinstance(node, ast.Name) and node.id in values:
        return values[node.id]
    if isinstance(node, ast.BinOp) and type(node.op) in _BINARY:
        left, right = _of(node.left, values), _of(node.right, values)
        if left is None or right is None or (isinstance(node.op, ast.Div) and right == 0):
            return None
        return _BINARY[type(node.op)](left, right)
    if isinstance(node, ast.Compare) and len(node.ops) == 1 and type(node.ops[0]) in _COMPARE:
        left, right = _of(node.left, values), _of(node.comparators[0], values)
        return None if left is None or right is None else float(_COMPARE[type(node.ops[0])](left, right))
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        if node.func.id == "FILL" and len(node.args) == 2:
            found = _of(node.args[0], values)
            return _of(node.args[1], values) if found is None else found
        if node.func.id == "IF" and len(node.args) == 3:
            holds = _of(node.args[0], values)
            return None if holds is None else _of(node.args[1 if holds else 2], values)
    raise ValueError(f"{ast.unparse(node)} is not known here")
