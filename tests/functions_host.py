"""An Azure Functions host for tests, on the runtime that Azure itself runs (``azure-functions-runtime``).

    python -m tests.functions_host FOLDER --key KEY --announce FILE

indexes the ``function_app.py`` of a folder, serves its routes, and polls its queues. It copies what the real host does
to a request: keys are checked, header names are in lower case, empty query values are dropped, **a body is read only
when Content-Length is over 0**, nothing is decompressed; and to a message: it comes again until ``maxDequeueCount``,
then it goes to the poison queue. ``POST /admin/functions/NAME`` runs any function at once, a timer for instance.
"""

import argparse
import asyncio
import base64
import binascii
import contextlib
import json
import os
import re
import socket
import sys
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import azure_functions_runtime as runtime
import uvicorn
from azure.core.exceptions import AzureError, ResourceExistsError, ResourceNotFoundError
from azure.storage.queue import QueueClient
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from tests.functions_protocol import load_protocol

POLL_SECONDS = 0.2
RENEWED_FOR = 600
"""Seconds that a message stays invisible while its function runs, as in the real host."""

Binding = dict[str, Any]


class StartFailed(Exception):
    """The worker could not index the functions; the message is what the portal would show."""


class InvocationFailed(Exception):
    """The function raised; the message is the worker's."""


@dataclass(frozen=True, slots=True)
class Function:
    """A function as it was indexed."""

    id: str
    name: str
    bindings: tuple[Binding, ...]

    @property
    def trigger(self) -> Binding:
        """The binding that starts it."""
        return next(binding for binding in self.bindings if binding["type"].lower().endswith("trigger"))


@dataclass(frozen=True, slots=True)
class _Message:
    """What a runtime's entry takes instead of a message of the gRPC stream."""

    name: str
    request: Any
    properties: Mapping[str, Any]


class Worker:
    """The runtime, asked as the host asks it. One a process: the runtime keeps its functions in module variables."""

    def __init__(self) -> None:
        self.protos = load_protocol()

    async def start(self, folder: Path) -> list[Function]:
        """Index the functions of a folder; raises ``StartFailed``."""
        sys.path.insert(0, str(folder))
        runtime.start_threadpool_executor()
        init = self.protos.WorkerInitRequest(host_version="4.1037.0", function_app_directory=str(folder))
        started = await self._ask(runtime.worker_init_request, worker_init_request=init)
        if started.result.status != self.protos.StatusResult.Success:
            raise StartFailed(started.result.exception.message)
        listing = self.protos.FunctionsMetadataRequest(function_app_directory=str(folder))
        indexed = await self._ask(runtime.functions_metadata_request, functions_metadata_request=listing)
        return [await self._load(metadata) for metadata in indexed.function_metadata_results]

    async def invoke(self, function: Function, data: Any, metadata: Mapping[str, Any] | None = None) -> Any:
        """Run a function on the data of its trigger; returns what it returns, raises ``InvocationFailed``."""
        request = self.protos.InvocationRequest(
            invocation_id=str(uuid.uuid4()),
            function_id=function.id,
            input_data=[self.protos.ParameterBinding(name=function.trigger["name"], data=data)],
            trigger_metadata=metadata or {},
        )
        answer = await self._ask(runtime.invocation_request, invocation_request=request)
        if answer.result.status != self.protos.StatusResult.Success:
            raise InvocationFailed(answer.result.exception.message)
        return answer.return_value

    async def _load(self, metadata: Any) -> Function:
        request = self.protos.FunctionLoadRequest(function_id=metadata.function_id, metadata=metadata)
        await self._ask(runtime.function_load_request, function_load_request=request)
        return Function(metadata.function_id, metadata.name, tuple(map(json.loads, metadata.raw_bindings)))

    async def _ask(self, entry: Any, **content: Any) -> Any:
        message = self.protos.StreamingMessage(request_id=str(uuid.uuid4()), **content)
        return await entry(_Message(next(iter(content)), message, {"host": "127.0.0.1", "protos": self.protos}))


