"""The Function app: the host that takes its package, and the app itself as far as a deployment asks it."""

import io
import uuid
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from infra.package import NEEDED, STAMP
from infra.rehearsal.state import LATER, Fault, Row, State


@dataclass(frozen=True, slots=True)
class AppHost:
    """``faults`` of ``deployment-end`` say how the next deployments end."""

    state: State
    faults: Mapping[str, list[Fault]]

    def rows(self) -> Iterator[Row]:
        """Its operations."""
        yield "POST", "/api/publish", "publish", "arm", self._publish
        yield "GET", "/api/deployments/{id}/log", "log", "arm", self._log
        yield "GET", "/api/deployments/{id}", "deployment", "arm", self._deployment
        yield "GET", "/api/version", "version", "", self._version
        yield "GET", "/api/health", "health", "", self._health
        yield "GET", "/api/producer/status", "status", "", self._status
        yield "GET", "/api/catalogue", "catalogue", "", self._catalogue

    def _publish(self, request: Request, body: bytes) -> Response:
        if request.headers.get("content-type") != "application/zip":
            return JSONResponse({"Message": "expected a zip"}, 415)
        deployment = str(uuid.uuid4())
        self.state.deployments[deployment] = {"id": deployment, "polls": 0}
        self.state.published = body
        return JSONResponse(deployment, 202)

    def _deployment(self, request: Request, _: bytes) -> Response:
        """Pending at first, then at the end that ``faults`` of ``deployment-end`` say, or at success."""
        found = self.state.deployments.get(request.path_params["id"])
        if found is None:
            return JSONResponse({"Message": "not found"}, 404)
        found["polls"] += 1
        if found["polls"] < 3:
            running = {"id": found["id"], "status": found["polls"] - 1, "status_text": "Building"}
            return JSONResponse(running, headers=LATER)
        if self.faults["deployment-end"]:
            text = self.faults["deployment-end"].pop(0).body
            return JSONResponse({"id": found["id"], "status": 3, "status_text": text})
        self.state.running = _started(self.state.published)
        return JSONResponse({"id": found["id"], "status": 4, "status_text": ""})

    def _log(self, _request: Request, _: bytes) -> Response:
        return JSONResponse([{"message": "Uploading the package"}, {"message": "Deployment ended"}])

    def _version(self, _request: Request, _: bytes) -> Response:
        if not self.state.running:
            return Response(status_code=404)
        return JSONResponse({"version": "0", "package": self.state.running})

    def _health(self, request: Request, body: bytes) -> Response:
        if not self.state.running:
            return self._version(request, body)
        return JSONResponse({"status": "ok", "package": self.state.running, **self.state.facts})

    def _status(self, request: Request, _: bytes) -> Response:
        given = request.headers.get("x-functions-key")
        return Response(status_code=200 if given and given in self.state.keys.values() else 401)

    def _catalogue(self, request: Request, body: bytes) -> Response:
        opened = self._status(request, body)
        return JSONResponse(self.state.reach) if opened.status_code == 200 else opened


def _started(package: bytes) -> str:
    """The hash with which an app that runs this package answers; nothing where it could not start."""
    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        names = archive.namelist()
        return archive.read(STAMP).decode() if all(name in names for name in NEEDED) else ""
