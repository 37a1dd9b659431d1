"""The columns of the output and their sources, numbered by input."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cached_property
from itertools import zip_longest

from msgspec import Struct
from msgspec.structs import replace

from lineage.model import ColumnRef, Dependency, Influence, Kind, Source, TargetColumn
from lineage.spline.clauses import Expression
from lineage.spline.column_names import quoted
from lineage.spline.forms import MASK
from lineage.spline.graph import Graph, parameter, references
from lineage.spline.origins import NONE, PLACE, Origins, Trace, bits
from lineage.spline.render import Renderer, shorten
from lineage.spline.sources import Leaf, Location, location
from lineage.spline.trace import Tracer
from lineage.spline.unions import Branches
from lineage.spline.wire import Attribute

CONDITION = PLACE[Influence.CONDITION]
KINDS = IDENTITY, TRANSFORMATION, AGGREGATION = Kind.IDENTITY, Kind.TRANSFORMATION, Kind.AGGREGATION
"""In the order of a trace's masks; the last that has a column is its kind."""
FEW = 8


def inputs_of(leaves: Iterable[Leaf]) -> tuple[Source, ...]:
    """Every dataset once, in an order of its own; its columns are those of all relations that read it."""
    found: dict[Location, list[Source]] = {}
    for leaf in leaves:
        for source in leaf.sources:
            found.setdefault(location(source), []).append(source)
    return tuple(_united(found[key]) for key in sorted(found))


def _united(sources: list[Source]) -> Source:
    if len(sources) == 1:
        return sources[0]
    widest, *others = sorted(sources, key=_width)
    columns = {column.name: column for source in (*reversed(others), widest) for column in source.columns}
    formats = sorted(source.format for source in sources if source.format)
    return replace(
        widest,
        format=formats[0] if formats else "",
        columns=tuple(columns.values()),
        fold_files=all(source.fold_files for source in sources),
    )


def _width(source: Source) -> tuple[int, list[str]]:
    return -len(source.columns), [column.name for column in source.columns]


class Numbered:
    """The origins of a plan as references to numbered inputs."""

    def __init__(self, inputs: Sequence[Source], origins: Origins) -> None:
        numbers = {location(source): number for number, source in enumerate(inputs)}
        self._relations = [sorted([numbers[place] for place in places]) for places in origins.relations]
        self._listed = origins.listed
        self._refs: dict[int, tuple[ColumnRef, ...]] = {}
        self._dependencies: dict[tuple[int, Kind], tuple[Dependency, ...]] = {}

    def _refs_of(self, bit: int) -> tuple[ColumnRef, ...]:
        """One origin's references; of a wide relation most are never asked for."""
        known = self._refs.get(bit)
        if known is None:
            relation, column, path = self._listed[bit]
            known = self._refs[bit] = tuple([ColumnRef(number, column, path) for number in self._relations[relation]])
        return known

    @cached_property
    def _rank(self) -> list[int]:
        """The place of each origin's references among all."""
        ranks = [0] * len(self._listed)
        for rank, bit in enumerate(sorted(range(len(ranks)), key=self._refs_of)):
            ranks[bit] = rank
        return ranks

    def refs(self, mask: int) -> tuple[ColumnRef, ...]:
        """The columns of ``mask``, in order."""
        if not mask & (mask - 1):
            return self._refs_of(mask.bit_length() - 1) if mask else ()
        return tuple(dict.fromkeys([ref for bit in self._ranked(bits(mask)) for ref in self._refs_of(bit)]))

    def dependencies(self, trace: Trace) -> tuple[Dependency, ...]:
        """The direct sources of a value, each with its strongest kind, in order."""
        identity, transformation, aggregation, _ = trace
        mask = identity | transformation | aggregation
        if not mask:
            return ()
        if not mask & (mask - 1):
            kind = AGGREGATION if aggregation else TRANSFORMATION if transformation else IDENTITY
            relation, column, path = self._listed[mask.bit_length() - 1]
            return tuple([Dependency(ColumnRef(place, column, path), kind) for place in self._relations[relation]])
        kinds = {bit: kind for mask, kind in zip(trace[:3], KINDS, strict=True) for bit in bits(mask)}
        return tuple([dependency for bit in self._ranked(kinds) for dependency in self._dependency(bit, kinds[bit])])

    def _ranked(self, found: Collection[int]) -> list[int]:
        """``found`` in the order of their references; a few are compared as they are, more by their rank among all."""
        return sorted(found, key=self._refs_of if len(found) <= FEW else self._rank.__getitem__)

    def _dependency(self, bit: int, kind: Kind) -> tuple[Dependency, ...]:
        known = self._dependencies.get((bit, kind))
        if known is None:
            known = tuple([Dependency(ref, kind) for ref in self._refs_of(bit)])
            self._dependencies[bit, kind] = known
        return known


