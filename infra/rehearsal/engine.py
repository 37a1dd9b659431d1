"""A stand-in for Pulumi's engine: it is not the Pulumi CLI, but everything that the program itself consists of is real.

The real program runs in a child process against this resource monitor, over Pulumi's own gRPC protocol, and the real
dynamic providers run in Pulumi's own plugin process. Cloud resources are echoed with what Azure would compute
(``azure.outputs``). State is kept, so that a second run finds the first.
"""

import contextlib
import json
import os
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from concurrent import futures
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import grpc  # type: ignore[import-untyped]
from google.protobuf import empty_pb2, struct_pb2  # type: ignore[import-untyped]
from google.protobuf.json_format import MessageToDict  # type: ignore[import-untyped]
from pulumi.runtime.proto import (
    engine_pb2,
    engine_pb2_grpc,
    provider_pb2,
    provider_pb2_grpc,
    resource_pb2,
    resource_pb2_grpc,
)
from pulumi.runtime.rpc import UNKNOWN

from infra.rehearsal import azure

PROGRAM = Path(__file__).parent.parent
DYNAMIC = "pulumi-python:dynamic:Resource"
_SECRET = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270"}
"""How the protocol marks a secret value."""
_REPLACED_BY = {"random:index/randomPassword:RandomPassword": ("keepers", "length")}
_OPTIONS = [("grpc.max_receive_message_length", 400 * 1024 * 1024)]

Props = dict[str, Any]


@dataclass(slots=True)
class Resource:
    """One resource as state keeps it; ``inputs`` and ``outputs`` with their marks of secrets."""

    type: str
    name: str
    id: str
    inputs: Props
    outputs: Props
    protect: bool = False
    retain: bool = False
    dependencies: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Run:
    """What a run did; ``error`` is empty where it came to its end."""

    counts: Counter[str] = field(default_factory=Counter)
    changed: list[str] = field(default_factory=list)
    error: str = ""
    said: list[str] = field(default_factory=list)
    outputs: Props = field(default_factory=dict)

    @property
    def changes(self) -> int:
        """How many resources were, or would be, touched."""
        return sum(count for what, count in self.counts.items() if what != "same")

    def note(self, what: str, resource: str) -> None:
        """Count one resource."""
        self.counts[what] += 1
        if what != "same":
            self.changed.append(f"{what} {resource}")


