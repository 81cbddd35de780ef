"""The generated pages about settings are up to date, and .env.example holds no secret."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_configuration_pages_are_fresh() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "infra.checks.configuration_pages", "--check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_the_example_environment_holds_no_secret() -> None:
    for line in (ROOT / ".env.example").read_text().splitlines():
        if any(mark in line for mark in ("SECRET=", "SECRET_KEY=", "AUTH_STRING=")):
            assert line.endswith("="), line
