"""The stack's configuration as one frozen object; every wrong key is reported at once.

Keys are the fields in camelCase. ``Pulumi.yaml`` has the same keys with types and descriptions (a test compares them).
"""

import difflib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, field, fields
from typing import Any, TypeVar
from urllib.parse import urlsplit

from infra.errors import ConfigError
from lineage.rules import collection_rules, ignore_rules

T = TypeVar("T")

Check = Callable[[Any], str]
"""Returns what was expected, or "" where the value is right."""


def _setting(default: T, check: Check | None = None) -> T:
    made: T = field(default=default, metadata={"check": check})
    return made


def _required(check: Check) -> Any:
    return field(metadata={"check": check})


def _matches(pattern: str, expected: str) -> Check:
    compiled = re.compile(pattern)
    return lambda value: "" if compiled.fullmatch(value) else expected


def _optional(check: Check) -> Check:
    return lambda value: check(value) if value else ""


def _between(low: int, high: int) -> Check:
    return lambda value: "" if low <= value <= high else f"expected {low} to {high}"


def _one_of(*allowed: object) -> Check:
    listed = ", ".join(map(str, allowed))
    return lambda value: "" if value in allowed else f"expected one of {listed}"


def _each(check: Check) -> Check:
    return lambda values: next((f"{wrong} ({value})" for value in values if (wrong := check(value))), "")


def _json(read: Callable[[str], object], what: str) -> Check:
    def check(value: str) -> str:
        try:
            read(value)
        except ValueError as error:
            return f"expected {what}: {error}"
        return ""

    return check


def _mounts(text: str) -> None:
    found = json.loads(text or "{}")
    if not isinstance(found, dict) or not all(isinstance(one, str) for one in found.values()):
        message = "a target is a text"
        raise ValueError(message)


def _origin(value: str) -> str:
    """``https://host``; plain http on this machine alone, for the rehearsal."""
    parts = urlsplit(value)
    local = parts.hostname in ("127.0.0.1", "localhost")
    good = parts.netloc and parts.path in ("", "/") and (parts.scheme == "https" or (parts.scheme == "http" and local))
    return "" if good else "expected https://HOST"


