"""Runs the program as Pulumi's language host does: connected to a monitor and an engine, configured by environment."""

import argparse
import asyncio
import runpy
import sys

import pulumi
from pulumi.runtime import Settings, configure, run_in_stack


def main() -> None:
    """Exit code 1 and the message on standard error where the program fails."""
    parser = argparse.ArgumentParser()
    for name in ("monitor", "engine", "project", "stack", "program"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--dry-run", action="store_true")
    given = parser.parse_args()
    configure(
        Settings(
            project=given.project,
            stack=given.stack,
            monitor=given.monitor,
            engine=given.engine,
            dry_run=given.dry_run,
            parallel=16,
            organization="organization",
            root_directory=given.program,
        )
    )

    def program() -> None:
        runpy.run_path(given.program, run_name="__main__")

    try:
        asyncio.run(run_in_stack(program))
    except pulumi.RunError as error:
        sys.exit(f"error: {error}")


if __name__ == "__main__":
    main()
