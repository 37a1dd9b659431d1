"""The few calls to a Databricks workspace for what must stay when the deployment goes, and for the checks.

A cluster that names a secret or an init script which is not there does not start. So the scope and its secret are never
deleted: the key in it is replaced by a word that opens nothing.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from infra.clients.rest import Answer, Rest, failed
from infra.errors import CallError

SCOPE = "2ff814a6-3304-4ab8-85cb-cd0e6f879c1d/.default"
"""Azure Databricks' own application."""
REVOKED = "revoked"
"""What stands in the secret after the deployment is gone."""


@dataclass(frozen=True, slots=True)
class Workspace:
    """One workspace; every method raises ``CallError``."""

    rest: Rest

    def me(self) -> str:
        """Who the workspace takes the caller for."""
        answer = self.rest.send("GET", "/api/2.0/preview/scim/v2/Me")
        if answer.status in (401, 403):
            raise CallError(
                f"{self.rest.base} does not know who deploys ({answer.status}): add the user or service principal to"
                " the workspace (Settings > Identity and access), with the workspace admin role",
                status=answer.status,
            )
        if answer.status != 200:
            raise failed(f"GET {self.rest.base}/api/2.0/preview/scim/v2/Me", answer)
        return str(answer.body.get("userName", ""))

    def put_secret(self, scope: str, key: str, value: str, reader: str) -> None:
        """Make the scope where it is not there, let ``reader`` (a group) read it, and put the value."""
        made = self.rest.send("POST", "/api/2.0/secrets/scopes/create", {"scope": scope})
        if made.status != 200 and _code(made) != "RESOURCE_ALREADY_EXISTS":
            raise failed(f"create the secret scope {scope}", made)
        put = self.rest.send("POST", "/api/2.0/secrets/put", {"scope": scope, "key": key, "string_value": value})
        if put.status != 200:
            raise CallError(f"put the secret {scope}/{key}: {put.status} {_code(put)}", status=put.status)
        permission = {"scope": scope, "principal": reader, "permission": "READ"}
        self.rest.call("POST", "/api/2.0/secrets/acls/put", permission)

    def has_secret(self, scope: str, key: str) -> bool:
        """Whether the scope and the key in it are there."""
        answer = self.rest.send("GET", f"/api/2.0/secrets/list?scope={quote(scope)}")
        if answer.status == 404 or _code(answer) == "RESOURCE_DOES_NOT_EXIST":
            return False
        if answer.status != 200:
            raise failed(f"list the secrets of {scope}", answer)
        return any(one["key"] == key for one in answer.body.get("secrets") or ())

    def clusters(self) -> Iterator[dict[str, Any]]:
        """Every all-purpose cluster, as the API describes it."""
        page = ""
        while True:
            answer = self.rest.call("GET", f"/api/2.1/clusters/list?page_size=100&page_token={quote(page)}")
            yield from answer.get("clusters") or ()
            page = answer.get("next_page_token") or ""
            if not page:
                return

    def jobs(self) -> Iterator[dict[str, Any]]:
        """Every job with its settings, tasks included."""
        page = ""
        while True:
            path = f"/api/2.2/jobs/list?limit=100&expand_tasks=true&page_token={quote(page)}"
            answer = self.rest.call("GET", path)
            yield from answer.get("jobs") or ()
            page = answer.get("next_page_token") or ""
            if not page:
                return

    def policy(self, policy_id: str) -> dict[str, dict[str, Any]]:
        """Definition of a cluster policy."""
        found = self.rest.call("GET", f"/api/2.0/policies/clusters/get?policy_id={quote(policy_id)}")
        definition: dict[str, dict[str, Any]] = json.loads(found["definition"])
        return definition

    def update_cluster(self, cluster_id: str, fields: Mapping[str, Any]) -> None:
        """Replace these fields of a cluster's specification and no others; a running cluster restarts."""
        body = {"cluster_id": cluster_id, "update_mask": ",".join(sorted(fields)), "cluster": dict(fields)}
        self.rest.call("POST", "/api/2.1/clusters/update", body)

    def update_job(self, job_id: int, settings: Mapping[str, Any]) -> None:
        """Replace job clusters and tasks of the same keys and no others; runs that go on are not touched."""
        self.rest.call("POST", "/api/2.2/jobs/update", {"job_id": job_id, "new_settings": dict(settings)})

    def size(self, path: str) -> int | None:
        """Bytes of a workspace file or of a file in a volume; ``None`` where there is none."""
        in_volume = path.startswith("/Volumes/")
        if in_volume:
            answer = self.rest.send("HEAD", _volume_file(path))
        else:
            answer = self.rest.send("GET", f"/api/2.0/workspace/get-status?path={quote(path)}")
        if answer.status not in (200, 404):
            raise failed(f"look for {path}", answer)
        if answer.status == 404:
            return None
        return int(answer.headers.get("content-length", 0) if in_volume else answer.body.get("size", 0))

    def read(self, path: str) -> bytes:
        """Content of a small file; empty where there is none."""
        in_volume = path.startswith("/Volumes/")
        export = f"/api/2.0/workspace/export?path={quote(path)}&format=AUTO&direct_download=true"
        answer = self.rest.send("GET", _volume_file(path) if in_volume else export)
        if answer.status not in (200, 404):
            raise failed(f"read {path}", answer)
        return answer.content if answer.status == 200 else b""


def _volume_file(path: str) -> str:
    return f"/api/2.0/fs/files{quote(path)}"


def _code(answer: Answer) -> str:
    return str(answer.body.get("error_code", "")) if isinstance(answer.body, dict) else ""
