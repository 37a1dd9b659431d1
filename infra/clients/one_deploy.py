"""Publishing a package to a Function app on Flex Consumption, until the app itself answers with the package's hash.

``POST https://SCM/api/publish`` takes the zip (202, a deployment id), ``GET /api/deployments/ID`` tells how it goes.
A fresh app is not there for a minute (404), and its identity may not write to its own storage for ten (403 within the
deployment's text), so both are tried again; whatever else fails is raised with the log's last lines.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from infra.clients.rest import Answer, Rest, failed
from infra.clients.waiting import Clock
from infra.errors import CallError

SUCCESS, FAILED = 4, 3
_STATUS = {-1: "cancelled", FAILED: "failed", 5: "conflict", 6: "partially succeeded"}
_SPREADING = re.compile(
    r"(?i)forbidden|\b403\b|Authorization(PermissionMismatch|Failure)|not authorized|Inaccessible ?Storage"
)
"""What a deployment says whose identity may not use its storage yet."""
_YOUNG = frozenset({0, 401, 403, 404, 409, 429, 500, 502, 503, 504})
"""What publishing is answered while app, DNS and roles are new, or while another deployment runs (409)."""


@dataclass(frozen=True, slots=True)
class OneDeploy:
    """``scm`` is the app's deployment host with a token, ``app`` the app itself without one; times in seconds."""

    scm: Rest
    app: Rest
    clock: Clock = field(default_factory=Clock)
    publish_within: float = 900.0
    answer_within: float = 600.0

    def deploy(self, package: Path, digest: str) -> str:
        """Publish and wait for the app to answer with ``digest``; returns the deployment's id. Raises ``CallError``."""
        content = package.read_bytes()
        for wait in self.clock.tries(self.publish_within):
            deployment = self._publish(content)
            state = self._finished(deployment) or {"status": SUCCESS}
            if state["status"] == SUCCESS:
                self._await_hash(digest)
                return deployment
            reason = self._reason(deployment, state)
            if not _SPREADING.search(reason):
                raise CallError(f"deployment {deployment} {_name(state)}: {reason}")
            last = reason.splitlines()[-1]
            wait(f"deployment {deployment} {_name(state)}, the app's roles have not spread: {last}", self._pause())
        raise CallError(
            f"deployment {deployment} {_name(state)}: {reason}\nThe app's identity still may not write to its storage:"
            " look at the storage account's role assignments, then run the deployment again"
        )

    def running_hash(self) -> str:
        """Hash of the package that the app runs; "" where it does not answer."""
        try:
            answer = self.app.send("GET", "/api/version")
        except CallError:
            return ""
        found = answer.body.get("package") if answer.status == 200 and isinstance(answer.body, dict) else ""
        return str(found or "")

    def _publish(self, content: bytes) -> str:
        path = "/api/publish?RemoteBuild=false&Deployer=databricks-purview-lineage"
        for wait in self.clock.tries(self.publish_within):
            answer = _sent(self.scm, "POST", path, content=content, kind="application/zip")
            if answer.status in (200, 202):
                return str(
                    answer.body.get("id", "latest") if isinstance(answer.body, dict) else answer.body or "latest"
                )
            if answer.status not in _YOUNG:
                break
            wait(f"the deployment host does not take packages yet ({answer.status or answer.body})", answer.wait(5.0))
        raise failed("publish the package", answer)

    def _finished(self, deployment: str) -> dict[str, Any] | None:
        """The last state; ``None`` where the worker was replaced after it had been seen: it is done then."""
        seen = False
        for wait in self.clock.tries(self.publish_within):
            answer = _sent(self.scm, "GET", f"/api/deployments/{deployment}")
            if answer.status == 404 and seen:
                return None
            if answer.status == 200 and isinstance(answer.body, dict):
                seen = True
                if answer.body.get("status") in (SUCCESS, *_STATUS):
                    return answer.body
            elif answer.status not in _YOUNG:
                raise failed(f"ask for deployment {deployment}", answer)
            wait(f"deployment {deployment}: {_progress(answer)}", answer.wait(1.0))
        raise CallError(f"deployment {deployment} did not end within {self.publish_within:.0f} s")

    def _reason(self, deployment: str, state: dict[str, Any]) -> str:
        """Its text and the last lines of its log."""
        log = _sent(self.scm, "GET", f"/api/deployments/{deployment}/log")
        entries = log.body if log.status == 200 and isinstance(log.body, list) else []
        lines = [str(entry.get("message", "")) for entry in entries if isinstance(entry, dict)][-5:]
        errors = [str(one) for one in (state.get("build_summary") or {}).get("errors") or ()]
        return (
            "\n".join(one for one in (str(state.get("status_text") or ""), *errors, *lines) if one) or "no reason given"
        )

    def _await_hash(self, digest: str) -> None:
        found = ""
        for wait in self.clock.tries(self.answer_within):
            found = self.running_hash()
            if found == digest:
                return
            wait(f"the app answers with {found[:12] or 'nothing'}, not yet with {digest[:12]}", self._pause())
        raise CallError(
            f"the package was deployed, but {self.app.base}/api/version answers with {found or 'nothing'} instead of"
            f" {digest}: look at the app's log stream for an import error"
        )

    def _pause(self) -> float | None:
        return 0.1 if urlsplit(self.app.base).scheme == "http" else None


def _sent(rest: Rest, method: str, path: str, **more: Any) -> Answer:
    """The answer; status 0 where there was none, for a host whose name is not known yet."""
    try:
        return rest.send(method, path, **more)
    except CallError as error:
        if error.status:
            raise
        return Answer(0, str(error), {})


def _name(state: dict[str, Any]) -> str:
    return _STATUS.get(state["status"], str(state["status"]))


def _progress(answer: Answer) -> str:
    return str(answer.body.get("status_text") or "running") if isinstance(answer.body, dict) else str(answer.status)
