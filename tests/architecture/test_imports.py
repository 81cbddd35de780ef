"""Entry points do not import what they do not need; each check uses a new process."""

import subprocess
import sys

import pytest

FRESH = """
import sys
blocked = {blocked!r}
import importlib
importlib.import_module({module!r})
found = sorted(name for name in blocked if name in sys.modules)
raise SystemExit(", ".join(found))
"""


def imported(module: str, blocked: list[str]) -> str:
    """The names of ``blocked`` that a new process has loaded after it imports ``module``."""
    done = subprocess.run(
        [sys.executable, "-c", FRESH.format(module=module, blocked=blocked)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.stderr.strip()


@pytest.mark.parametrize(
    ("module", "blocked"),
    [
        ("captionacc_webhook_gateway.app", ["prefect", "modal", "numpy", "av", "torch"]),
        ("captionacc_priority.app", ["prefect", "asyncpg", "aioboto3", "numpy"]),
        ("captionacc_extents.inference", ["torch", "modal", "prefect"]),
        ("captionacc_modal.local_call", ["modal", "torch", "prefect", "google.cloud.vision"]),
        ("captionacc_contracts.work.compute", ["numpy", "modal", "asyncpg", "structlog"]),
    ],
)
def test_an_entry_point_does_not_load_what_it_does_not_need(
    module: str, blocked: list[str]
) -> None:
    assert imported(module, blocked) == ""
