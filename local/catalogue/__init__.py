"""The embedded catalogue: the subset of the Atlas v2 REST API that lineage needs, on one SQLite file.

It is as strict as Purview, so that what works here works there: the same codes for the same faults, the same rules for
what a write overwrites, the same limits. ``tests/catalogue_contract`` says what it does, and runs against Apache Atlas
as well.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

from starlette.applications import Starlette
from starlette.routing import BaseRoute

from local.catalogue import pages, rest
from local.catalogue.call import Setup
from local.catalogue.database import Database

__all__ = ["create_app"]


def create_app(
    path: str | Path,
    *,
    search_lag: int = 0,
    account: str = "embedded",
    users: Mapping[str, str] | None = None,
    tokens: Sequence[str] = (),
    drop_unknown: bool = False,
    routes: Sequence[BaseRoute] = (),
) -> Starlette:
    """The catalogue in the file at ``path`` as an ASGI application; the file is made when it is not there.

    ``search_lag`` is after how many further calls search finds a new entity (``POST …/search/refresh`` ends the
    waiting). ``account`` names the root collection. With ``users`` (user → password) or ``tokens`` (bearer) every call
    needs one of them. ``drop_unknown`` silently drops attributes that the type lacks, as Apache Atlas does; Purview
    refuses them. ``routes`` come before the catalogue's own, for a page in place of its plain list.

    Needs no lifespan. ``app.state.database.close()`` closes the file; killing the process does no harm.
    """
    database = Database(path, account)
    guard = rest.Guard(dict(users or {}), tuple(tokens))
    catalogue = rest.Catalogue(database, Setup(account, search_lag, drop_unknown), guard)
    app = rest.application(
        [
            *routes,
            *catalogue.routes(),
            *rest.ADMIN_ROUTES,
            *pages.Pages(database, guard, search_lag=search_lag).routes(),
        ]
    )
    app.state.database = database
    return app
