"""What is done once about each refusal of the catalogue before it is taken for final."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from lineage.catalogue.draft import Draft
from lineage.catalogue.match import Matcher
from lineage.catalogue.vocabulary import TypeCatalogue
from lineage.errors import CatalogueError


@dataclass(frozen=True, slots=True)
class Beliefs:
    """All that is believed about the catalogue without asking it again."""

    types: TypeCatalogue
    matcher: Matcher


def remedy(beliefs: Beliefs, draft: Draft, error: CatalogueError) -> bool:
    """Change what the refusal says is wrong; ``False`` where nothing is left to try."""
    step = BY_CODE.get(error.code) or BY_STATUS.get(error.status)
    if step is None or step.__name__ in draft.remedies:
        return False
    draft.remedies.add(step.__name__)
    step(beliefs, draft)
    return True


def bind_anew(beliefs: Beliefs, draft: Draft) -> None:
    """What was taken for a placeholder is somebody else's asset: it is to be matched."""
    beliefs.matcher.forget(draft.shown.datasets)
    draft.bindings = {}


def match_again(beliefs: Beliefs, draft: Draft) -> None:
    """Something that is referred to has gone or has changed: find its successor, or make a placeholder again."""
    bind_anew(beliefs, draft)
    draft.doubted.update(draft.shared)


def learn_types_again(beliefs: Beliefs, draft: Draft) -> None:
    """A type or an attribute is not what it was taken for."""
    beliefs.types.forget()
    match_again(beliefs, draft)


def use_own_types(beliefs: Beliefs, draft: Draft) -> None:
    """A placeholder's type may want more than we know: make it one of our own type; if that is taken, from now on."""
    draft.unfit.update(binding.asset.type_name for binding in draft.bindings.values() if not binding.scanned)
    match_again(beliefs, draft)


def take_down(_beliefs: Beliefs, draft: Draft) -> None:
    """The relation to the owner does not fit its type: the process stands alone, its lineage is kept."""
    draft.hung = False


def shorten(_beliefs: Beliefs, draft: Draft) -> None:
    """Too large after all: half the limits."""
    draft.scale /= 2


TAKEN_OVER = "taken over"
"""Our own code: the catalogue was not asked to take it."""

Step = Callable[[Beliefs, Draft], None]
BY_CODE: Mapping[str, Step] = {
    TAKEN_OVER: bind_anew,
    "ATLAS-404-00-005": match_again,
    "ATLAS-404-00-009": match_again,
    "ATLAS-404-00-00A": match_again,
    "ATLAS-404-00-001": learn_types_again,
    "ATLAS-400-00-014": learn_types_again,
    "ATLAS-400-00-023": learn_types_again,
    "ATLAS-400-00-02B": use_own_types,
    "ATLAS-404-00-007": use_own_types,
    "ATLAS-400-00-036": take_down,
}
BY_STATUS: Mapping[int, Step] = {400: shorten, 404: match_again, 409: match_again, 412: match_again, 413: shorten}
"""For codes that have no row; Purview does not say which code stands for an attribute that is too long."""
