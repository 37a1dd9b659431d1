"""The Producer API's messages, versions 1.0, 1.1 and 1.2, as the agent sends them, in one model.

``null``, an absent key and an empty list mean the same; ids may be strings or integers. The types follow
``producer.api.v1.{0,1,2}.json`` of the agent. What the API calls ``object`` stands for anything and stays raw.
What JSON holds never refers to itself: the garbage collector need not look (``gc=False``).
"""

import re
from typing import Any, ClassVar, TypeVar

import msgspec
from msgspec import Raw, Struct, field

from lineage.errors import MalformedPayload

Id = int | str
Params = dict[str, Any]

NO_PARAMS = Raw(b"{}")
VENDOR_VERSION = re.compile(r"vnd\.absa\.spline\.producer\.v(\d+(?:\.\d+)?)\+json")


class Ref(Struct, gc=False):
    """A reference to an attribute or to an expression: one of the two is set."""

    attribute: Id | None = field(name="__attrId", default=None)
    expression: Id | None = field(name="__exprId", default=None)


class Attribute(Struct, eq=False, gc=False, rename="camel"):
    """A column of some operation's output; ``child_refs`` is what its value is computed from."""

    id: Id
    name: str | None = None
    data_type: Any = None
    child_refs: list[Ref] | None = None


class FunctionExtra(Struct, gc=False, rename="camel"):
    """The parts of an expression's ``extra`` that say what it is."""

    simple_class_name: str | None = None
    symbol: str | None = None
    type_hint: str | None = field(name="_typeHint", default=None)


class Function(Struct, eq=False, gc=False, rename="camel"):
    """An expression over others. ``raw_params`` stays undecoded: few are ever looked at, and some are megabytes."""

    id: Id
    name: str | None = None
    data_type: Any = None
    child_refs: list[Ref] | None = None
    extra: FunctionExtra | None = None
    raw_params: Raw = field(name="params", default=NO_PARAMS)

    @property
    def params(self) -> Params:
        """The expression's own properties; empty where there are none."""
        decoded = msgspec.json.decode(self.raw_params)
        return decoded if isinstance(decoded, dict) else {}


class Constant(Struct, eq=False, gc=False, rename="camel"):
    """A literal. Its value is of no interest to lineage and may be secret: it is not read."""

    id: Id
    data_type: Any = None
    child_refs: ClassVar[None] = None


Node = Attribute | Function | Constant


class Expressions(Struct, gc=False):
    """The expressions of a plan."""

    functions: list[Function] | None = None
    constants: list[Constant] | None = None


class Operation(Struct, eq=False, gc=False, rename="camel"):
    """A node of the plan. Version 1.0 has ``schema`` for ``output`` and the name in ``extra``."""

    id: Id
    name: str | None = None
    child_ids: list[Id] | None = None
    output: list[Id] | None = None
    schema: list[Id] | None = None
    params: Params | None = None
    extra: Params | None = None

    @property
    def title(self) -> str:
        """The operation's name, wherever the version puts it."""
        return self.name or text_of((self.extra or {}).get("name"))

    @property
    def columns(self) -> list[Id]:
        """The ids of its output attributes, in order."""
        return self.output or self.schema or []


class ReadOperation(Operation, eq=False, gc=False, rename="camel"):
    """A leaf that reads one dataset, at one or more locations."""

    input_sources: list[str | None] | None = None


class WriteOperation(Operation, eq=False, gc=False, rename="camel"):
    """The root of the plan."""

    output_source: str | None = None
    append: bool | None = None


class Operations(Struct, gc=False):
    """The operations of a plan."""

    write: WriteOperation
    reads: list[ReadOperation] | None = None
    other: list[Operation] | None = None


class NameAndVersion(Struct, gc=False):
    """What sent the plan, or ran it."""

    name: str | None = None
    version: str | None = None


class Plan(Struct, eq=False, gc=False, rename="camel"):
    """An execution plan. ``lineage.spline.nested`` fills in the ``attributes`` and ``expressions`` of version 1.0."""

    id: str
    operations: Operations
    name: str | None = None
    attributes: list[Attribute] | None = None
    expressions: Expressions | None = None
    system_info: NameAndVersion | None = None
    agent_info: NameAndVersion | None = None
    extra_info: Params | None = None


class Event(Struct, eq=False, gc=False, rename="camel"):
    """One run of a plan. ``timestamp`` is milliseconds since the epoch; ``error`` is set on failed runs only."""

    plan_id: str
    timestamp: int
    duration_ns: int | None = None
    error: Any = None
    extra: Params | None = None


PLAN = msgspec.json.Decoder(Plan)
EVENTS = msgspec.json.Decoder(list[Event] | Event)
Kind = TypeVar("Kind")


def decode_json(body: bytes, decoder: msgspec.json.Decoder[Kind]) -> Kind:
    """What ``decoder`` makes of ``body``; raises ``MalformedPayload`` with the path to the fault."""
    try:
        try:
            return decoder.decode(body)
        except msgspec.ValidationError:
            return decoder.decode(msgspec.json.encode(repaired(msgspec.json.decode(body))))
    except msgspec.ValidationError as error:
        reason, _, path = str(error).partition(" - at `$")
        raise MalformedPayload(path.strip("`").removeprefix("."), reason) from None
    except RecursionError:
        raise MalformedPayload("", "nested too deep") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise MalformedPayload("", f"not JSON: {error}") from None


IDS = frozenset({"childIds", "output", "schema"})
"""Lists of ids, where a place counts: a null in them becomes an id that nothing has."""
OBJECTS = frozenset({"params", "extra", "extraInfo", "expressions", "systemInfo", "agentInfo"})
"""What is an object: an empty list there is nothing, as everywhere."""
WORDS = frozenset({"simpleClassName", "symbol", "_typeHint"})
"""What the schema leaves open and is read as text: another kind of value says nothing."""


def repaired(payload: Any) -> Any:
    """The same JSON without what means nothing where it stands: ``null`` in lists, empty lists for objects.

    In lists of ids and references the places stay.
    """
    pending = [payload]
    while pending:
        value = pending.pop()
        if isinstance(value, dict):
            value.update({key: _repaired(key, one) for key, one in value.items()})
            pending.extend(value.values())
        elif isinstance(value, list):
            pending.extend(value)
    return payload


def _repaired(key: str, value: Any) -> Any:
    if key in WORDS and not isinstance(value, str):
        return None
    if not isinstance(value, list):
        return value
    if key in OBJECTS and not value:
        return None
    filler = "" if key in IDS else {}
    kept = value if key in IDS or key == "childRefs" else [item for item in value if item is not None]
    return [filler if item is None else item for item in kept]


def producer_version(content_type: str) -> str:
    """The API version that a content type names (``1.2``); empty where it names none."""
    match = VENDOR_VERSION.search(content_type)
    return match[1] if match else ""


def text_of(value: object) -> str:
    """``value`` where it is a string, else nothing."""
    return value if isinstance(value, str) else ""
