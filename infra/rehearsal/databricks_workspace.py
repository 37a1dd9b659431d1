"""A Databricks workspace: clusters, jobs, the policy, files and secrets."""

import json
from collections.abc import Iterator
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from infra.rehearsal.state import Row, State


@dataclass(frozen=True, slots=True)
class DatabricksWorkspace:
    """One workspace, whose files are those of volumes, too."""

    state: State

    def rows(self) -> Iterator[Row]:
        """Its operations."""
        yield "GET", "/api/2.1/clusters/list", "clusters", "databricks", self._clusters
        yield "POST", "/api/2.1/clusters/update", "cluster-update", "databricks", self._update_cluster
        yield "GET", "/api/2.2/jobs/list", "jobs", "databricks", self._jobs
        yield "POST", "/api/2.2/jobs/update", "job-update", "databricks", self._update_job
        yield "GET", "/api/2.0/policies/clusters/get", "cluster-policy", "databricks", self._cluster_policy
        yield "GET", "/api/2.0/workspace/get-status", "file", "databricks", self._file
        yield "GET", "/api/2.0/workspace/export", "export", "databricks", self._export
        yield "GET", "/api/2.0/fs/files/{path:path}", "volume-file", "databricks", self._volume_file
        yield "GET", "/api/2.0/preview/scim/v2/Me", "me", "databricks", self._me
        yield "POST", "/api/2.0/secrets/scopes/create", "scope", "databricks", self._create_scope
        yield "POST", "/api/2.0/secrets/put", "secret-put", "databricks", self._put_secret
        yield "POST", "/api/2.0/secrets/acls/put", "secret-acl", "databricks", self._put_reader
        yield "GET", "/api/2.0/secrets/list", "secrets", "databricks", self._secrets

    def _clusters(self, _request: Request, _: bytes) -> Response:
        return JSONResponse({"clusters": self.state.clusters})

    def _update_cluster(self, _request: Request, body: bytes) -> Response:
        given = json.loads(body)
        cluster = next(one for one in self.state.clusters if one["cluster_id"] == given["cluster_id"])
        for key in given["update_mask"].split(","):
            cluster.pop(key, None)
            if key in given["cluster"]:
                cluster[key] = given["cluster"][key]
        return JSONResponse({})

    def _jobs(self, _request: Request, _: bytes) -> Response:
        return JSONResponse({"jobs": self.state.jobs})

    def _update_job(self, _request: Request, body: bytes) -> Response:
        """Lists are merged by key, as the API does."""
        given = json.loads(body)
        settings = next(one for one in self.state.jobs if one["job_id"] == given["job_id"])["settings"]
        for name, key in (("job_clusters", "job_cluster_key"), ("tasks", "task_key")):
            new = {one[key]: one for one in given["new_settings"].get(name, ())}
            settings[name] = [new.get(one[key], one) for one in settings.get(name, ())]
        return JSONResponse({})

    def _cluster_policy(self, _request: Request, _: bytes) -> Response:
        return JSONResponse({"definition": json.dumps(self.state.policy)})

    def _file(self, request: Request, _: bytes) -> Response:
        found = self.state.files.get(request.query_params["path"])
        if found is None:
            return JSONResponse({"error_code": "RESOURCE_DOES_NOT_EXIST"}, 404)
        return JSONResponse({"object_type": "FILE", "size": len(found)})

    def _export(self, request: Request, _: bytes) -> Response:
        found = self.state.files.get(request.query_params["path"])
        if found is None or request.query_params.get("direct_download") != "true":
            return JSONResponse({"error_code": "RESOURCE_DOES_NOT_EXIST"}, 404)
        return Response(found, media_type="application/octet-stream")

    def _volume_file(self, request: Request, _: bytes) -> Response:
        """``HEAD`` has the length, too."""
        found = self.state.files.get(f"/{request.path_params['path']}")
        if found is None:
            return JSONResponse({"error_code": "NOT_FOUND"}, 404)
        return Response(found, media_type="application/octet-stream")

    def _me(self, _request: Request, _: bytes) -> Response:
        return JSONResponse({"userName": "deployer@contoso.example"})

    def _create_scope(self, _request: Request, body: bytes) -> Response:
        scope = json.loads(body)["scope"]
        if scope in self.state.secrets:
            return JSONResponse({"error_code": "RESOURCE_ALREADY_EXISTS", "message": f"Scope {scope} exists"}, 400)
        self.state.secrets[scope] = {}
        return JSONResponse({})

    def _put_secret(self, _request: Request, body: bytes) -> Response:
        given = json.loads(body)
        self.state.secrets[given["scope"]][given["key"]] = given["string_value"]
        return JSONResponse({})

    def _put_reader(self, _request: Request, body: bytes) -> Response:
        given = json.loads(body)
        self.state.readers[given["scope"]] = given["principal"]
        return JSONResponse({})

    def _secrets(self, request: Request, _: bytes) -> Response:
        scope = self.state.secrets.get(request.query_params["scope"])
        if scope is None:
            return JSONResponse({"error_code": "RESOURCE_DOES_NOT_EXIST"}, 404)
        return JSONResponse({"secrets": [{"key": key} for key in scope]})
