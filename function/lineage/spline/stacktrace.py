"""Errors as the agent sends them: an exception's class, its message and its frames, of Java and of Python."""

import re

from lineage.spline.catalyst import MASK

_PACKAGE = r"(?:[A-Za-z_$][\w$]*\.)"
_FIRST = re.compile(rf"{_PACKAGE}+[A-Z$][\w$]*(?=:|\s*\Z)")
_CAUSE = re.compile(rf"\s*(?:Caused by|Suppressed): {_PACKAGE}+[A-Z$][\w$]*(?=:|\s*\Z)")
_RAISED = re.compile(rf"{_PACKAGE}*[A-Z]\w*(?:Error|Exception|Throwable|Warning|Failure|Interrupt|Exit)(?=:|\s*\Z)")
_FRAME = re.compile(
    r"\s*at [\w$.<>/@~+-]+\((?:[\w$.-]+(?::\d+)?|Native Method|Unknown Source|<[a-z]+>)\)(?: ~?\[[\w.:?-]*\])?\s*"
    r"|\s*\.\.\. \d+ (?:more|common frames omitted)\s*"
    r"|Traceback \(most recent call last\):\s*|Driver stacktrace:\s*|\s*"
)
_PYTHON_FRAME = re.compile(
    r"(?P<lead>\s*File )\"(?:[^\"]*[/\\])?(?P<file>[^\"/\\]*)\"(?P<rest>, line \d+(?:, in [\w.<>]+)?)\s*"
)


def mask_error(text: str) -> str:
    """``text`` with its classes and frames as they are and each message as ``?``.

    Of a Python frame the file's name and the line stay, the folders and the source line go. Several masked lines in a
    row are one ``?``. Idempotent. A line of a message that reads exactly like a frame is kept as one.
    """
    masked: list[str] = []
    for number, line in enumerate(text.split("\n")):
        kept = _line(line, first=number == 0)
        if kept != MASK or masked[-1:] != [MASK]:
            masked.append(kept)
    return "\n".join(masked)


def _line(line: str, *, first: bool) -> str:
    if _FRAME.fullmatch(line):
        return line
    python = _PYTHON_FRAME.fullmatch(line)
    if python:
        return f'{python["lead"]}"{python["file"]}"{python["rest"]}'
    raised = _CAUSE.match(line) or _RAISED.match(line) or (_FIRST.match(line) if first else None)
    if not raised:
        return MASK
    return f"{raised[0]}: {MASK}" if line[raised.end() :].strip() else raised[0]
