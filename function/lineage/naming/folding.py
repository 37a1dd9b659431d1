"""From the files and folders that were touched to the dataset that they belong to.

Cut are, from the end: globs, Delta's, Hudi's and Spark's own folders and files, part files, ``@v12`` of Delta's time
travel, partition folders (``k=v``) and, by a setting, folders named by a full date. Nothing is cut as far as the
root of its store, but the file of a read that lists its files.
"""

import re
from datetime import date

Cut = tuple[tuple[str, ...], tuple[str, ...]]
"""The segments that are left, and a readable step for each cut."""

_INNER_FOLDERS = {"_delta_log", "_change_data", "_delta_index", "_spark_metadata", "_temporary", ".hoodie"}
_INNER_FOLDERS |= {"_checkpoints", "_symlink_format_manifest", "_tmp_path_dir"}
_INNER_FILE = re.compile(r"_SUCCESS|_committed_.*|_started_.*|_(?:common_)?metadata|\..*\.crc|deletion_vector_.*\.bin")
_PART_FILE = re.compile(r"(?:part-(?:[mr]-)?\d+(?:[-._].*)?|cdc-\d{5}-.*|\d{6}_\d+(?:[._].*)?)", re.A)
_FILE = re.compile(
    r".*\.(?:csv|tsv|txt|json|jsonl|ndjson|parquet|orc|avro|xml|xlsx?|xlsm|gz|bz2|zst|snappy|lz4|zip|tar|log|dat|bin"
    r"|html?|pdf|png|jpe?g|tiff?|deflate|crc|yaml|yml|sql|feather|arrow|ipc|dbf|sas7bdat|ebc|cpy|cbl)",
    re.I,
)
_EXTENSION = re.compile(r".+\.[A-Za-z][A-Za-z0-9]{0,9}")
_PARTITION = re.compile(r"[^=]+=.*")
_TIME_TRAVEL = re.compile(r"(.+)@(?:[vV]\d+|\d{17})", re.A)
_SHARD = re.compile(r"(?P<set>.+_)(?:\d{0,8}\*|(?P<date>(\d{4})(\d{2})(\d{2})))", re.A)
_DATE = re.compile(r"(\d{4})(-?)(\d{2})\2(\d{2})", re.A)


def is_file(segment: str) -> bool:
    """Whether a last section looks like one file and not like a folder."""
    return bool(_FILE.fullmatch(segment) or _PART_FILE.fullmatch(segment))


def fold(segments: tuple[str, ...], *, dates: bool, files: bool) -> Cut:
    """The dataset's own path. ``dates`` folds folders named by a date, ``files`` any single file into its folder."""
    steps: list[str] = []
    if files:
        segments = _cut("file of a read that lists its files", _fold_file(segments), segments, steps)
    before: tuple[str, ...] | None = None
    while before != segments:
        before = segments
        for name, fold_end in _CUTS:
            segments = _cut(name, fold_end(segments), segments, steps)
        left = segments[: len(segments) - _partitions_at_end(segments, dates=dates)]
        segments = _cut("partition folders", left or segments, segments, steps)
    return segments, tuple(steps)


def _cut(name: str, left: tuple[str, ...], segments: tuple[str, ...], steps: list[str]) -> tuple[str, ...]:
    if left != segments:
        steps.append(f"{name} cut: /{'/'.join(segments)} → /{'/'.join(left)}")
    return left


def is_all_partitions(segments: tuple[str, ...], *, dates: bool) -> bool:
    """Whether a path is nothing but partition folders, so that its root may be the dataset."""
    return bool(segments) and _partitions_at_end(segments, dates=dates) == len(segments)


def _fold_globs(segments: tuple[str, ...]) -> tuple[str, ...]:
    for index, segment in enumerate(segments):
        if "*" in segment or ("{" in segment and "}" in segment):
            return segments[:index]
    return segments


def _fold_inner(segments: tuple[str, ...]) -> tuple[str, ...]:
    for index, segment in enumerate(segments[1:], start=1):
        if segment in _INNER_FOLDERS:
            return segments[:index]
    if len(segments) > 1 and _INNER_FILE.fullmatch(segments[-1]):
        return segments[:-1]
    return segments


def _fold_part_file(segments: tuple[str, ...]) -> tuple[str, ...]:
    return segments[:-1] if len(segments) > 1 and _PART_FILE.fullmatch(segments[-1]) else segments


def _fold_file(segments: tuple[str, ...]) -> tuple[str, ...]:
    is_one = segments and (_EXTENSION.fullmatch(segments[-1]) or _PART_FILE.fullmatch(segments[-1]))
    return segments[:-1] if is_one else segments


def _fold_time_travel(segments: tuple[str, ...]) -> tuple[str, ...]:
    match = _TIME_TRAVEL.fullmatch(segments[-1]) if segments else None
    return (*segments[:-1], match.group(1)) if match else segments


_CUTS = (
    ("glob", _fold_globs),
    ("inner files of the table format", _fold_inner),
    ("part file", _fold_part_file),
    ("version", _fold_time_travel),
)


def _partitions_at_end(segments: tuple[str, ...], *, dates: bool) -> int:
    """How many sections at the end are partition folders."""
    end = len(segments)
    while end:
        length = _is_partition(segments[end - 1]) or (dates and _date_before(segments[max(end - 3, 0) : end]))
        if not length:
            break
        end -= length
    return len(segments) - end


def fold_shard(table: str, *, dates: bool) -> str:
    """The set that a table of BigQuery is of: ``t$20240131`` is a partition of ``t``, and with ``dates``
    ``events_20240131`` and ``events_2024*`` are of ``events_*``."""
    table = table.partition("$")[0] or table
    shard = _SHARD.fullmatch(table) if dates else None
    is_day = shard is not None and (not shard["date"] or _is_date(*shard.group(3, 4, 5)))
    return f"{shard['set']}*" if shard and is_day else table


def _is_partition(segment: str) -> int:
    return int(bool(_PARTITION.fullmatch(segment)) and not _FILE.fullmatch(segment))


def _date_before(segments: tuple[str, ...]) -> int:
    """How many sections at the end name one full date: 1, 3 or none; ``segments`` are the last three."""
    whole = _DATE.fullmatch(segments[-1])
    if whole:
        return int(_is_date(whole[1], whole[3], whole[4]))
    widths = [len(part) for part in segments if part.isascii() and part.isdigit()]
    if len(widths) == 3 and widths[0] == 4 and max(widths[1:]) <= 2 and _is_date(*segments):
        return 3
    return 0


def _is_date(year: str, month: str, day: str) -> bool:
    try:
        return 1900 <= date(int(year), int(month), int(day)).year < 2200
    except ValueError:
        return False
