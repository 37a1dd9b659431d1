"""What stands in the FROM of one query, found by alias or by the name of a column."""

from collections.abc import Iterator

from lineage.naming.name_references import Using
from lineage.naming.query import UNTOLD, Output, Outputs, Value, merged


class From:
    """The things in FROM in order, by alias in lower case; grows while the clause is read.

    ``at`` says how many references were read, ``is_closed`` that no more are to be, ``is_firm`` that what they stand
    for was known.
    """

    __slots__ = ("_hidden", "_named", "_open", "_things", "at", "is_closed", "is_firm", "using")

    def __init__(self, hidden: frozenset[str], using: Using) -> None:
        """``hidden`` are the aliases whose columns only a join's condition sees."""
        self._hidden, self.using = hidden, using
        self.at, self.is_closed, self.is_firm = 0, False, True
        self._things: dict[str, Outputs] = {}
        self._named: dict[str, list[Outputs]] = {}
        self._open: list[Outputs] = []

    def add(self, alias: str, outputs: Outputs) -> None:
        """Put one more thing behind the others; another one of the alias takes the first one's place."""
        alias = alias.casefold()
        if alias in self._things or alias in self._hidden:
            self._things[alias] = outputs
            return
        self._things[alias] = outputs
        for name in outputs.names:
            self._named.setdefault(name, []).append(outputs)
        if outputs.has_star:
            self._open.append(outputs)

    def __contains__(self, alias: object) -> bool:
        return alias in self._things

    def __getitem__(self, alias: str) -> Outputs:
        return self._things[alias]

    def __len__(self) -> int:
        return len(self._things)

    def things(self) -> list[Outputs]:
        """All of them, in order."""
        return list(self._things.values())

    def aliases(self) -> list[str]:
        """Those that ``*`` stands for, in order."""
        return [alias for alias in self._things if alias not in self._hidden]

    def star(self, alias: str = "") -> Iterator[Output]:
        """The outputs that ``*`` stands for, or ``alias.*``."""
        for one in [alias] if alias else self.aliases():
            if one in self._things:
                yield from self._things[one]

    def unqualified(self, name: str, stored: str) -> Value | None:
        """The value of a column without an alias; ``None`` where that cannot be told."""
        sides = self.using.sides.get(name.casefold())
        if sides is not None:
            told = [self._things[side].find(name, stored) for side in sides if side in self._things]
            return merged(value or UNTOLD for value in told) if told else None
        named = self._named.get(name.casefold())  # a second thing that has it would be an error
        candidates = named or self._open
        return candidates[0].find(name, stored) if len(candidates) == 1 else None

    def lists(self, name: str) -> bool:
        """Whether one of the things is known to have such a column."""
        return name.casefold() in self._named
