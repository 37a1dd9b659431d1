"""Version 1.0: expressions are nested in the operations' params and attributes say nothing of their origin.

Both are laid out as later versions have them; what an attribute is computed from is found by ``lineage.spline.repair``.
"""

from collections.abc import Iterator
from typing import Any, TypeGuard

import msgspec

from lineage.spline.wire import (
    Attribute,
    Constant,
    Expressions,
    Function,
    FunctionExtra,
    Id,
    Operation,
    Params,
    Plan,
    Ref,
    text_of,
)

EXPRESSION = "expr."
ATTRIBUTE_REF = "expr.AttrRef"
LITERAL = "expr.Literal"
CLASSES = {"expr.Alias": "Alias", "expr.UDF": "ScalaUDF"}
"""Expressions whose class the type hint alone tells."""
CLASS_BY_SYMBOL = {
    "=": "EqualTo",
    "<=>": "EqualNullSafe",
    "<": "LessThan",
    "<=": "LessThanOrEqual",
    ">": "GreaterThan",
    ">=": "GreaterThanOrEqual",
    "&&": "And",
    "||": "Or",
    "&": "BitwiseAnd",
    "pmod": "Pmod",
}
"""Operators, which have no class."""


def is_nested(plan: Plan) -> bool:
    """Whether ``plan`` has the shape of version 1.0."""
    return plan.attributes is None and plan.expressions is None


def lay_out(plan: Plan) -> None:
    """Fill ``plan.attributes`` and ``plan.expressions`` from a plan of version 1.0, and its params with references."""
    layout = _Layout()
    for operation in _operations(plan):
        if operation.params:
            operation.params = layout.replace(operation.params)
    plan.attributes = list(_attributes(plan.extra_info or {}))
    plan.expressions = Expressions(functions=layout.functions, constants=layout.constants)


def _operations(plan: Plan) -> Iterator[Operation]:
    yield plan.operations.write
    yield from plan.operations.reads or ()
    yield from plan.operations.other or ()


def _attributes(extra_info: Params) -> Iterator[Attribute]:
    listed = extra_info.get("attributes")
    for item in listed if isinstance(listed, list) else ():
        if isinstance(item, dict) and isinstance(item.get("id"), int | str):
            yield Attribute(id=item["id"], name=text_of(item.get("name")), data_type=item.get("dataTypeId"))


class _Layout:
    """Takes nested expressions apart without recursion: they may be as deep as JSON may be."""

    def __init__(self) -> None:
        self.functions: list[Function] = []
        self.constants: list[Constant] = []

    def replace(self, params: Params) -> Params:
        """``params`` with a reference in the place of each expression."""
        copy: Params = dict(params)
        pending: list[Any] = [copy]
        while pending:
            container = pending.pop()
            for key, value in list(container.items() if isinstance(container, dict) else enumerate(container)):
                if _is_expression(value):
                    container[key] = self._reference(value)
                elif isinstance(value, dict | list):
                    container[key] = value.copy()
                    pending.append(container[key])
        return copy

    def _reference(self, root: Params) -> Params:
        """Lay out the expression ``root`` and all below it; returns what refers to it."""
        top = [Ref()]
        pending: list[tuple[Params, list[Ref], int]] = [(root, top, 0)]
        while pending:
            item, siblings, place = pending.pop()
            children = _children(item)
            refs = [Ref() for _ in children]
            siblings[place] = self._lay_out(item, refs)
            pending.extend((child, refs, index) for index, child in enumerate(children))
        reference: Params = msgspec.to_builtins(top[0])
        return reference

    def _lay_out(self, item: Params, children: list[Ref]) -> Ref:
        hint = text_of(item.get("_typeHint"))
        if hint == ATTRIBUTE_REF:
            return Ref(attribute=_identity(item.get("refId")))
        identity = f"nested-{len(self.functions) + len(self.constants)}"
        if hint == LITERAL:
            self.constants.append(Constant(id=identity, data_type=item.get("dataTypeId")))
        else:
            self.functions.append(_function(identity, hint, item, children))
        return Ref(expression=identity)


def _function(identity: str, hint: str, item: Params, children: list[Ref]) -> Function:
    symbol = text_of(item.get("symbol")) or None
    extra = FunctionExtra(
        simple_class_name=CLASSES.get(hint) or text_of(item.get("exprType")) or CLASS_BY_SYMBOL.get(symbol or ""),
        symbol=symbol,
        type_hint=hint,
    )
    return Function(
        id=identity,
        name=text_of(item.get("alias")) or text_of(item.get("name")),
        data_type=item.get("dataTypeId"),
        child_refs=children,
        extra=extra,
        raw_params=msgspec.Raw(msgspec.json.encode(item.get("params") or {})),
    )


def _children(item: Params) -> list[Params]:
    children = item.get("children")
    found: list[Any] = children if isinstance(children, list) else [item.get("child")]
    return [child for child in found if _is_expression(child)]


def _is_expression(value: object) -> TypeGuard[Params]:
    return isinstance(value, dict) and text_of(value.get("_typeHint")).startswith(EXPRESSION)


def _identity(value: object) -> Id | None:
    return value if isinstance(value, int | str) else None
