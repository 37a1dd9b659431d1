"""A provider that makes nothing: for a real Pulumi engine, in place of the plugins of Azure, Databricks and random.

    pulumi-resource-azure-native → python -m infra.rehearsal.stand_in

It echoes inputs with what Azure would compute. ``REHEARSAL_HOST`` stands for every host name.
"""

import os
import threading
from collections.abc import Mapping
from concurrent import futures
from pathlib import Path
from typing import Any

import grpc  # type: ignore[import-untyped]
from google.protobuf import empty_pb2, struct_pb2  # type: ignore[import-untyped]
from google.protobuf.json_format import MessageToDict  # type: ignore[import-untyped]
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc

from infra.rehearsal import azure

PACKAGES = {"azure-native": "3.29.0", "databricks": "1.118.0", "random": "4.21.4"}
_REPLACED_BY = {"random:index/randomPassword:RandomPassword": ("keepers", "length")}


def install(folder: Path, python: str) -> None:
    """Executables of the names that an engine looks for on PATH."""
    folder.mkdir(parents=True, exist_ok=True)
    for package in PACKAGES:
        script = folder / f"pulumi-resource-{package}"
        script.write_text(f"#!/bin/sh\nREHEARSAL_PACKAGE={package} exec {python} -u -m infra.rehearsal.stand_in\n")
        script.chmod(0o755)


class _StandIn(provider_pb2_grpc.ResourceProviderServicer):
    """Every method as the protocol names it."""

    def GetPluginInfo(self, _request: Any, _: Any) -> Any:  # noqa: N802
        return plugin_pb2.PluginInfo(version=PACKAGES.get(os.environ.get("REHEARSAL_PACKAGE", ""), "0.0.0"))

    def CheckConfig(self, request: Any, _: Any) -> Any:  # noqa: N802
        return provider_pb2.CheckResponse(inputs=request.news)

    def DiffConfig(self, _request: Any, _: Any) -> Any:  # noqa: N802
        return provider_pb2.DiffResponse(changes=provider_pb2.DiffResponse.DIFF_NONE)

    def Configure(self, _request: Any, _: Any) -> Any:  # noqa: N802
        return provider_pb2.ConfigureResponse(acceptSecrets=False, supportsPreview=True)

    def Invoke(self, _request: Any, _: Any) -> Any:  # noqa: N802
        return provider_pb2.InvokeResponse(**{"return": _struct(azure.CLIENT)})

    def Check(self, request: Any, _: Any) -> Any:  # noqa: N802
        return provider_pb2.CheckResponse(inputs=request.news)

    def Diff(self, request: Any, _: Any) -> Any:  # noqa: N802
        olds, news = MessageToDict(request.old_inputs), MessageToDict(request.news)
        keys = {key for key in olds.keys() | news.keys() if olds.get(key) != news.get(key)} - set(request.ignoreChanges)
        replaces = sorted(keys & set(_REPLACED_BY.get(_type(request.urn), ())))
        kinds = provider_pb2.DiffResponse
        changes = kinds.DIFF_SOME if keys else kinds.DIFF_NONE
        return provider_pb2.DiffResponse(changes=changes, replaces=replaces, diffs=sorted(keys))

    def Create(self, request: Any, _: Any) -> Any:  # noqa: N802
        inputs = MessageToDict(request.properties)
        if request.preview:
            # As Azure's own: a list of identities goes in and a map comes out, which is not known yet.
            return provider_pb2.CreateResponse(properties=_struct(_without(inputs, "identity")))
        kind, name = _type(request.urn), request.urn.rsplit("::", 1)[1]
        made = azure.outputs(kind, name, inputs, host=os.environ.get("REHEARSAL_HOST", ""))
        return provider_pb2.CreateResponse(id=azure.resource_id(kind, name, inputs), properties=_struct(made))

    def Update(self, request: Any, _: Any) -> Any:  # noqa: N802
        inputs = MessageToDict(request.news)
        if request.preview:
            return provider_pb2.UpdateResponse(properties=_struct(_without(inputs, "identity")))
        kind, name = _type(request.urn), request.urn.rsplit("::", 1)[1]
        made = azure.outputs(kind, name, inputs, host=os.environ.get("REHEARSAL_HOST", ""))
        return provider_pb2.UpdateResponse(properties=_struct(made))

    def Delete(self, _request: Any, _: Any) -> Any:  # noqa: N802
        return empty_pb2.Empty()

    def Cancel(self, _request: Any, _: Any) -> Any:  # noqa: N802
        return empty_pb2.Empty()


def _type(urn: str) -> str:
    """The last part of the types of a component's child."""
    return urn.split("::")[2].rsplit("$", 1)[-1]


def _without(inputs: Mapping[str, Any], key: str) -> dict[str, Any]:
    return {name: value for name, value in inputs.items() if name != key}


def _struct(values: Mapping[str, Any]) -> Any:
    made = struct_pb2.Struct()
    made.update(values)
    return made


def main() -> None:
    """Serve until the engine ends this process; the first line of output is the port."""
    server = grpc.server(futures.ThreadPoolExecutor(8))
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(_StandIn(), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    print(port, flush=True)
    threading.Event().wait()


if __name__ == "__main__":
    main()