class Written(Struct, frozen=True, gc=False):
    """A column of the output: its name and type as the target has them, and the attribute that fills it, if any."""

    name: str
    type: str
    attribute: Attribute | None


def written_columns(graph: Graph, tracer: Tracer, added: Sequence[Attribute] = ()) -> list[Written]:
    """The output's columns in order.

    A write by position (``INSERT INTO t SELECT …``) lists the target's columns beside the query's; one by name lists
    them too, and the query may have fewer: generated columns and defaults are not in the plan. ``added`` come behind.
    """
    query = [*graph.attributes(graph.write), *added]
    table = parameter(graph.write, "table")
    refs = references(table.get("output")) if isinstance(table, dict) else ()
    target = [node for ref in refs if isinstance(node := graph.node(ref), Attribute)]
    if not target:
        type_of = tracer.types.name
        return [Written(attribute.name or "", type_of(attribute.data_type), attribute) for attribute in query]
    by_name = parameter(graph.write, "isByName") is True
    pairs = _by_name(target, query) if by_name else list(zip_longest(target, query))
    unfilled = [column.name or "" for column, filler in pairs if column and not filler]
    for name in unfilled:
        tracer.notes.add("column-not-in-query", f"{name}: generated or by default; the plan does not say from what")
    named = [(column or filler, filler) for column, filler in pairs]
    return [Written(one.name or "", tracer.types.name(one.data_type), filler) for one, filler in named if one]


def _by_name(target: list[Attribute], query: list[Attribute]) -> list[tuple[Attribute | None, Attribute | None]]:
    fillers = {(attribute.name or "").lower(): attribute for attribute in reversed(query)}
    pairs = [(column, fillers.pop((column.name or "").lower(), None)) for column in target]
    return [*pairs, *((None, attribute) for attribute in query if attribute in fillers.values())]


class Spellings:
    """The text of what each column is computed from."""

    def __init__(self, tracer: Tracer, rewritten: Mapping[Attribute, list[Expression]], united: Branches) -> None:
        self._rewritten, self._united, self._arguments = rewritten, united, tracer.arguments
        self._renderer = Renderer(tracer)

    def of(self, attribute: Attribute | None) -> str:
        """The expression; empty where the column is one that is read, or nothing is known."""
        if attribute is None:
            return ""
        if attribute in self._rewritten:
            return _either(
                [text for one in self._rewritten[attribute] if (text := one.spelled) not in (None, attribute.name)]
            )
        if attribute in self._united:
            texts = [self._renderer.render(column) for column in (attribute, *self._united[attribute])]
            return _either([text for text in texts if text != MASK] or texts)
        return self._renderer.render(attribute) if self._arguments.of(attribute) else ""


def _either(texts: Iterable[str]) -> str:
    return shorten(" | ".join(dict.fromkeys(texts)))


def target_columns(
    written: Iterable[Written], traces: Iterable[Trace], expressions: Spellings, numbered: Numbered
) -> tuple[TargetColumn, ...]:
    """The output's columns with their sources and expressions; a column of the same name needs none."""
    columns = []
    for column, trace in zip(written, traces, strict=True):
        tested = numbered.refs(trace[3][CONDITION]) if trace[3] is not NONE else ()
        sources, expression = numbered.dependencies(trace), expressions.of(column.attribute)
        expression = "" if expression and sources and expression == quoted(column.name) else expression
        columns.append(TargetColumn(column.name, column.type, sources, tested, expression))
    return tuple(columns)
