"""Words that the tests in the browser are written in."""

LAKE = "https://northwindlake.dfs.core.windows.net"
REVENUE = f"{LAKE}/gold/daily_revenue"
ORDERS = f"{LAKE}/silver/orders"
PUBLISHED = "postgresql://northwind-pg.postgres.database.azure.com/analytics/public/daily_revenue"


def card(name):
    """A selector for the card of a dataset."""
    return f'.card[data-dataset="{name}"]'


def names(one):
    """The datasets that are shown."""
    return one.page.eval_on_selector_all("#nodes .card", "(all) => all.map((card) => card.dataset.dataset)")


def active(one):
    """What has the keyboard: key of the dataset or process, and the column."""
    return one.page.evaluate(
        """() => [document.activeElement.closest(".card, .node")?.dataset.key,
        document.activeElement.dataset.column ?? ""]"""
    )


def pressed(one, *keys):
    """Press one key after the other."""
    for key in keys:
        one.page.keyboard.press(key)
