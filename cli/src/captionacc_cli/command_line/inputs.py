"""What the arguments of ``run`` name: videos, folders of videos, places, and where results go."""

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from captionacc_contracts.errors import PermanentError
from captionacc_contracts.frames.geometry import CropRegion
from captionacc_contracts.frames.tracks import require_tracks

from captionacc_cli.command_line.checks import UsageError, require_readable, require_writable
from captionacc_cli.results.folders import ResultFolder, holds_results

_ENDINGS = (
    ".mp4 .m4v .mov .mkv .webm .avi .ts .m2ts .mts .mpg .mpeg .vob .flv .wmv .asf .ogv .mxf .3gp"
    " .dv .rm .nut .ivf .h264 .264 .hevc .265"
)
VIDEO_ENDINGS = frozenset(_ENDINGS.split())
"""Files in a folder with these endings are taken for videos. A file that is named itself may have
any ending, because its content decides."""


def videos_of(given: Sequence[Path]) -> list[Path]:
    """The videos in the order of ``given``, each once; those of a folder in the order of names.

    Raises:
        UsageError: something is missing or cannot be read, or a folder holds no video.
    """
    found: dict[Path, Path] = {}
    for path in given:
        for video in _videos_in(path) if path.is_dir() else [path]:
            require_readable(video)
            found.setdefault(video.resolve(), video)
    return list(found.values())


def _videos_in(folder: Path) -> list[Path]:
    if not os.access(folder, os.R_OK | os.X_OK):
        raise UsageError(f"The folder {folder} cannot be read; check its permissions.")
    videos = sorted(
        path
        for path in folder.iterdir()
        if path.suffix.lower() in VIDEO_ENDINGS and not path.name.startswith(".") and path.is_file()
    )
    if not videos:
        raise UsageError(
            f"The folder {folder} holds no file whose name ends as that of a video, such as .mp4"
            " or .mkv. Name the videos themselves, or another folder."
        )
    return videos


def require_places(crops: Sequence[CropRegion]) -> None:
    """Raises UsageError when the regions of ``--crop`` cannot be the tracks of one video."""
    if not crops:
        return
    try:
        require_tracks(crops)
    except PermanentError as error:
        raise UsageError(f"--crop: {error.message}") from error


def result_folders(
    videos: Iterable[Path], *, out: Path | None, shared: bool, overwrite: bool
) -> list[ResultFolder]:
    """Where the results of each video go.

    Args:
        videos: the videos.
        out: the folder that a person named, or None for the current folder.
        shared: ``out`` holds one folder per video, because there may be several videos.
        overwrite: results that are there are replaced.

    Raises:
        UsageError: the folder cannot be written, or the named one holds results.
    """
    if out is not None and not shared:
        require_writable(out)
        if holds_results(out) and not overwrite:
            raise UsageError(
                f"The folder {out} holds results already. Choose another with --out, or replace"
                " them with --overwrite."
            )
        return [ResultFolder(path=out)]
    parent = out or Path()
    require_writable(parent)
    names = [f"{video.stem}-captions" for video in videos]
    if overwrite:
        return [ResultFolder(path=parent / name) for name in _distinct(names)]
    return [ResultFolder(path=parent / name, numbered=True) for name in names]


def _distinct(names: Iterable[str]) -> list[str]:
    """The names, with a number where a name was there before, as for ``a.mp4`` and ``a.mkv``."""
    taken: set[str] = set()
    distinct: list[str] = []
    for name in names:
        number, candidate = 1, name
        while candidate in taken:
            number += 1
            candidate = f"{name}-{number}"
        taken.add(candidate)
        distinct.append(candidate)
    return distinct
