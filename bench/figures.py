"""A figure of the benchmark, and how a ratio of two callables is taken."""

import gc
import statistics
import time
from collections.abc import Callable
from typing import Any

import msgspec


class Figure(msgspec.Struct, frozen=True):
    """``target`` is ``<= N`` or ``>= N``; ``runs`` are the single values behind the median ``value``."""

    value: float
    unit: str
    target: str
    runs: list[float]

    @property
    def met(self) -> bool:
        """Whether the median meets the target; a figure without one is always met."""
        relation, _, bound = self.target.partition(" ")
        return {"<=": self.value <= float(bound or 0), ">=": self.value >= float(bound or 0)}.get(relation, True)

    def line(self, name: str) -> str:
        """For people."""
        mark = "" if not self.target else "ok" if self.met else "MISSED"
        spread = f"{min(self.runs):.2f} to {max(self.runs):.2f}"
        return f"{name:34} {self.value:7.2f} {self.unit:10} target {self.target or '-':8} {mark:7} runs {spread}"


def figure(runs: list[float], target: str = "", unit: str = "ratio") -> Figure:
    """The median of ``runs``."""
    return Figure(round(statistics.median(runs), 3), unit, target, [round(run, 3) for run in runs])


def ratio(measured: Callable[[], Any], reference: Callable[[], Any], *, seconds: float = 0.2) -> float:
    """Time of ``measured`` over time of ``reference``: best of several turns each, taken in turn."""
    times: tuple[list[float], list[float]] = ([], [])
    gc.collect()
    end = time.perf_counter() + seconds
    while time.perf_counter() < end or len(times[0]) < 3:
        for call, into in zip((measured, reference), times, strict=True):
            start = time.perf_counter()
            call()
            into.append(time.perf_counter() - start)
    return min(times[0]) / min(times[1])
