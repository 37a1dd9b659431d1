"""What could not be known, collected while a plan is read."""

from collections.abc import Mapping

from lineage.model import Note

LIMIT = 20
"""Notes of one code that are told one by one; the rest are counted."""
CODES: Mapping[str, str] = {
    "ambiguous-reference": "a name in the text of a MERGE that both its sides have: left out",
    "column-not-in-query": "a column of the target that the query does not fill: generated, or by default",
    "column-of-unknown-origin": "a column of an operation that does not tell where it comes from",
    "columns-of-micro-batch": "columns of a micro-batch that are taken for those of its files",
    "cut-list": "what is left out of a text, in which Spark lists 25 columns or arguments at most",
    "dangling-reference": "a reference to something that the plan does not contain",
    "merge-by-source": "clauses WHEN NOT MATCHED BY SOURCE are never in a plan",
    "merge-without-sides": "a MERGE whose source or target is missing",
    "no-columns": "a write of rows that no operation of the plan makes",
    "no-inputs": "no dataset is read, or none that the agent knows how to report",
    "opaque-function": "whole rows go through a function: every column from every argument",
    "plan-without-event": "the write may have failed",
    "read-without-location": "a read without any location",
    "reference-loop": "a value that is computed from itself",
    "relation-recovered": "a dataset that was found in the text of a relation",
    "relation-without-name": "a relation whose text names no dataset: left out",
    "rows-through-rdd": "an RDD or a checkpoint, behind which columns cannot be followed",
    "static-partition": "columns that an INSERT into a Hive table gives one value (PARTITION (c = …))",
    "subquery-relation": "a relation in a sub-query that has no name: left out",
    "subquery-table": "a table in a sub-query: its name is known, its location is not",
    "subquery-unknown": "a sub-query without a dump of its plan",
    "union-by-position": "a column of a UNION that not every branch is known to fill",
    "unknown-operation": "an operation whose effect on its rows is not known",
    "unknown-reference": "a name in a text that no column has",
}
"""What the codes mean."""


class Notes:
    """Each note once, in an order that does not depend on when it was found."""

    def __init__(self) -> None:
        self._texts: dict[str, set[str]] = {}

    def add(self, code: str, text: str) -> None:
        """Note ``text``; it must not name ids, which mean nothing outside of the plan."""
        self._texts.setdefault(code, set()).add(text)

    def listed(self) -> tuple[Note, ...]:
        """The notes by code and text."""
        return tuple([Note(code, text) for code in sorted(self._texts) for text in self._shown(code)])

    def _shown(self, code: str) -> list[str]:
        texts = sorted(self._texts[code])
        more = len(texts) - LIMIT
        return texts if more <= 0 else [*texts[:LIMIT], f"and {more} more"]
