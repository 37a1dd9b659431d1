"""``make demo CATALOGUE=URL``: the recording into a catalogue that others use. It says what it will write, and asks.

Nothing is written before the answer. What was published lies in a store of its own, so that it can be taken out again.
"""

import dataclasses
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from demo import replay
from lineage.catalogue import AtlasClient, Publisher, open_client
from lineage.catalogue.draft import PROCESSES
from lineage.catalogue.live import LiveMatches
from lineage.catalogue.parts import hierarchy
from lineage.errors import Forbidden
from lineage.model import Status
from lineage.naming import NamingContext
from lineage.recording import Recording
from lineage.settings import Settings
from lineage.store.files import FileStore

SIGN_IN = (
    "Sign in with `az login` (to the account's tenant), or set AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET"
    " of a service principal; for basic authentication LINEAGE_CATALOGUE_USER and LINEAGE_CATALOGUE_PASSWORD."
)
_PURVIEW = (".purview.azure.", "purview-service.microsoft.")


class Declined(Exception):
    """Nobody said yes."""


@dataclass(frozen=True, slots=True)
class Contents:
    """What the recording comes to in a catalogue, in entities; ``columns`` are those of the placeholders."""

    matched: int
    placeholders: int
    columns: int
    processes: int
    owners: int


def settings_for(url: str, given: Settings) -> Settings:
    """The catalogue behind a URL as people have it: an account's address, or one of an Atlas API."""
    parts = urlsplit(url if "://" in url else f"https://{url}")
    purview = any(each in parts.netloc.lower() for each in _PURVIEW)
    path = parts.path.rstrip("/")
    if not path.endswith("/atlas/v2"):
        path = "/datamap/api/atlas/v2" if purview else "/api/atlas/v2"
    auth = given.catalogue_auth
    if auth == Settings().catalogue_auth:
        auth = "entra" if purview else "basic" if given.catalogue_user else "none"
    url = f"{parts.scheme}://{parts.netloc}{path}"
    own = dataclasses.replace(given, catalogue=url, catalogue_auth=auth, stale_days=0)
    return dataclasses.replace(own, store=str(folder_for(own) / "store"), queue="", storage_connection="")


def folder_for(settings: Settings) -> Path:
    """Where the store of this catalogue lies, whatever the shell's settings say of another one."""
    return Path("build") / f"demo-{urlsplit(settings.catalogue).netloc.replace(':', '-')}"


def begun(folder: Path) -> None:
    """Begin the folder anew, unless something that its store knows of is in the catalogue."""
    if not any(FileStore(folder / "store").list(PROCESSES)):
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True)


def contents(client: AtlasClient, settings: Settings) -> Contents:
    """What would be written now; only reads. Raises ``CatalogueError``."""
    recording = Recording.of(replay.RECORDING.read_bytes())
    writes = recording.convert(lambda one: NamingContext(workspace_url=one.context.workspace_url))
    drawn = [write for write in writes if write.run.status is not Status.FAILED]
    datasets = {one.asset: one for write in drawn for one in (*write.inputs, write.output)}
    found = LiveMatches(client, prefer=settings.preferred).explain(datasets.values())
    scanned = {match["dataset"] for match in found if match["scanned"]}
    missing = [one for one in datasets.values() if one.qualified_name not in scanned]
    return Contents(
        matched=len(scanned),
        placeholders=len(missing),
        columns=sum(len(one.columns) for one in missing),
        processes=len({write.process.qualified_name for write in writes}),
        owners=len({one.asset for write in writes for one in hierarchy(write.process.owner)}),
    )


def told(found: Contents, settings: Settings) -> str:
    """The same in words."""
    place = f", into the collection {settings.collection}" if settings.collection else ""
    return (
        f"This writes into {settings.catalogue}{place}:\n"
        f"  {found.processes} processes\n"
        f"  {found.placeholders} placeholders with {found.columns} columns"
        f" ({found.matched} datasets are there already and are only referred to)\n"
        f"  {found.owners} of the workspace, its notebooks, jobs and tasks\n"
        f"  four type definitions (lineage_…), where they are missing\n"
        f"The workspace and the lake are invented; nothing that was scanned is changed."
    )


def agreed(*, yes: bool) -> None:
    """Raises ``Declined`` unless somebody says yes."""
    if yes:
        return
    if not sys.stdin.isatty():
        raise Declined("nobody is there to answer: YES=1 says yes")
    if input("Write it? [y/N] ").strip().lower() not in ("y", "yes"):
        raise Declined("nothing was written")


def begin(publisher: Publisher) -> None:
    """The first writes, ours alone: a missing role shows here, and a collection that is not there."""
    publisher.collections.placement()
    publisher.types.ensure()


def afterwards(settings: Settings) -> str:
    """How to take it out again."""
    names = ["LINEAGE_STORE", "LINEAGE_CATALOGUE", "LINEAGE_CATALOGUE_AUTH"]
    values = [settings.store, settings.catalogue, settings.catalogue_auth]
    shown = " ".join(f"{name}={value}" for name, value in zip(names, values, strict=True))
    return (
        f"To take it out again (without --yes it only shows what would go):\n"
        f"  {shown} .venv/bin/lineage prune --older-than 0 --yes\n"
        f"The entity of the invented workspace and the four types stay."
    )


def explained(error: Forbidden) -> str:
    """What to do about it."""
    return f"{error}\n{SIGN_IN}" if error.status in (0, 401) else str(error)


def opened(url: str, given: Settings) -> tuple[Settings, AtlasClient]:
    """Settings and client of the catalogue, which has answered. Raises ``CatalogueError``, ``SettingsError``."""
    settings = settings_for(url, given)
    client = open_client(settings)
    client.get("types/entitydef/name/DataSet")
    return settings, client
