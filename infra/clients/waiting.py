"""Waiting for a service that is young or whose roles have not spread: a limit in seconds, and a word for each wait."""

import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Clock:
    """Time as the clients see it; ``say`` is told of every wait."""

    now: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    say: Callable[[str], None] = lambda _: None

    def tries(self, seconds: float) -> Iterator[Callable[[str, float | None], None]]:
        """Endless turns until ``seconds`` have passed; each gives the function that waits before the next turn.

        The function takes what is waited for and how long; without a time it is 1 s, 2 s, 4 s … to 30 s, with jitter.
        """
        end = self.now() + seconds
        turn = 0
        while True:

            def wait(what: str, pause: float | None = None, turn: int = turn) -> None:
                chosen = min(2.0**turn, 30.0) * random.uniform(0.75, 1.25) if pause is None else pause  # noqa: S311
                self.say(f"{what}; waiting {chosen:.0f} s")
                self.sleep(chosen)

            yield wait
            turn += 1
            if self.now() >= end:
                return