_GUID = _matches(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", "expected a GUID")
_EMAIL = _matches(r"[^@\s]+@[^@\s]+\.[^@\s]+", "expected e-mail addresses")
_WORKSPACE_ID = _matches(
    r"(?i)/subscriptions/[^/]+/resourceGroups/[^/]+/providers/Microsoft\.OperationalInsights/workspaces/[^/]+",
    "expected the resource id of a Log Analytics workspace",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """What a person may set; every default is right for a first deployment."""

    location: str = _required(_matches(r"[a-z][a-z0-9]+", "expected an Azure region such as westeurope"))
    purview_account: str = _required(_matches(r"[a-zA-Z0-9][a-zA-Z0-9-]{2,62}", "expected the account's name"))
    purview_collection: str = ""
    purview_endpoint: str = _setting("", _optional(_origin))
    purview_resource_group: str = ""
    purview_bootstrap_admin: bool = False
    retain_types: bool = True

    databricks_workspaces: tuple[str, ...] = _setting((), _each(_origin))
    databricks_group: str = "users"
    agent_version: str = _setting("2.2.3", _matches(r"\d+\.\d+\.\d+[\w.-]*", "expected a version such as 2.2.3"))
    agent_spark: tuple[str, ...] = _setting(("3.5",), _each(_matches(r"\d+\.\d+", "expected versions such as 3.5")))
    agent_jar: str = ""
    script_place: str = _setting("workspace", _one_of("workspace", "volume"))
    volume_path: str = _setting("", _optional(_matches(r"/Volumes/[^/]+/[^/]+/[^/]+", "expected /Volumes/A/B/C")))
    notebook_folders: tuple[str, ...] = _setting((), _each(_matches(r"/.+[^/]", "expected absolute folders")))
    global_init_script: bool = False

    resource_group: str = _setting("", _optional(_matches(r"[\w.()-]{1,89}[\w()-]", "expected a resource group")))
    log_workspace: str = _setting("", _optional(_WORKSPACE_ID))
    auth: str = _setting("functionKey", _one_of("functionKey", "entra"))
    entra_client_id: str = _setting("", _optional(_GUID))
    entra_allowed_clients: tuple[str, ...] = _setting((), _each(_GUID))
    entra_client_secret: str = field(default="", repr=False)
    private_network: bool = False
    address_space: str = _setting("10.60.0.0/24", _matches(r"\d+\.\d+\.\d+\.0/2[0-4]", "expected A.B.C.0/20 to /24"))

    key_generation: int = _setting(1, _between(1, 1_000_000))
    always_ready: int = _setting(1, _between(0, 20))
    memory_mb: int = _setting(2048, _one_of(512, 2048, 4096))
    maximum_instances: int = _setting(40, _between(1, 1000))
    catalogue_rate: int = _setting(0, _between(0, 100_000))
    collection_rules: str = _setting("", _json(collection_rules, "a JSON list of rules"))
    ignore_rules: str = _setting("", _json(ignore_rules, "a JSON list of rules"))
    prefer_types: tuple[str, ...] = _setting((), _each(_matches(r"\w+", "expected names of types")))
    relink_hours: int = _setting(6, _between(0, 8760))
    stale_days: int = _setting(90, _between(0, 36_500))
    debounce_seconds: int = _setting(7200, _between(0, 604_800))
    waiting_hours: int = _setting(48, _between(1, 8760))
    fold_dates: bool = True
    max_body_bytes: int = _setting(104_857_600, _between(1_048_576, 220_200_960))
    mounts: str = _setting("", _json(_mounts, "a JSON object mount → target"))
    catalogue_api_version: str = _setting("", _optional(_matches(r"\d{4}-\d\d-\d\d(-preview)?", "expected a date")))
    catalogue_scope: str = _setting("", _optional(_matches(r"[^\s/]\S*/\.default", "expected RESOURCE/.default")))
    metastore_id: str = ""
    keep_literals: bool = False
    retention_days: int = _setting(400, _between(0, 36_500))
    protect_data: bool = True

    alert_emails: tuple[str, ...] = _setting((), _each(_EMAIL))
    log_retention_days: int = _setting(30, _between(30, 730))
    log_daily_cap_gb: int = _setting(1, _between(1, 1000))
    budget_amount: int = _setting(0, _between(0, 10_000_000))
    tags: tuple[str, ...] = _setting((), _each(_matches(r"[^=<>%&\\?/]{1,512}=.{0,256}", "expected NAME=VALUE")))

    management_endpoint: str = _setting("https://management.azure.com", _origin)
    package: str = "../build/package/function.zip"

    @property
    def purview_url(self) -> str:
        """Root of the account's data plane, without a slash at the end."""
        return (self.purview_endpoint or f"https://{self.purview_account.lower()}.purview.azure.com").rstrip("/")

    @property
    def ruled_collections(self) -> tuple[str, ...]:
        """Each collection that a rule names, once."""
        return tuple(dict.fromkeys(rule.collection for rule in collection_rules(self.collection_rules)))

    @property
    def tag_map(self) -> dict[str, str]:
        """The tags of every resource that takes some."""
        return {"application": "databricks-purview-lineage"} | dict(tag.split("=", 1) for tag in self.tags)

    @classmethod
    def default(cls) -> "Config":
        """Every default; region and account, which have none, are empty."""
        return cls(location="", purview_account="")

    @classmethod
    def of(cls, given: Mapping[str, str]) -> "Config":
        """From raw texts by key, lists as JSON; raises ``ConfigError`` that names every wrong or unknown key."""
        values: dict[str, Any] = {}
        wrong = _unknown(given)
        for each in fields(cls):
            key = camel(each.name)
            if key not in given:
                if each.default is MISSING:
                    wrong.append(f"{key}: is required")
                continue
            try:
                values[each.name] = _read(given[key], each)
            except ValueError as error:
                wrong.append(f"{key}: {error}, is {given[key]!r}")  # no secret is checked, so none is shown
        if not wrong:
            wrong = _together(made := cls(**values))
        if wrong:
            raise ConfigError(
                "the configuration is wrong:\n"
                + "\n".join(f"  {line}" for line in wrong)
                + "\nset a key with: pulumi -C infra config set KEY VALUE (docs/deploy.md lists them)"
            )
        return made


def camel(name: str) -> str:
    """``purview_account`` → ``purviewAccount``."""
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)


def _unknown(given: Mapping[str, str]) -> list[str]:
    known = [camel(each.name) for each in fields(Config)]
    return [
        f"{key}: no such key" + (f"; did you mean {near[0]}?" if near else "")
        for key in given
        if key not in known
        for near in [difflib.get_close_matches(key, known, n=1)]
    ]


def _read(text: str, one: Any) -> Any:
    value = _READ[str if one.default is MISSING else type(one.default)](text)
    check: Check | None = one.metadata.get("check")
    if check and (expected := check(value)):
        raise ValueError(expected)
    return value


def _boolean(text: str) -> bool:
    if text.lower() not in ("true", "false"):
        message = "expected true or false"
        raise ValueError(message)
    return text.lower() == "true"


def _integer(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        message = "expected a whole number"
        raise ValueError(message) from None


def _texts(text: str) -> tuple[str, ...]:
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
        message = "expected a list of texts (pulumi -C infra config set --path 'KEY[0]' VALUE)"
        raise ValueError(message)
    return tuple(one.rstrip("/") if one.startswith("http") else one for one in found)


_READ: Mapping[type, Callable[[str], Any]] = {str: str.strip, int: _integer, bool: _boolean, tuple: _texts}

_RULES: tuple[tuple[Callable[[Config], bool], str], ...] = (
    (lambda c: c.auth == "entra" and not c.entra_client_id, "entraClientId: is required when auth is entra"),
    (
        lambda c: c.auth == "entra" and not c.entra_allowed_clients,
        "entraAllowedClients: is required when auth is entra",
    ),
    (
        lambda c: c.auth == "entra" and bool(c.databricks_workspaces) and not c.entra_client_secret,
        "entraClientSecret: is required when auth is entra (pulumi -C infra config set --secret entraClientSecret)",
    ),
    (lambda c: c.script_place == "volume" and not c.volume_path, "volumePath: is required when scriptPlace is volume"),
    (lambda c: bool(c.budget_amount) and not c.alert_emails, "alertEmails: is required with budgetAmount"),
    (
        lambda c: c.purview_bootstrap_admin and not c.purview_resource_group,
        "purviewResourceGroup: is required with purviewBootstrapAdmin",
    ),
    (lambda c: c.always_ready > c.maximum_instances, "alwaysReady: is more than maximumInstances"),
    (lambda c: len(set(c.agent_spark)) < len(c.agent_spark), "agentSpark: has one twice"),
    (lambda c: not c.agent_spark and not c.agent_jar, "agentSpark: is empty, and there is no agentJar"),
    (lambda c: len(set(c.databricks_workspaces)) < len(c.databricks_workspaces), "databricksWorkspaces: has one twice"),
)
"""What no key can be blamed for alone."""


def _together(config: Config) -> list[str]:
    return [message for broken, message in _RULES if broken(config)]
