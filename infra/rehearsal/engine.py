"""A stand-in for Pulumi's engine: it is not the Pulumi CLI, but everything that the program itself consists of is real.

The real program runs in a child process against a resource monitor, over Pulumi's own gRPC protocol, and the real
dynamic providers run in Pulumi's own plugin process. Cloud resources are echoed with what Azure would compute
(``azure.outputs``). State is kept, so that a second run finds the first.
"""

import contextlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from concurrent import futures
from pathlib import Path

import grpc  # type: ignore[import-untyped]
from pulumi.runtime.proto import engine_pb2_grpc, provider_pb2, provider_pb2_grpc, resource_pb2_grpc

from infra.rehearsal.monitor import EngineLog, Monitor
from infra.rehearsal.stack import DYNAMIC, Resource, Run, Stack
from infra.rehearsal.values import is_secret, plain, to_struct

PROGRAM = Path(__file__).parent.parent
_OPTIONS = [("grpc.max_receive_message_length", 400 * 1024 * 1024)]


class Engine:
    """A stack: ``config`` has the project's keys without their prefix, ``env`` is for the program and its plugin."""

    def __init__(self, config: Mapping[str, str], env: Mapping[str, str], *, host: str = "", stack: str = "rehearsal"):
        self.config = dict(config)
        self._stack = Stack("databricks-purview-lineage", stack, host)
        self.retained: list[Resource] = []
        self._env = {**os.environ, **env}

    @property
    def state(self) -> dict[str, Resource]:
        """What there is, by URN."""
        return self._stack.state

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
        self._stack.state = {urn: one for urn, one in self.state.items() if one.name != name}

    def _is_kept(self, urn: str) -> bool:
        return any(one.protect and (urn == key or urn in one.dependencies) for key, one in self.state.items())

    def _run(self, *, dry_run: bool) -> Run:
        run = Run()
        with self._plugin(run) as plugin:
            monitor = Monitor(self._stack, run, plugin, dry_run=dry_run)
            run.error = self._program(monitor, dry_run=dry_run)
            if not run.error:
                gone = [urn for urn in self.state if urn not in monitor.seen]
                for urn in reversed(gone):
                    if dry_run:
                        run.note("delete", self.state[urn].name)
                    else:
                        self._delete(urn, plugin, run)
        return run

    def _program(self, monitor: Monitor, *, dry_run: bool) -> str:
        server = grpc.server(futures.ThreadPoolExecutor(32), options=_OPTIONS)
        resource_pb2_grpc.add_ResourceMonitorServicer_to_server(monitor, server)
        engine_pb2_grpc.add_EngineServicer_to_server(EngineLog(monitor.run), server)
        address = f"127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
        server.start()
        given = {f"{self._stack.project}:{key}": value for key, value in self.config.items()}
        where = {"monitor": address, "engine": address, "project": self._stack.project, "stack": self._stack.name}
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
        env = self._env | {"PULUMI_PROJECT": self._stack.project}
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
            plugin.Configure(provider_pb2.ConfigureRequest(args=to_struct(dict(self.config))))
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
            request = provider_pb2.DeleteRequest(id=resource.id, urn=urn, properties=to_struct(plain(resource.outputs)))
            plugin.Delete(request)
        del self.state[urn]
        if resource.retain:
            self.retained.append(resource)
        run.note("retain" if resource.retain else "delete", resource.name)


__all__ = ["DYNAMIC", "PROGRAM", "Engine", "Resource", "Run", "is_secret"]
