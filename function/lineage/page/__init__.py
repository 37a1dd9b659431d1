"""One lineage page, read through the Atlas v2 API alone: a file that asks for nothing, or served live.

* ``read``: the questions to the catalogue; ``build``: its answers as a ``graph`` (pure); ``layout``: ranks and orders.
* ``render``: the HTML file; its style is ``page.css``, its script the parts in ``script/``.
* ``routes``: the same page live.
"""

from lineage.page.read import NotFound
from lineage.page.render import render_page

__all__ = ["NotFound", "render_page"]
