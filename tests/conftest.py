"""Fixtures that more than one room's tests use."""

import os

pytest_plugins = ["tests.azurite"]

for _name in ("no_proxy", "NO_PROXY"):  # what tests start listens on loopback, whatever proxy the machine has
    os.environ[_name] = ",".join(filter(None, (os.environ.get(_name), "127.0.0.1", "localhost")))
