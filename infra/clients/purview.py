"""Collections and their roles on the data plane of a Purview account.

The policy of a collection is one document that everybody replaces as a whole, so a change is: read, change, write, read
again and look, and once more where somebody else's write came between.
"""

import re
import threading
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from urllib.parse import quote

from infra.clients.policies import Policy, members, with_member, without_member
from infra.clients.rest import Answer, Rest, failed
from infra.clients.waiting import Clock
from infra.errors import CallError
from lineage.catalogue.client import SCOPE as SCOPE
from lineage.catalogue.client import scope_of as scope_of

_POLICY_VERSION = "api-version=2021-07-01"
_COLLECTIONS = "/account/collections?api-version=2019-11-01-preview"
_AGAIN = frozenset({409, 412, 429, 500, 502, 503, 504})
_LOCKS: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)
"""One for each policy: the resources of one program run in threads of one process."""


@dataclass(frozen=True, slots=True)
class Collection:
    """``name`` is the internal one of six characters (the root's is the account's), ``title`` what the portal shows."""

    name: str
    title: str
    parent: str


@dataclass(frozen=True, slots=True)
class Purview:
    """An account; ``patience`` is in seconds, for a role that was granted just now and has not spread yet."""

    rest: Rest
    clock: Clock = field(default_factory=Clock)
    patience: float = 0.0

    def collections(self) -> list[Collection]:
        """All of them. Raises ``CallError``."""
        found: list[Collection] = []
        path = _COLLECTIONS
        while path:
            page = self._read(path)
            found += [
                Collection(
                    one["name"],
                    one.get("friendlyName") or one["name"],
                    (one.get("parentCollection") or {}).get("referenceName", ""),
                )
                for one in page["value"]
            ]
            path = (page.get("nextLink") or "").removeprefix(self.rest.base)
        return found

    def collection(self, wanted: str) -> Collection:
        """By title or internal name; the root for "". Raises ``CallError`` that lists what there is."""
        known = self.collections()
        matches = [one for one in known if not one.parent] if not wanted else _matches(known, wanted)
        if len(matches) == 1:
            return matches[0]
        listed = ", ".join(sorted(f"{one.title} ({one.name})" for one in matches or known))
        if matches:
            raise CallError(
                f"several collections are called {wanted!r}: set purviewCollection to the name in brackets: {listed}"
            )
        raise CallError(f"there is no collection {wanted!r}; there are: {listed}", status=404)

    def grant(self, collection: str, role: str, principal: str) -> bool:
        """Give ``principal`` (an object id) the role; whether it did not have it. Raises ``CallError``."""
        return self._change(collection, partial(with_member, role=role, principal=principal))

    def revoke(self, collection: str, role: str, principal: str) -> bool:
        """Take it back from this principal alone; whether it had it. Raises ``CallError``."""
        return self._change(collection, partial(without_member, role=role, principal=principal))

    def members(self, collection: str, role: str) -> frozenset[str]:
        """Who has the role on the collection itself. Raises ``CallError``."""
        return members(self._policy(collection), role)

    def _change(self, collection: str, change: Callable[[Policy], Policy]) -> bool:
        wrote = False
        with _LOCKS[f"{self.rest.base}/{collection}"]:
            for _, wait in zip(range(7), self.clock.tries(600), strict=False):
                policy = self._policy(collection)
                wanted = change(policy)
                if wanted is policy:
                    return wrote
                answer = self._put(policy["id"], wanted)
                if 200 <= answer.status < 300:
                    wrote = True  # and the next turn looks whether it lasted
                    continue
                if answer.status not in _AGAIN:
                    raise _explained(failed(f"PUT the policy of collection {collection}", answer))
                wait(f"the policy of collection {collection} was changed meanwhile ({answer.status})", answer.wait(1.0))
        raise CallError(
            f"the policy of collection {collection} is changed by somebody else all the time; try again later",
            status=409,
        )

    def _policy(self, collection: str) -> Policy:
        found: Policy = self._read(f"/policystore/collections/{quote(collection)}/metadataPolicy?{_POLICY_VERSION}")
        return found

    def _put(self, policy_id: str, policy: Policy) -> Answer:
        return self.rest.send("PUT", f"/policystore/metadataPolicies/{quote(policy_id)}?{_POLICY_VERSION}", policy)

    def _read(self, path: str) -> dict[str, Any]:
        for wait in self.clock.tries(self.patience):
            answer = self.rest.send("GET", path)
            if answer.status == 200 and isinstance(answer.body, dict):
                return answer.body
            if answer.status != 403:
                break
            if self.patience:
                wait("Purview does not know the new administrator yet (403)", answer.wait(15.0))
        raise _explained(failed(f"GET {self.rest.base}{path.partition('?')[0]}", answer))


def _matches(known: list[Collection], wanted: str) -> list[Collection]:
    """Internal names win: they are unique."""
    exact = [one for one in known if one.name == wanted]
    return exact or [one for one in known if one.title.casefold() == wanted.casefold()]


_STEPS = {
    401: "the token was not accepted: sign in to the account's tenant with: az login --tenant TENANT",
    403: (
        "who deploys is not Collection Administrator there. Next step: ask an administrator of the account to add you"
        " under Data Map > Collections > Role assignments > Collection admins; or, as Owner of the Azure resource, run:"
        " pulumi -C infra config set purviewBootstrapAdmin true"
    ),
    404: "check purviewAccount, purviewEndpoint and purviewCollection",
}


_PRIVATE = re.compile(r"(?i)public (network )?access|private (link|endpoint)")
_FROM_INSIDE = (
    "the account takes calls through its private endpoint alone. Next step: run the deployment from a machine in that"
    " network, or open the account's public network access while it runs"
)


def _explained(error: CallError) -> CallError:
    closed = error.status == 403 and _PRIVATE.search(error.body)
    step = _FROM_INSIDE if closed else _STEPS.get(error.status)
    return CallError(f"{error}\n{step}", status=error.status, body=error.body) if step else error
