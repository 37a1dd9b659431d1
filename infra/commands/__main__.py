"""``python -m infra.commands preflight``."""

from infra.commands.cli import main

main()
