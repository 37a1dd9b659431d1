"""``window(time, …)`` and ``session_window(time, …)``, which a plan has as the arithmetic that Spark makes of them."""

from lineage.spline.arguments import Arguments
from lineage.spline.expressions import INSTANT
from lineage.spline.wire import Function, Node

STRUCT = "CreateNamedStruct"
TO_TIME, STEPS = frozenset({"KnownNullable", INSTANT, "Subtract", "Add"}), 10
"""What stands between a bound and the time, and how much of it at most."""


def time_window(struct: Function, arguments: Arguments) -> tuple[str, Node] | None:
    """The function whose bounds ``struct`` has, and the time that it is called with; ``None`` for any other struct."""
    kinds = arguments.kinds
    bounds = arguments.of(struct)[1::2] if kinds[struct] == STRUCT else ()
    path: list[str] = []
    time, step = None, bounds[0] if bounds else None
    while isinstance(step, Function) and len(path) < STEPS and kinds[step] in TO_TIME:
        path.append(kinds[step])
        step = next(iter(arguments.of(step)), None)
        time = step if path[-1] == INSTANT else time
    if time is None or path.count(INSTANT) < 2:
        return None
    return "session_window" if path[:2] == [INSTANT, INSTANT] else "window", time
