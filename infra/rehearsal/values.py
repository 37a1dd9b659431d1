"""Values as the engine's protocol carries them: structs, and the mark of a secret."""

from collections.abc import Iterable, Mapping
from typing import Any

from google.protobuf import struct_pb2  # type: ignore[import-untyped]
from google.protobuf.json_format import MessageToDict  # type: ignore[import-untyped]
from pulumi.runtime.rpc import UNKNOWN

Props = dict[str, Any]

_SECRET = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270"}
"""How the protocol marks a secret value."""


def to_struct(values: Mapping[str, Any]) -> struct_pb2.Struct:
    """For a message."""
    made = struct_pb2.Struct()
    made.update(values)
    return made


def from_struct(struct: struct_pb2.Struct) -> Props:
    """Of a message."""
    return dict(MessageToDict(struct))


def is_secret(value: Any) -> bool:
    """Whether a value in state is marked."""
    return isinstance(value, dict) and _SECRET.items() <= value.items()


def plain(value: Any) -> Any:
    """Without marks, as a provider that takes no secrets is given it."""
    if is_secret(value):
        return plain(value.get("value", UNKNOWN))
    if isinstance(value, dict):
        return {key: plain(one) for key, one in value.items()}
    return [plain(one) for one in value] if isinstance(value, list) else value


def marked(outputs: Props, inputs: Props, more: Iterable[str] = ()) -> Props:
    """Outputs of the name of a secret input are secret, and those that the program names."""
    secret = {key for key, value in inputs.items() if is_secret(value)} | set(more)
    return {
        key: {**_SECRET, "value": value} if key in secret and not is_secret(value) else value
        for key, value in outputs.items()
    }
