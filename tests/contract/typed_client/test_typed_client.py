"""A TypeScript client made from the OpenAPI document type-checks a program of the web app.

``make typed-client`` installs the compiler from npm and runs this test.
"""

import shutil
import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).parent
DOCUMENT = HERE.parents[2] / "docs" / "openapi.json"
INSTALLED = HERE / "node_modules" / ".bin"

pytestmark = [
    pytest.mark.skipif(shutil.which("node") is None, reason="Node is not installed"),
    pytest.mark.skipif(
        not INSTALLED.is_dir(), reason="the compiler is not installed: run make typed-client"
    ),
]


def _run(*command: str | Path) -> None:
    ran = subprocess.run(command, cwd=HERE, capture_output=True, text=True, timeout=300)
    assert ran.returncode == 0, ran.stdout + ran.stderr


@pytest.mark.timeout(600)
def test_the_sample_program_fits_the_document() -> None:
    _run(INSTALLED / "openapi-typescript", DOCUMENT, "-o", "client.d.ts")

    _run(INSTALLED / "tsc", "--project", ".")
