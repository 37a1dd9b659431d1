"""What can go wrong, as a tree. Nothing else is raised on purpose.

* LineageError
  x MalformedPayload      the bytes are not what they claim to be (a 4xx at the door)
  x NotConvertible        the plan is readable, but not a write that can be converted
  x StoreError            storage did not do what it was asked
    - Conflict            somebody else wrote first: read again
    - LeaseLost           the lease ran out or is another's
  x CatalogueError        the catalogue did not take it
    - Rejected            it never will: the entity is wrong (parked)
    - Forbidden           the identity lacks a role: the line stops
    - Unavailable         it may later: throttled, down, timed out, or something else answers in its place
  x SettingsError         settings, or what they name, are wrong; names them all: the line stops
"""


class LineageError(Exception):
    """The root of the errors of this package."""


class MalformedPayload(LineageError):
    """``path`` points into the payload (``operations.reads[1].inputSources``); ``reason`` says what is wrong there."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{path}: {reason}" if path else reason)
        self.path = path
        self.reason = reason


class NotConvertible(LineageError):
    """A readable plan that is not a write (``reason`` for people)."""


class StoreError(LineageError):
    """Storage did not do what it was asked."""


class Conflict(StoreError):
    """The key is there already, or was replaced since it was read."""


class LeaseLost(StoreError):
    """The lease is held by another, or has run out."""


class CatalogueError(LineageError):
    """The catalogue did not take it. ``status`` is the HTTP status (0 without an answer), ``code`` the Atlas code."""

    def __init__(self, message: str, *, status: int = 0, code: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.code = code


class Rejected(CatalogueError):
    """It never will be taken as it is."""


class Forbidden(CatalogueError):
    """401 or 403: the identity lacks a role. Nothing can be published until it is granted."""


class Unavailable(CatalogueError):
    """Throttled, down or timed out, after all retries; or what answers is not the catalogue."""


class SettingsError(LineageError):
    """Names every wrong setting at once, then after a ``;`` what only operators are to read."""
