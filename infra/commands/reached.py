"""The way from the Function to the catalogue: the Function itself looks, because only it is in its network."""

from collections.abc import Iterable, Mapping

from infra.commands.attached import AGAIN
from infra.commands.deployment import Deployment
from infra.commands.finding import Finding, Level
from infra.errors import NotKnown

READ = "docs/operations.md, What you see"
_FIXES: Mapping[str, str] = {
    "dns": f"link the private DNS zone to the Function's network, or correct purviewEndpoint ({READ})",
    "tls": f"let nothing open TLS between the Function and the catalogue ({READ})",
    "token": AGAIN,
    "refuses": "look at D03; the account's firewall must let the Function in",
    "throttled": "pulumi -C infra config set catalogueRate N && make deploy",
    "elsewhere": "pulumi -C infra config set purviewEndpoint https://HOST && make deploy",
    "settings": "look at D11; make deploy",
    "down": "wait: nothing is lost; look at the account's health in the portal",
}
"""Fault, as ``lineage.catalogue.reach`` calls it → the next step; any other is a matter of routes."""
_PASSING = ("throttled", "down")
_ROUTE = f"open the way from the Function's network to it: routes, firewalls, private endpoint ({READ})"


def catalogue(deployment: Deployment) -> Iterable[Finding]:
    """D13: whether the catalogue answers the Function, and what it meets otherwise."""
    if deployment.config.auth == "entra":
        raise NotKnown("the Function tells only whom Entra gave a token: GET /catalogue as one of entraAllowedClients")
    answer = deployment.keyed("GET", "/catalogue")
    found = answer.body if answer.status == 200 and isinstance(answer.body, Mapping) else {}
    if answer.status == 401:
        yield Finding("D13", Level.OK, "the Function was not asked for its way to the catalogue: see D02")
    elif "reached" not in found:
        what = f"the Function does not say whether it reaches the catalogue (it answers {answer.status})"
        yield Finding("D13", Level.FAIL, what, AGAIN)
    elif found["reached"]:
        yield Finding("D13", Level.OK, f"the Function reaches the catalogue at {found['host']}")
    else:
        what = f"the Function does not get through to the catalogue at {found['host']}: {found['says']}"
        level = Level.WARN if found["fault"] in _PASSING else Level.FAIL
        yield Finding("D13", level, what, _FIXES.get(found["fault"], _ROUTE))