class Engine:
    """A stack: ``config`` has the project's keys without their prefix, ``env`` is for the program and its plugin."""

    def __init__(self, config: Mapping[str, str], env: Mapping[str, str], *, host: str = "", stack: str = "rehearsal"):
        self.project = "databricks-purview-lineage"
        self.stack = stack
        self.config = dict(config)
        self.host = host
        self.state: dict[str, Resource] = {}
        self.retained: list[Resource] = []
        self._env = {**os.environ, **env}

    def preview(self) -> Run:
        """What ``up`` would do."""
        return self._run(dry_run=True)

    def up(self) -> Run:
        """Run the program; what it no longer has is deleted. Stops at the first failure, keeping the state."""
        return self._run(dry_run=False)

    def destroy(self, *, protected: bool = False) -> Run:
        """Delete everything in turn; what is protected, and what that lies in, only with ``protected``."""
        run = Run()
        with self._plugin(run) as plugin:
            for urn in reversed(list(self.state)):
                if protected or not self._is_kept(urn):
                    self._delete(urn, plugin, run)
        return run

    def forget(self, name: str) -> None:
        """As after a refresh that no longer finds the resource."""
        self.state = {urn: one for urn, one in self.state.items() if one.name != name}

    def _is_kept(self, urn: str) -> bool:
        return any(one.protect and (urn == key or urn in one.dependencies) for key, one in self.state.items())

    def _run(self, *, dry_run: bool) -> Run:
        run = Run()
        with self._plugin(run) as plugin:
            monitor = _Monitor(self, run, plugin, dry_run=dry_run)
            run.error = self._program(monitor, dry_run=dry_run)
            if not run.error:
                gone = [urn for urn in self.state if urn not in monitor.seen]
                for urn in reversed(gone):
                    if dry_run:
                        run.note("delete", self.state[urn].name)
                    else:
                        self._delete(urn, plugin, run)
        return run

    def _program(self, monitor: "_Monitor", *, dry_run: bool) -> str:
        server = grpc.server(futures.ThreadPoolExecutor(32), options=_OPTIONS)
        resource_pb2_grpc.add_ResourceMonitorServicer_to_server(monitor, server)
        engine_pb2_grpc.add_EngineServicer_to_server(_Log(monitor.run), server)
        address = f"127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
        server.start()
        given = {f"{self.project}:{key}": value for key, value in self.config.items()}
        where = {"monitor": address, "engine": address, "project": self.project, "stack": self.stack}
        command = [sys.executable, "-u", "-m", "infra.rehearsal.child", "--program", str(PROGRAM)]
        command += [part for name, value in where.items() for part in (f"--{name}", value)]
        try:
            done = subprocess.run(  # noqa: S603 - our own module
                [*command, *(["--dry-run"] if dry_run else [])],
                cwd=PROGRAM,
                env=self._env | {"PULUMI_CONFIG": json.dumps(given)},
                capture_output=True,
                text=True,
                timeout=300,
                check=False,
            )
        finally:
            server.stop(None)
        return "" if done.returncode == 0 else monitor.error or done.stderr.strip()

    @contextlib.contextmanager
    def _plugin(self, run: Run) -> Iterator[provider_pb2_grpc.ResourceProviderStub]:
        """Pulumi's own process for dynamic providers."""
        command = [sys.executable, "-u", "-m", "pulumi.dynamic"]
        env = self._env | {"PULUMI_PROJECT": self.project}
        process = subprocess.Popen(  # noqa: S603 - Pulumi's module
            command, cwd=PROGRAM, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        assert process.stdout  # noqa: S101 - it is a pipe
        assert process.stderr  # noqa: S101 - it is a pipe
        said = threading.Thread(target=lambda: run.said.extend(map(str.strip, process.stderr or ())), daemon=True)
        said.start()
        channel = grpc.insecure_channel(f"127.0.0.1:{int(process.stdout.readline())}", options=_OPTIONS)
        try:
            plugin = provider_pb2_grpc.ResourceProviderStub(channel)
            plugin.Configure(provider_pb2.ConfigureRequest(args=_struct(dict(self.config))))
            yield plugin
        finally:
            channel.close()
            process.kill()
            process.wait(10)
            said.join(10)
            process.stdout.close()
            process.stderr.close()

    def _delete(self, urn: str, plugin: provider_pb2_grpc.ResourceProviderStub, run: Run) -> None:
        resource = self.state[urn]
        if resource.type == DYNAMIC:
            request = provider_pb2.DeleteRequest(id=resource.id, urn=urn, properties=_struct(_plain(resource.outputs)))
            plugin.Delete(request)
        del self.state[urn]
        if resource.retain:
            self.retained.append(resource)
        run.note("retain" if resource.retain else "delete", resource.name)


class _Log(engine_pb2_grpc.EngineServicer):
    """What the program tells the engine."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._root = ""

    def Log(self, request: Any, _: Any) -> Any:  # noqa: N802 - the protocol's name
        if request.severity >= engine_pb2.WARNING:
            self._run.said.append(request.message)
        return empty_pb2.Empty()

    def SetRootResource(self, request: Any, _: Any) -> Any:  # noqa: N802
        self._root = request.urn
        return engine_pb2.SetRootResourceResponse()

    def GetRootResource(self, _request: Any, _: Any) -> Any:  # noqa: N802
        return engine_pb2.GetRootResourceResponse(urn=self._root)

    def RequirePulumiVersion(self, _request: Any, _: Any) -> Any:  # noqa: N802
        return engine_pb2.RequirePulumiVersionResponse()


class _Monitor(resource_pb2_grpc.ResourceMonitorServicer):
    """Takes the program's registrations, compares them with the state, and does the difference."""

    def __init__(
        self, engine: Engine, run: Run, plugin: provider_pb2_grpc.ResourceProviderStub, *, dry_run: bool
    ) -> None:
        self.seen: set[str] = set()
        self.run = run
        self.error = ""
        self._engine = engine
        self._plugin = plugin
        self._dry_run = dry_run
        self._lock = threading.Lock()

    def SupportsFeature(self, request: Any, _: Any) -> Any:  # noqa: N802
        return resource_pb2.SupportsFeatureResponse(hasSupport=request.id in ("secrets", "resourceReferences"))

    def Invoke(self, request: Any, _: Any) -> Any:  # noqa: N802
        answers = {"azure-native:authorization:getClientConfig": azure.CLIENT}
        return resource_pb2.ResourceInvokeResponse(**{"return": _struct(answers[request.tok])})

    def RegisterResourceOutputs(self, request: Any, _: Any) -> Any:  # noqa: N802
        if "pulumi:pulumi:Stack" in request.urn:
            self.run.outputs = _dict(request.outputs)
        return empty_pb2.Empty()

    def SignalAndWaitForShutdown(self, _request: Any, _: Any) -> Any:  # noqa: N802
        return empty_pb2.Empty()

    def RegisterResource(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802
        urn = f"urn:pulumi:{self._engine.stack}::{self._engine.project}::{request.type}::{request.name}"
        with self._lock:
            known = urn in self.seen
            self.seen.add(urn)
        if known:
            context.abort(grpc.StatusCode.ALREADY_EXISTS, f"two resources are called {urn}")
        if not request.custom:
            return resource_pb2.RegisterResourceResponse(urn=urn, object=request.object)
        try:
            resource = self._bring_about(urn, request)
        except grpc.RpcError as error:
            self.error = self.error or str(error.details()).strip()
            context.abort(grpc.StatusCode.UNKNOWN, self.error)
        return resource_pb2.RegisterResourceResponse(urn=urn, id=resource.id, object=_struct(resource.outputs))

    def _bring_about(self, urn: str, request: Any) -> Resource:
        before = self._engine.state.get(urn)
        inputs = self._checked(urn, request, before)
        what = "create" if before is None else self._difference(urn, request, before, inputs)
        self.run.note(what, request.name)
        if what == "same" and before:
            before.protect = request.protect
            return before
        wanted = Resource(
            request.type,
            request.name,
            before.id if before and what == "update" else "",
            inputs,
            inputs,
            request.protect,
            request.retainOnDelete,
            list(request.dependencies),
        )
        if self._dry_run:
            # As Azure's provider does: a list of identities goes in and a map comes out, which is not known yet.
            wanted.outputs = {key: value for key, value in inputs.items() if key != "identity"}
            return wanted
        if what == "replace" and before and request.type == DYNAMIC:
            self._plugin.Delete(
                provider_pb2.DeleteRequest(id=before.id, urn=urn, properties=_struct(_plain(before.outputs)))
            )
        made = self._made(urn, wanted, before if what == "update" else None)
        made.outputs = _marked(made.outputs, inputs, request.additionalSecretOutputs)
        self._engine.state[urn] = made
        return made

    def _checked(self, urn: str, request: Any, before: Resource | None) -> Props:
        """The inputs, as the provider takes them; a secret stays marked."""
        inputs = _dict(request.object)
        if before:
            inputs |= {key: before.inputs[key] for key in request.ignoreChanges if key in before.inputs}
        if request.type != DYNAMIC:
            return inputs
        olds = _struct(_plain(before.inputs)) if before else None
        checked = self._plugin.Check(provider_pb2.CheckRequest(urn=urn, olds=olds, news=_struct(_plain(inputs))))
        return _marked(_dict(checked.inputs), inputs, ())

    def _difference(self, urn: str, request: Any, before: Resource, inputs: Props) -> str:
        if request.type == DYNAMIC:
            answer = self._plugin.Diff(
                provider_pb2.DiffRequest(
                    id=before.id,
                    urn=urn,
                    olds=_struct(_plain(before.outputs)),
                    news=_struct(_plain(inputs)),
                    old_inputs=_struct(_plain(before.inputs)),
                )
            )
            changed = answer.changes == provider_pb2.DiffResponse.DIFF_SOME
            return "replace" if answer.replaces else "update" if changed else "same"
        keys = {key for key in inputs.keys() | before.inputs.keys() if inputs.get(key) != before.inputs.get(key)}
        replaced = keys & set(_REPLACED_BY.get(request.type, ()))
        return "replace" if replaced else "update" if keys else "same"

    def _made(self, urn: str, wanted: Resource, before: Resource | None) -> Resource:
        if wanted.type != DYNAMIC:
            plain = _plain(wanted.inputs)
            wanted.id = wanted.id or azure.resource_id(wanted.type, wanted.name, plain)
            wanted.outputs = azure.outputs(wanted.type, wanted.name, plain, host=self._engine.host)
            return wanted
        news = _struct(_plain(wanted.inputs))
        if before is None:
            made = self._plugin.Create(provider_pb2.CreateRequest(urn=urn, properties=news))
            wanted.id, wanted.outputs = made.id, _dict(made.properties)
        else:
            olds = _struct(_plain(before.outputs))
            updated = self._plugin.Update(provider_pb2.UpdateRequest(id=before.id, urn=urn, olds=olds, news=news))
            wanted.outputs = _dict(updated.properties)
        return wanted


def _struct(values: Mapping[str, Any]) -> struct_pb2.Struct:
    made = struct_pb2.Struct()
    made.update(values)
    return made


def _dict(struct: struct_pb2.Struct) -> Props:
    return dict(MessageToDict(struct))


def is_secret(value: Any) -> bool:
    """Whether a value in state is marked."""
    return isinstance(value, dict) and _SECRET.items() <= value.items()


def _plain(value: Any) -> Any:
    """Without marks, as a provider that takes no secrets is given it."""
    if is_secret(value):
        return _plain(value.get("value", UNKNOWN))
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    return [_plain(one) for one in value] if isinstance(value, list) else value


def _marked(outputs: Props, inputs: Props, more: Any) -> Props:
    """Outputs of the name of a secret input are secret, and those that the program names."""
    secret = {key for key, value in inputs.items() if is_secret(value)} | set(more)
    return {
        key: {**_SECRET, "value": value} if key in secret and not is_secret(value) else value
        for key, value in outputs.items()
    }


__all__ = ["DYNAMIC", "PROGRAM", "Engine", "Resource", "Run", "is_secret"]
