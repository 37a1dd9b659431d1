"""What the deployment talks to, on one loopback port: identity, Azure Resource Manager, a deployment host, Purview,
a Databricks workspace, and the embedded catalogue.

Each answers as the service does, with its recorded ways to fail: a call is answered with the next of ``faults`` for its
operation, if there is one.
"""

import json
import threading
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route

from infra.rehearsal import identity
from infra.rehearsal.app_host import AppHost
from infra.rehearsal.databricks_workspace import DatabricksWorkspace
from infra.rehearsal.purview_account import PurviewAccount, child_policy, root_policy
from infra.rehearsal.resource_manager import ResourceManager
from infra.rehearsal.state import ACCOUNT, CHILD, DEPLOYER, IDENTITY_HEADER, LATER, Answering, Fault, State
from local.catalogue import create_app as create_catalogue

_AGAIN = (404, 409, 412, 429, 500, 502, 503, 504)

Endpoint = Callable[[Request], Awaitable[Response]]


class Cloud:
    """Serve for as long as the block lasts; ``host`` is what stands for every host name."""

    def __init__(self, folder: Path, *, admin: bool = True) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.state = State({ACCOUNT: root_policy(admin=admin), CHILD: child_policy()})
        self.faults: defaultdict[str, list[Fault]] = defaultdict(list)
        self._lock = threading.Lock()
        self._purview = PurviewAccount(self.state)
        self._catalogue = create_catalogue(folder / "catalogue.db", account=ACCOUNT)
        config = uvicorn.Config(self._app(), host="127.0.0.1", port=0, log_level="error", lifespan="off")
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, daemon=True)

    def __enter__(self) -> "Cloud":
        self._thread.start()
        while not self._server.started and self._thread.is_alive():
            time.sleep(0.01)
        return self

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join(timeout=10)
        self._catalogue.state.database.close()

    @property
    def host(self) -> str:
        """``127.0.0.1:PORT``."""
        return f"127.0.0.1:{self._server.servers[0].sockets[0].getsockname()[1]}"

    @property
    def environment(self) -> dict[str, str]:
        """Variables that make azure-identity ask here for its tokens."""
        found = {"IDENTITY_ENDPOINT": f"http://{self.host}/msi/token", "IDENTITY_HEADER": IDENTITY_HEADER}
        return {"ARM_USE_MSI": "true", **found}

    def members(self, collection: str, role: str = "data-curator") -> list[str]:
        """Who has a role, as the policy says."""
        return self._purview.members(collection, role)

    def _app(self) -> Starlette:
        services = (ResourceManager(self.state), AppHost(self.state, self.faults), DatabricksWorkspace(self.state))
        rows = [*identity.rows(), *self._purview.rows(), *(row for service in services for row in service.rows())]
        routes: list[Any] = [
            Route(path, self._endpoint(operation, audience, run), methods=[method])
            for method, path, operation, audience, run in rows
        ]
        return Starlette(routes=[*routes, Mount("/", app=self._catalogue)])

    def _endpoint(self, operation: str, audience: str, run: Answering) -> Endpoint:
        async def endpoint(request: Request) -> Response:
            body = await request.body()
            with self._lock:
                self.state.calls.append(operation)
                if audience and not identity.is_for(request, audience):
                    return JSONResponse({"error": {"code": "InvalidAuthenticationToken"}}, 401)
                fault = self.faults[operation].pop(0) if self.faults[operation] else None
                if fault and fault.status:
                    return JSONResponse(fault.body, fault.status, headers=LATER if fault.status in _AGAIN else None)
                before = json.dumps(self.state.policies)
                answer = run(request, body)
                if fault:
                    self.state.policies = json.loads(before)
                return answer

        return endpoint


__all__ = ["ACCOUNT", "CHILD", "DEPLOYER", "Cloud", "Fault"]
