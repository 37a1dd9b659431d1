"""``make bench``: ratios of two things measured in one run, printed and written to ``build/bench.json``.

A machine's speed drifts, so nothing here is a time: each figure is what the product costs over what the least possible
thing costs, measured in turn.
"""

import sys
from pathlib import Path

import msgspec

from bench import conversion, door, imports, large, preview, publishing
from bench.figures import Figure

RESULT = Path("build/bench.json")
MEASURES = (conversion.measure, large.measure, door.measure, imports.measure, preview.measure, publishing.measure)


def main() -> int:
    """Measure everything; exit code 1 when a target was missed."""
    figures: dict[str, Figure] = {}
    for measure in MEASURES:
        for name, figure in measure().items():
            print(figure.line(name), flush=True)
            figures[name] = figure
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_bytes(msgspec.json.format(msgspec.json.encode(figures), indent=2))
    return 0 if all(figure.met for figure in figures.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
