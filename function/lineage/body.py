"""The body of a request, from what was received to JSON text, and every reason why it is not taken.

A ``Fault`` is a kind of refusal (the ``type`` of an RFC 9457 problem document), ``Refused`` is one refusal. Neither
ever quotes the body. All of this is pure.
"""

import codecs
import gzip
import io
import re
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass

_BLOCK = 1 << 20
_GZIP_MAGIC = b"\x1f\x8b"
_OWN_MEDIA_TYPE = re.compile(r"application/vnd\.absa\.spline\.producer\.v(.*)\+json")
_VERSIONS = ("1", "1.0", "1.1", "1.2")


@dataclass(frozen=True, slots=True)
class Fault:
    """A kind of problem; ``slug`` and ``status`` never change once clients have seen them."""

    slug: str
    status: int
    title: str

    @property
    def type(self) -> str:
        """The URI that RFC 9457 asks for."""
        return f"urn:problem-type:lineage:{self.slug}"


NO_ROUTE = Fault("no-route", 404, "There is no such route")
WRONG_METHOD = Fault("wrong-method", 405, "This route does not take this method")
TOO_LARGE = Fault("too-large", 413, "The body is too large")
MEDIA_TYPE = Fault("media-type", 415, "The content type is not JSON of a known version")
ENCODING = Fault("content-encoding", 415, "The content encoding is not understood")
INCOMPLETE = Fault("incomplete", 400, "The body did not come whole")
EMPTY = Fault("empty", 400, "The body is empty")
GZIP = Fault("gzip", 400, "The body is not the gzip stream that it is said to be")
TEXT = Fault("text", 400, "The body is not UTF-8 text")
MALFORMED = Fault("malformed", 400, "The body is not what this route takes")
WRONG_ROUTE = Fault("wrong-route", 400, "The body belongs to another route")


class Refused(Exception):
    """One request that is not taken, caught at the door. ``detail`` is for people, ``path`` points into the body."""

    def __init__(self, fault: Fault, detail: str, *, path: str = "", headers: Mapping[str, str] | None = None) -> None:
        super().__init__(detail)
        self.fault = fault
        self.detail = detail
        self.path = path
        self.headers = headers or {}


def too_large(limit: int, what: str) -> Refused:
    """The refusal of a body over ``limit`` bytes; ``what`` says which size was over it."""
    return Refused(TOO_LARGE, f"{what} more than the {limit} bytes that are taken")


def check_media_type(content_type: str) -> None:
    """Raises ``Refused`` for anything but JSON of a version that is known; a missing content type is fine."""
    media_type = content_type.partition(";")[0].strip().lower()
    own = _OWN_MEDIA_TYPE.fullmatch(media_type)
    if own and own[1] not in _VERSIONS:
        raise Refused(MEDIA_TYPE, f"version {own[1][:20]!a} is not one of {', '.join(_VERSIONS)}")
    if media_type not in ("", "application/json") and not media_type.endswith("+json"):
        raise Refused(MEDIA_TYPE, f"{media_type[:100]!a} is not JSON", headers={"Accept-Post": "application/json"})


def encoding_of(content_encodings: list[str]) -> str:
    """``gzip`` or ``identity``, from the values of the header; raises ``Refused`` for any other coding."""
    codings = [coding.strip().lower() for value in content_encodings for coding in value.split(",")]
    named = [coding for coding in codings if coding not in ("", "identity")]
    if not named:
        return "identity"
    if named in (["gzip"], ["x-gzip"]):
        return "gzip"
    detail = f"{', '.join(named)[:100]!a} is neither gzip nor identity"
    raise Refused(ENCODING, detail, headers={"Accept-Encoding": "gzip, identity"})


def decoded(received: bytes, encoding: str, limit: int) -> bytes:
    """The text behind ``received``: at most ``limit`` bytes, not empty, UTF-8 without NUL. Raises ``Refused``."""
    body = _DECODERS[encoding](received, limit)
    if not body:
        raise Refused(
            EMPTY,
            "the body is empty; Azure Functions drops the body of a chunked request: send it with Content-Length",
        )
    _check_text(body)
    return body


def _plain(received: bytes, limit: int) -> bytes:
    if len(received) > limit:
        raise too_large(limit, "the body has")
    return received


def _inflated(received: bytes, limit: int) -> bytes:
    """All members of a gzip stream; stops at ``limit``, however much more there would be."""
    if not received:
        return b""
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(received)) as stream:
            body = stream.read(limit + 1)
    except EOFError:
        raise Refused(INCOMPLETE, "the gzip stream ends before its end marker") from None
    except (gzip.BadGzipFile, zlib.error) as error:
        raise Refused(GZIP, _gzip_detail(received, str(error))) from None
    if len(body) > limit:
        raise too_large(limit, "decompressed, the body has")
    return body


def _gzip_detail(received: bytes, error: str) -> str:
    if not received.startswith(_GZIP_MAGIC):
        return "it does not begin as a gzip stream does"
    if error.startswith("Not a gzipped file"):  # what follows in the message is from the body
        return "after its end come bytes that are not gzip"
    return error[:100]


_DECODERS: Mapping[str, Callable[[bytes, int], bytes]] = {"identity": _plain, "gzip": _inflated}


def _check_text(body: bytes) -> None:
    """In blocks: the text itself would take up to four times the memory."""
    nul = body.find(0)
    if nul >= 0:
        raise Refused(TEXT, f"byte {nul} is NUL")
    decoder = codecs.getincrementaldecoder("utf-8")()
    start = 0
    try:
        for start in range(0, len(body), _BLOCK):
            decoder.decode(body[start : start + _BLOCK])
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        raise Refused(TEXT, f"not UTF-8 near byte {start + error.start}: {error.reason}") from None
