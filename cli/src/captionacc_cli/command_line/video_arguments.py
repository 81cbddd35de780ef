"""The arguments of the commands about the videos of the stack."""

import argparse
import math
import os
from pathlib import Path
from typing import TypeAlias

from captionacc_contracts.frames.tracks import FIRST_TRACK, MOST_TRACKS

STRIPS = "strips"
"""The format that the command makes itself."""
FORMATS = ("srt", "vtt", "ass", "ttml", "csv", "txt", "json", "truth.json", STRIPS)
"""The formats of the gateway and ``STRIPS``. The gateway's own list takes long to import."""

# argparse does not export this type.
Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


def add_video_commands(commands: Commands) -> None:
    listed = commands.add_parser("list", help="list the videos of the stack")
    listed.add_argument("--json", action="store_true", help="print JSON instead of a table")

    show = commands.add_parser("show", help="show what is known of a video")
    _add_video(show)
    show.add_argument("--json", action="store_true", help="print JSON instead of text")

    _add_export(commands)

    delete = commands.add_parser("delete", help="delete videos with their captions and all files")
    delete.add_argument("videos", nargs="+", metavar="VIDEO", help=_VIDEO)
    delete.add_argument("--yes", action="store_true", help="delete without a question")


_VIDEO = "id of a video, the start of an id, or the name of a video"


def _add_video(command: argparse.ArgumentParser) -> None:
    command.add_argument("video", metavar="VIDEO", help=_VIDEO)


def _add_export(commands: Commands) -> None:
    export = commands.add_parser("export", help="write the captions of a video into a file")
    _add_video(export)
    export.add_argument(
        "--format",
        choices=FORMATS,
        help="default: what the name of FILE ends with, else srt;"
        f" {STRIPS} is a zip with a picture of each caption",
    )
    export.add_argument(
        "-o",
        "--out",
        type=_file_or_folder,
        metavar="FILE",
        help="file or folder to write to; default: a file named after the video, with a number"
        " such as -2 if that name is taken",
    )
    export.add_argument(
        "--overwrite", action="store_true", help="replace a file that is there already"
    )
    export.add_argument(
        "--confirmed", action="store_true", help="leave out captions that no person confirmed"
    )
    export.add_argument("--gaps", action="store_true", help="list the gaps too (csv, json)")
    export.add_argument("--drop-empty", action="store_true", help="leave out captions without text")
    export.add_argument(
        "--track",
        type=int,
        choices=range(FIRST_TRACK, MOST_TRACKS + 1),
        help="export one track; default: all tracks",
    )
    export.add_argument(
        "--offset",
        type=_seconds,
        default=0.0,
        metavar="S",
        help="seconds to add to all times; --offset=-1.5 shows captions earlier",
    )
    export.add_argument("--bom", action="store_true", help="begin with a byte order mark")
    export.add_argument("--crlf", action="store_true", help="end lines as Windows does")


def _file_or_folder(text: str) -> Path:
    if text.endswith(os.sep) and not Path(text).is_dir():
        message = f"the folder {text} does not exist; make it first, or name a file"
        raise argparse.ArgumentTypeError(message)
    return Path(text)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not math.isfinite(seconds):
        message = f"{text!r} is not a number of seconds, such as 1.5"
        raise argparse.ArgumentTypeError(message)
    return seconds
