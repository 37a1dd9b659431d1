"""What Azure runs: the triggers, in the order of the flow.

    receive   agent ─HTTP─▶ the door (lineage.receive) ─▶ store ─▶ 201 ─▶ queue
    convert   queue ─▶ pointer ─▶ lineage ─▶ catalogue
    sweep     every minute: whatever the queue lost or gave up
    relink    every five minutes a turn, where one is due: what was scanned since, what is stale

Importing this module needs no setting and opens no connection; the first call does.
"""

import functools
import logging
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import azure.functions as func

from lineage.receive import create_app

if TYPE_CHECKING:
    from lineage.pipeline import Pipeline

logging.getLogger("azure").setLevel(logging.WARNING)  # the SDKs log every request that they send at INFO

STORAGE = "AzureWebJobsStorage"


def auth_level(env: Mapping[str, str] = os.environ) -> func.AuthLevel:
    """A function key; none only where the platform itself says that it checks tokens before a call comes here."""
    checked = env.get("WEBSITE_AUTH_ENABLED", "").lower() == "true"
    return func.AuthLevel.ANONYMOUS if checked and env.get("LINEAGE_SIGN_IN") == "entra" else func.AuthLevel.FUNCTION


app = func.FunctionApp(http_auth_level=auth_level())


def pipeline() -> "Pipeline":
    """The pipeline of this process. Its rooms load on first use: the door answers sooner without them."""
    from lineage.pipeline import open_pipeline

    return open_pipeline()


@functools.cache
def door() -> func.AsgiMiddleware:
    """The HTTP surface in front of that pipeline."""
    from lineage.catalogue.reach import reach

    line = pipeline()
    settings = line.settings
    package = settings.package_hash or deployed()
    probe = functools.partial(reach, settings)
    surface = create_app(line.intake, max_body_bytes=settings.max_body_bytes, package_hash=package, probe=probe)
    return func.AsgiMiddleware(surface)  # type: ignore[no-untyped-call]


def deployed() -> str:
    """Hash of the package that this file came in; empty where it was not deployed."""
    stamp = Path(__file__).with_name("package.sha256")
    return stamp.read_text().strip() if stamp.is_file() else ""


async def answer(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
    """Through the door, which routes by path itself."""
    response: func.HttpResponse = await door().handle_async(req, context)
    return response


@app.route("{*path}", methods=["GET", "HEAD", "POST"])
async def receive(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
    """The Producer API and the mounts of a workspace; with a function key."""
    return await answer(req, context)


@app.route("health", methods=["GET", "HEAD"], auth_level=func.AuthLevel.ANONYMOUS)
async def health(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
    """Whether payloads can be stored."""
    return await answer(req, context)


@app.route("version", methods=["GET", "HEAD"], auth_level=func.AuthLevel.ANONYMOUS)
async def version(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
    """Which package is deployed."""
    return await answer(req, context)


@app.queue_trigger("message", "%LINEAGE_QUEUE%", STORAGE)
def convert(message: func.QueueMessage) -> None:
    """Convert and publish what a pointer names."""
    pipeline().process(message.get_body().decode())


@app.queue_trigger("message", "%LINEAGE_QUEUE%-poison", STORAGE)
def poisoned(message: func.QueueMessage) -> None:
    """A pointer that failed too often."""
    pipeline().poisoned(message.get_body().decode())


@app.timer_trigger("timer", "0 * * * * *", use_monitor=False)
def sweep(timer: func.TimerRequest) -> None:  # noqa: ARG001 - the runtime passes it by this name
    """Do again whatever still has a pending mark."""
    pipeline().sweep()


@app.timer_trigger("timer", "30 */5 * * * *", use_monitor=False)
def relink(timer: func.TimerRequest) -> None:  # noqa: ARG001 - the runtime passes it by this name
    """Bind processes to what was scanned since, and mark those that were not seen for long."""
    pipeline().upkeep()
