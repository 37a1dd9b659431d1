"""Pointers to stored events: a queue makes things quick, the pending marks in the store make them certain."""

from typing import Protocol


class PointerQueue(Protocol):
    """Takes pointers to what is to be converted: the keys of pending marks."""

    def send(self, pointer: str) -> None:
        """Queue ``pointer``; raises ``StoreError`` within seconds when the queue does not take it."""
        ...


class NoQueue:
    """The queue where there is none: the sweep finds what was marked."""

    def send(self, pointer: str) -> None:
        """Take nothing."""
