"""The mounts of a workspace, posted to the Function: where ``dbfs:/mnt/raw`` is, only a notebook can find out."""

import hashlib
import json
import urllib.parse
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

PATIENCE_SECONDS = 5.0


@dataclass(frozen=True)
class Target:
    """Where lineage goes; empty where it is not known. ``key`` is never shown.

    With ``token_url`` it is the secret of the application ``client_id``, which Entra gives a token for ``scope``.
    """

    url: str = ""
    workspace_url: str = ""
    key: str = field(default="", repr=False)
    token_url: str = ""
    client_id: str = ""
    scope: str = ""

    @property
    def mounts_url(self) -> str:
        """Where mounts are posted: beside the producer API."""
        return self.url.rstrip("/").removesuffix("/producer") + "/databricks/mounts"


def read_target(dbutils: Any, home: str, env: Mapping[str, str], identity: Mapping[str, str]) -> Target:
    """From the policy's variables, else from ``settings.json`` beside this module and the secret that it names."""
    workspace = identity.get("workspaceUrl", "")
    if env.get("LINEAGE_URL"):
        entra = (env.get(f"LINEAGE_{name}", "") for name in ("TOKEN_URL", "CLIENT_ID", "SCOPE"))
        return Target(env["LINEAGE_URL"], workspace, env.get("LINEAGE_KEY", ""), *entra)
    try:
        settings = json.loads((Path(home) / "settings.json").read_text(encoding="utf-8"))
        key = dbutils.secrets.get(settings["secretScope"], settings["secretKey"])
        return Target(settings["url"], workspace or settings.get("workspaceUrl", ""), key)
    except Exception:  # no settings, or a secret that this user may not read
        return Target("", workspace)


def post_mounts(dbutils: Any, target: Target, memory: Path) -> str:
    """Post the workspace's mounts where they are new to this driver; says what happened, never raises."""
    try:
        mounts = {mount.mountPoint: mount.source for mount in dbutils.fs.mounts() if "://" in mount.source}
    except Exception as error:  # forbidden on some access modes
        return f"not sent: {told(error)}"
    if not (mounts and target.url and target.key and target.workspace_url):
        missing = [name for name in ("url", "key", "workspace_url") if not getattr(target, name)]
        return f"not sent: {'no ' + ', no '.join(missing) if missing else 'the workspace has none'}"
    body = json.dumps({"workspaceUrl": target.workspace_url, "mounts": mounts}, sort_keys=True).encode()
    remembered = memory / f"lineage-mounts-{hashlib.sha256(target.mounts_url.encode()).hexdigest()[:16]}"
    digest = hashlib.sha256(body).hexdigest()
    try:
        if remembered.exists() and remembered.read_text(encoding="utf-8") == digest:
            return f"{len(mounts)}, as sent before"
        _answer(_request(target, body))
        remembered.write_text(digest, encoding="utf-8")
    except Exception as error:
        return f"not sent: {told(error)}"
    return f"{len(mounts)} sent"


def _request(target: Target, body: bytes) -> urllib.request.Request:
    headers = {
        "Content-Type": "application/json",
        "x-databricks-workspace-url": target.workspace_url,
        **sign_in(target),
    }
    return urllib.request.Request(target.mounts_url, data=body, headers=headers)  # noqa: S310 (the policy's URL)


def sign_in(target: Target) -> dict[str, str]:
    """The header with the key, or with a token that Entra gives for it; raises where it gives none."""
    if target.token_url:
        return {"Authorization": f"Bearer {_token(target)}"}
    return {"x-functions-key": target.key} if target.key else {}


def _token(target: Target) -> str:
    form = {
        "grant_type": "client_credentials",
        "client_id": target.client_id,
        "client_secret": target.key,
        "scope": target.scope,
    }
    asked = urllib.request.Request(target.token_url, data=urllib.parse.urlencode(form).encode())  # noqa: S310 (its, too)
    return str(json.loads(_answer(asked))["access_token"])


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirect would carry the key to another host."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


def _answer(request: urllib.request.Request) -> bytes:
    with urllib.request.build_opener(_NoRedirect).open(request, timeout=PATIENCE_SECONDS) as answer:
        return bytes(answer.read())


def told(error: Exception) -> str:
    """An error in a line, the JVM's own where it came from there."""
    java = getattr(error, "java_exception", None)
    text = str(java.toString()) if java is not None else f"{type(error).__name__}: {error}"
    return (text.splitlines() or [""])[0][:200]
