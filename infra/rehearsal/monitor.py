# ruff: noqa: D102, N802 - methods are named, and explained, by the protocol
"""The resource monitor that the program talks to: compares what it asks for with the state, and does the difference."""

import threading
from collections.abc import Mapping
from typing import Any

import grpc  # type: ignore[import-untyped]
from google.protobuf import empty_pb2  # type: ignore[import-untyped]
from pulumi.runtime.proto import (
    engine_pb2,
    engine_pb2_grpc,
    provider_pb2,
    provider_pb2_grpc,
    resource_pb2,
    resource_pb2_grpc,
)

from infra.rehearsal import azure
from infra.rehearsal.stack import DYNAMIC, Resource, Run, Stack
from infra.rehearsal.values import Props, from_struct, marked, plain, to_struct

_REPLACED_BY: Mapping[str, tuple[str, ...]] = {"random:index/randomPassword:RandomPassword": ("keepers", "length")}
"""What cannot be changed in place, for the types that the program changes."""


class EngineLog(engine_pb2_grpc.EngineServicer):
    """What the program tells the engine."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._root = ""

    def Log(self, request: Any, _: Any) -> Any:
        if request.severity >= engine_pb2.WARNING:
            self._run.said.append(request.message)
        return empty_pb2.Empty()

    def SetRootResource(self, request: Any, _: Any) -> Any:
        self._root = request.urn
        return engine_pb2.SetRootResourceResponse()

    def GetRootResource(self, _request: Any, _: Any) -> Any:
        return engine_pb2.GetRootResourceResponse(urn=self._root)

    def RequirePulumiVersion(self, _request: Any, _: Any) -> Any:
        return engine_pb2.RequirePulumiVersionResponse()


class Monitor(resource_pb2_grpc.ResourceMonitorServicer):
    """Takes the program's registrations, compares them with the state, and does the difference."""

    def __init__(
        self, stack: Stack, run: Run, plugin: provider_pb2_grpc.ResourceProviderStub, *, dry_run: bool
    ) -> None:
        self.seen: set[str] = set()
        self.run = run
        self.error = ""
        self._stack = stack
        self._plugin = plugin
        self._dry_run = dry_run
        self._lock = threading.Lock()

    def SupportsFeature(self, request: Any, _: Any) -> Any:
        return resource_pb2.SupportsFeatureResponse(hasSupport=request.id in ("secrets", "resourceReferences"))

    def Invoke(self, request: Any, _: Any) -> Any:
        answers = {"azure-native:authorization:getClientConfig": azure.CLIENT}
        return resource_pb2.ResourceInvokeResponse(**{"return": to_struct(answers[request.tok])})

    def RegisterResourceOutputs(self, request: Any, _: Any) -> Any:
        if "pulumi:pulumi:Stack" in request.urn:
            self.run.outputs = from_struct(request.outputs)
        return empty_pb2.Empty()

    def SignalAndWaitForShutdown(self, _request: Any, _: Any) -> Any:
        return empty_pb2.Empty()

    def RegisterResource(self, request: Any, context: grpc.ServicerContext) -> Any:
        urn = f"urn:pulumi:{self._stack.name}::{self._stack.project}::{request.type}::{request.name}"
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
        return resource_pb2.RegisterResourceResponse(urn=urn, id=resource.id, object=to_struct(resource.outputs))

    def _bring_about(self, urn: str, request: Any) -> Resource:
        before = self._stack.state.get(urn)
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
                provider_pb2.DeleteRequest(id=before.id, urn=urn, properties=to_struct(plain(before.outputs)))
            )
        made = self._made(urn, wanted, before if what == "update" else None)
        made.outputs = marked(made.outputs, inputs, request.additionalSecretOutputs)
        self._stack.state[urn] = made
        return made

    def _checked(self, urn: str, request: Any, before: Resource | None) -> Props:
        """The inputs, as the provider takes them; a secret stays marked."""
        inputs = from_struct(request.object)
        if before:
            inputs |= {key: before.inputs[key] for key in request.ignoreChanges if key in before.inputs}
        if request.type != DYNAMIC:
            return inputs
        olds = to_struct(plain(before.inputs)) if before else None
        checked = self._plugin.Check(provider_pb2.CheckRequest(urn=urn, olds=olds, news=to_struct(plain(inputs))))
        return marked(from_struct(checked.inputs), inputs)

    def _difference(self, urn: str, request: Any, before: Resource, inputs: Props) -> str:
        if request.type == DYNAMIC:
            answer = self._plugin.Diff(
                provider_pb2.DiffRequest(
                    id=before.id,
                    urn=urn,
                    olds=to_struct(plain(before.outputs)),
                    news=to_struct(plain(inputs)),
                    old_inputs=to_struct(plain(before.inputs)),
                )
            )
            changed = answer.changes == provider_pb2.DiffResponse.DIFF_SOME
            return "replace" if answer.replaces else "update" if changed else "same"
        keys = {key for key in inputs.keys() | before.inputs.keys() if inputs.get(key) != before.inputs.get(key)}
        replaced = keys & set(_REPLACED_BY.get(request.type, ()))
        return "replace" if replaced else "update" if keys else "same"

    def _made(self, urn: str, wanted: Resource, before: Resource | None) -> Resource:
        if wanted.type != DYNAMIC:
            inputs = plain(wanted.inputs)
            wanted.id = wanted.id or azure.resource_id(wanted.type, wanted.name, inputs)
            wanted.outputs = azure.outputs(wanted.type, wanted.name, inputs, host=self._stack.host)
            return wanted
        news = to_struct(plain(wanted.inputs))
        if before is None:
            made = self._plugin.Create(provider_pb2.CreateRequest(urn=urn, properties=news))
            wanted.id, wanted.outputs = made.id, from_struct(made.properties)
        else:
            olds = to_struct(plain(before.outputs))
            updated = self._plugin.Update(provider_pb2.UpdateRequest(id=before.id, urn=urn, olds=olds, news=news))
            wanted.outputs = from_struct(updated.properties)
        return wanted