class Front:
    """The HTTP side, as an ASGI application."""

    def __init__(self, worker: Worker, functions: Sequence[Function], prefix: str, key: str) -> None:
        self._worker = worker
        self._functions = {function.name: function for function in functions}
        self._key = key
        triggers = [function for function in functions if function.trigger["type"] == "httpTrigger"]
        routes = [(_pattern(prefix, function.trigger.get("route", function.name)), function) for function in triggers]
        self._routes = sorted(routes, key=lambda route: (".*" in route[0].pattern, "(" in route[0].pattern))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        request = Request(scope, receive)
        name = scope["path"].removeprefix("/admin/functions/")
        answer = self._run(request, name) if name in self._functions else self._answer(request)
        await (await answer)(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        for pattern, function in self._routes:
            found = pattern.fullmatch(request.scope["path"])
            if found and request.method in function.trigger.get("methods", [request.method]):
                if function.trigger["authLevel"].lower() != "anonymous" and not self._has_key(request):
                    return Response(status_code=401)
                return await self._invoke(function, request, found.groupdict())
        return Response(status_code=404)

    async def _invoke(self, function: Function, request: Request, params: Mapping[str, str]) -> Response:
        protos = self._worker.protos
        length = request.headers.get("content-length", "0")
        http = protos.RpcHttp(
            method=request.method,
            url=str(request.url),
            headers={name: ",".join(request.headers.getlist(name)) for name in request.headers},
            query={name: value for name, value in request.query_params.items() if value},
            params=params,
            body=protos.TypedData(bytes=await request.body()) if int(length) > 0 else None,
        )
        try:
            answer = (await self._worker.invoke(function, protos.TypedData(http=http))).http
        except InvocationFailed as error:
            print(f"{function.name}: {error}", file=sys.stderr, flush=True)
            return Response(status_code=500)
        return Response(answer.body.bytes, int(answer.status_code), dict(answer.headers))

    async def _run(self, request: Request, name: str) -> Response:
        if request.method != "POST" or not self._has_key(request):
            return Response(status_code=401)
        text = (await request.json()).get("input", "")
        try:
            await run(self._worker, self._functions[name], text)
        except InvocationFailed as error:
            return JSONResponse({"exception": str(error)}, 500)
        return Response(status_code=202)

    def _has_key(self, request: Request) -> bool:
        given = request.headers.get("x-functions-key") or request.query_params.get("code")
        return given == self._key


def _pattern(prefix: str, route: str) -> re.Pattern[str]:
    parts = re.split(r"(\{\*?\w+\})", "/".join(part for part in (prefix, route.strip("/")) if part))
    spelled = [_parameter(part) if part.startswith("{") else re.escape(part) for part in parts]
    return re.compile("/" + "".join(spelled), re.IGNORECASE)


def _parameter(part: str) -> str:
    name = part.strip("{*}")
    return f"(?P<{name}>.*)" if part.startswith("{*") else f"(?P<{name}>[^/]+)"


async def run(worker: Worker, function: Function, text: str, *, message_id: str = "", count: int = 1) -> None:
    """Run a function that a message or a timer starts; raises ``InvocationFailed``."""
    protos = worker.protos
    if function.trigger["type"] == "timerTrigger":
        data = protos.TypedData(json=json.dumps({"IsPastDue": False, "Schedule": {}, "ScheduleStatus": None}))
    else:
        data = protos.TypedData(string=text)
    metadata = {"Id": protos.TypedData(string=message_id), "DequeueCount": protos.TypedData(string=str(count))}
    await worker.invoke(function, data, metadata)


class Listener:
    """Polls the queue of one function."""

    def __init__(self, worker: Worker, function: Function, options: Mapping[str, Any], retry: int) -> None:
        self._worker = worker
        self._function = function
        self._batch = options.get("batchSize", 16)
        self._most = options.get("maxDequeueCount", 5)
        self._retry = retry
        self._connection = os.environ[function.trigger["connection"]]
        self._queue = self._client(_resolved(function.trigger["queueName"]))

    async def poll(self) -> None:
        """For ever."""
        while True:
            try:
                messages = await asyncio.to_thread(self._receive)
            except AzureError:  # not there yet, or away for a moment
                messages = []
            await asyncio.gather(*map(self._handle, messages))
            if not messages:
                await asyncio.sleep(POLL_SECONDS)

    def _client(self, name: str) -> QueueClient:
        return QueueClient.from_connection_string(self._connection, name, retry_total=0)

    def _receive(self) -> list[Any]:
        batch = self._queue.receive_messages(max_messages=self._batch, visibility_timeout=RENEWED_FOR)
        return list(next(batch.by_page(), []))

    async def _handle(self, message: Any) -> None:
        try:
            text = base64.b64decode(message.content, validate=True).decode()
            await run(self._worker, self._function, text, message_id=message.id, count=message.dequeue_count)
        except (InvocationFailed, binascii.Error, UnicodeDecodeError) as error:
            print(f"{self._function.name}: {error}", file=sys.stderr, flush=True)
            await asyncio.to_thread(self._give_back, message)
        else:
            await asyncio.to_thread(self._queue.delete_message, message)

    def _give_back(self, message: Any) -> None:
        poison = f"{self._queue.queue_name}-poison"
        if message.dequeue_count < self._most or self._queue.queue_name.endswith("-poison"):
            self._queue.update_message(message, visibility_timeout=self._retry)
            return
        with contextlib.suppress(ResourceExistsError):
            self._client(poison).create_queue()
        self._client(poison).send_message(message.content)
        with contextlib.suppress(ResourceNotFoundError):
            self._queue.delete_message(message)


def _listeners(
    worker: Worker, functions: Sequence[Function], options: Mapping[str, Any], retry: int
) -> Iterator[Listener]:
    """Of the functions whose settings are there; the others are in error and the rest goes on, as in the real host."""
    for function in functions:
        if function.trigger["type"] == "queueTrigger":
            try:
                yield Listener(worker, function, options, retry)
            except KeyError as error:
                print(f"{function.name}: the setting {error} is missing", file=sys.stderr, flush=True)


def _resolved(text: str) -> str:
    return re.sub("%([^%]+)%", lambda found: os.environ[found[1]], text)


async def serve(folder: Path, key: str, announce: Path, retry: int | None) -> None:
    """Until the process is told to end. ``announce`` receives ``{"port", "functions"}``, or ``{"failed"}``."""
    worker = Worker()
    try:
        functions = await worker.start(folder)
    except StartFailed as error:
        _write(announce, {"failed": str(error)})
        return
    extensions = json.loads((folder / "host.json").read_bytes()).get("extensions", {})
    queues = extensions.get("queues", {})
    pause = _seconds(queues.get("visibilityTimeout", "00:00:00")) if retry is None else retry
    listeners = _listeners(worker, functions, queues, pause)
    polling = [asyncio.create_task(one.poll()) for one in listeners]
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    listener.listen()  # who reads the announcement may come before the server accepts
    front = Front(worker, functions, extensions.get("http", {}).get("routePrefix", "api"), key)
    server = uvicorn.Server(uvicorn.Config(front, log_level="warning", lifespan="off"))
    found = {function.name: list(function.bindings) for function in functions}
    _write(announce, {"port": listener.getsockname()[1], "functions": found})
    await server.serve(sockets=[listener])
    for task in polling:
        task.cancel()


def _seconds(text: str) -> int:
    hours, minutes, seconds = map(int, text.split(":"))
    return hours * 3600 + minutes * 60 + seconds


def _write(path: Path, content: Mapping[str, Any]) -> None:
    scratch = path.with_suffix(".part")
    scratch.write_text(json.dumps(content))
    scratch.rename(path)


def main() -> None:
    """See the module."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--key", required=True)
    parser.add_argument("--announce", type=Path, required=True)
    parser.add_argument("--retry", type=int, help="seconds until a failed message comes again; host.json's by default")
    options = parser.parse_args()
    asyncio.run(serve(options.folder.resolve(), options.key, options.announce, options.retry))


if __name__ == "__main__":
    main()
