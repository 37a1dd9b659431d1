"""A plan as a graph: nodes by id, operations from the write downwards, and the columns of each operation."""

from collections.abc import Container, Iterable, Iterator
from typing import Any

from lineage.spline.wire import Attribute, Constant, Function, Id, Node, Operation, Params, Plan, ReadOperation, Ref

SUBQUERY_CLASSES = frozenset({"ScalarSubquery", "LateralSubquery", "Exists", "ListQuery"})


class Graph:
    """Look-ups over one plan. Nothing here raises on a reference that leads nowhere: it is simply not found."""

    def __init__(self, plan: Plan) -> None:
        operations, expressions = plan.operations, plan.expressions
        self.write = operations.write
        self.reads: list[ReadOperation] = operations.reads or []
        self._attributes: dict[Id | None, Attribute] = _by_id(plan.attributes or [])
        self.constants: list[Constant] = (expressions.constants if expressions else None) or []
        self.functions: list[Function] = (expressions.functions if expressions else None) or []
        self._expressions: dict[Id | None, Function | Constant] = _by_id([*self.functions, *self.constants])
        self.attribute, self.expression = self._attributes.get, self._expressions.get
        """What has an id; ``None`` for an id that nothing has."""
        self._operations: dict[Id, Operation] = _by_id([*self.reads, *(operations.other or [])])
        parents = (self.write, *self._operations.values())
        self._titles = {operation: operation.title for operation in parents}
        self.torn: set[Operation] = set()
        """Operations that name a child that the plan does not contain, or themselves."""
        self._children = {parent: self._resolved(parent) for parent in parents}
        self._columns: dict[Operation, list[Id]] = {}
        self.definitions = self._definitions()
        self._has_subqueries = bool(self.definitions) and any(map(_is_subquery, self._expressions.values()))
        self.parents: dict[Operation, list[Operation]] = {}
        self.live = self._reach()
        self._titled: dict[str, list[Operation]] = {}
        for operation in self.live:
            self._titled.setdefault(self._titles[operation], []).append(operation)

    def titled(self, titles: frozenset[str]) -> list[Operation]:
        """The live operations that have one of ``titles``."""
        if titles.isdisjoint(self._titled):
            return []
        return [operation for title in titles & self._titled.keys() for operation in self._titled[title]]

    def others(self, titles: frozenset[str]) -> list[Operation]:
        """The live operations that have none of ``titles``."""
        return [operation for title, found in self._titled.items() if title not in titles for operation in found]

    def upwards(self, titles: frozenset[str]) -> list[Operation]:
        """The live operations that have one of ``titles``, each behind all of them that are below it."""
        if titles.isdisjoint(self._titled):
            return []
        sources = self._sources if self.definitions else self._children.__getitem__
        waiting = {operation: len(above) for operation, above in self.parents.items()}
        downwards: list[Operation] = [self.write]
        for operation in downwards:
            for child in sources(operation):
                waiting[child] -= 1
                if not waiting[child]:
                    downwards.append(child)
        looped = self.live if len(downwards) < len(self.live) else []
        ordered = dict.fromkeys([*downwards, *looped])
        return [operation for operation in reversed(ordered) if self._titles[operation] in titles]

    def bare(self, known: Container[Attribute]) -> dict[Id | None, Attribute]:
        """The attributes that neither have references nor are in ``known``."""
        return {key: item for key, item in self._attributes.items() if not item.child_refs and item not in known}

    def names(self) -> Iterator[str]:
        """The names of all attributes."""
        return (attribute.name for attribute in self._attributes.values() if attribute.name)

    def add_function(self, name: str, arguments: list[Ref]) -> Ref:
        """A function that the plan does not list; refers to it."""
        function = Function(id=f"added {name} {len(self.functions)}", name=name, child_refs=arguments)
        self.functions = [*self.functions, function]
        self._expressions[function.id] = function
        return Ref(expression=function.id)

    def node(self, ref: Ref) -> Node | None:
        """What ``ref`` refers to."""
        return self.expression(ref.expression) if ref.attribute is None else self.attribute(ref.attribute)

    def nodes(self, refs: Iterable[Ref]) -> list[Node]:
        """What ``refs`` refer to, less what leads nowhere."""
        return [node for ref in refs if (node := self.node(ref)) is not None]

    def children(self, operation: Operation) -> list[Operation]:
        """The operations whose rows ``operation`` takes, left to right."""
        return self._children.get(operation, [])

    def columns(self, operation: Operation) -> list[Id]:
        """Its output's attribute ids; an operation that names none has those of the rows that it hands on."""
        if operation in self._columns:
            return self._columns[operation]
        seen, current, columns = {operation}, operation, operation.columns
        while not columns:
            below = [child for child in self.children(current) if child not in seen]
            if not below:
                break
            current = below[-1] if current.title == "WithCTE" else below[0]
            seen.add(current)
            columns = current.columns
        self._columns[operation] = columns
        return columns

    def attributes(self, operation: Operation) -> list[Attribute]:
        """The attributes of its output, in order, less those that are defined nowhere."""
        return list(filter(None, map(self.attribute, self.columns(operation))))

    def below(self, operation: Operation) -> Iterator[Operation]:
        """``operation`` and everything under it, each once."""
        seen, pending = {operation}, [operation]
        while pending:
            current = pending.pop()
            yield current
            for child in reversed(self.children(current)):
                if child not in seen:
                    seen.add(child)
                    pending.append(child)

    def _resolved(self, parent: Operation) -> list[Operation]:
        named = parent.child_ids
        if not named:
            return []
        found = list(filter(None, map(self._operations.get, named)))
        if parent in found:
            found = [child for child in found if child is not parent]
        if len(found) < len(named):
            self.torn.add(parent)
        return found

    def _definitions(self) -> dict[str, Operation]:
        """The common table expressions by the id that the references to them carry."""
        return {
            str(parameter(operation, "id")): operation
            for operation, title in self._titles.items()
            if title == "CTERelationDef"
        }

    def _reach(self) -> list[Operation]:
        """Every operation that the write's rows come through, the write first; an unused WITH is not among them."""
        sources = self._sources if self.definitions else self._children.__getitem__
        reached: list[Operation] = [self.write]
        pending: list[Operation] = [self.write]
        while pending:
            parent = pending.pop()
            for operation in sources(parent):
                above = self.parents.setdefault(operation, [])
                if not above:
                    reached.append(operation)
                    pending.append(operation)
                above.append(parent)
        return reached

    def _sources(self, operation: Operation) -> list[Operation]:
        children = self.children(operation)
        title = self._titles[operation]
        if title == "WithCTE" and not self._has_subqueries:
            return [child for child in children if self._titles[child] != "CTERelationDef"] or children
        if title == "CTERelationRef":
            definition = self.definitions.get(str(parameter(operation, "cteId")))
            return [definition] if definition else children
        return children


