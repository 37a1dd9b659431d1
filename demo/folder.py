"""One demo at a time works in a folder: each begins it anew."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from lineage.errors import LeaseLost
from lineage.store.locks import locked


class Refused(Exception):
    """The demo cannot start here; the text says why."""


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Keep others out of ``folder`` for the block; the kernel lets go when this process ends. Raises ``Refused``."""
    locks = folder.parent / "locks"
    locks.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        try:
            stack.enter_context(locked(str(locks), str(folder), wait=0))
        except LeaseLost:
            message = f"{folder} is in use by another `make demo`, on whichever port: end that one first (Ctrl-C)"
            raise Refused(message) from None
        yield
