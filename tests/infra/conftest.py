"""The parts that need Pulumi's SDKs run in the environment that has them: `make test-infra`."""

import importlib.util

_NEED_PULUMI = [
    "program.py",
    "real_engine.py",
    "test_program_policies.py",
    "test_program_rehearsal.py",
    "test_program_databricks.py",
    "test_program_real_engine.py",
    "test_program_upgrade.py",
]

collect_ignore = [] if importlib.util.find_spec("pulumi_azure_native") else _NEED_PULUMI