def references(value: Any) -> list[Ref]:
    """Every reference in a value of ``params``, in order; keys like ``expression`` of a sort order are looked into."""
    found: list[Ref] = []
    pending = [value] if value else ()
    while pending:
        item = pending.pop()
        if isinstance(item, list):
            pending += item[::-1]
        elif isinstance(item, dict):
            ref = reference(item)
            if ref:
                found.append(ref)
            else:
                pending += list(item.values())[::-1]
    return found


def reference(value: object) -> Ref | None:
    """``{"__attrId": …}`` or ``{"__exprId": …}`` as a reference."""
    if not isinstance(value, dict):
        return None
    attribute, expression = value.get("__attrId"), value.get("__exprId")
    if isinstance(attribute, int | str):
        return Ref(attribute=attribute)
    if isinstance(expression, int | str):
        return Ref(expression=expression)
    return None


def parameter(operation: Operation, name: str) -> Any:
    """A parameter of an operation, ``None`` where it has none of that name."""
    params: Params = operation.params or {}
    return params.get(name)


def _is_subquery(node: Function | Constant) -> bool:
    """Sub-queries may use a WITH that nothing else uses; that is to be seen in their text alone."""
    extra = node.extra if isinstance(node, Function) else None
    return extra is not None and (extra.simple_class_name or "") in SUBQUERY_CLASSES


def _by_id(items: list[Any]) -> dict[Any, Any]:
    """The first of each id."""
    return {item.id: item for item in reversed(items)}
