"""The arguments of ``captionacc``; this module imports nothing that is slow to load."""

import argparse
import re
from pathlib import Path
from uuid import UUID

from captionacc_contracts.errors import PermanentError
from captionacc_contracts.frames.geometry import CropRegion
from captionacc_contracts.frames.tracks import MOST_TRACKS
from captionacc_contracts.languages.language import Language, language_tag, parse_language
from captionacc_contracts.roles import Role
from captionacc_contracts.work.tiers import Tier

from captionacc_cli.command_line.video_arguments import Commands, add_video_commands

_ADDRESS = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]+://.+")


def parser() -> argparse.ArgumentParser:
    root = argparse.ArgumentParser(
        prog="captionacc",
        description="Find and read the captions burned into a video, on this machine.",
    )
    commands = root.add_subparsers(dest="command", required=True, metavar="COMMAND")

    _add_main_job(commands)
    add_video_commands(commands)
    _add_evaluation(commands)
    _add_languages(commands)
    _add_stack(commands)
    return root


def _add_main_job(commands: Commands) -> None:
    run = commands.add_parser("run", help="find and read the captions of videos")
    run.add_argument(
        "videos",
        nargs="+",
        type=_path,
        metavar="VIDEO",
        help="a video, or a folder with videos",
    )
    _add_out(
        run,
        "./<name of the video>-captions, or the next free name such as"
        " <name of the video>-captions-2; with several videos, DIR holds one such folder per video",
    )
    run.add_argument(
        "--overwrite", action="store_true", help="replace results that are in the folder already"
    )
    run.add_argument(
        "--crop",
        type=_crop,
        action="append",
        default=[],
        metavar="L,T,R,B",
        help="crop region as fractions of the picture (left, top, right, bottom); repeat it for up"
        f" to {MOST_TRACKS} places; default: the suggested regions",
    )
    run.add_argument(
        "--language",
        type=_language,
        metavar="LANG",
        help="language of the captions, for example zh, en, ru or Russian;"
        " `captionacc languages` lists those that this machine reads",
    )
    run.add_argument(
        "--tier",
        type=Tier,
        choices=list(Tier),
        default=Tier.FREE,
        help="tier of the tenant; default: free",
    )
    run.add_argument(
        "--force",
        action="store_true",
        help="compute everything anew, even if a stored result exists for the same input",
    )
    _add_keep(run)

    demo = commands.add_parser(
        "demo", help="process a sample video whose captions are known, and score the result"
    )
    _add_out(demo, "./demo-captions; results that are there are replaced")
    _add_keep(demo)


def _add_evaluation(commands: Commands) -> None:
    score = commands.add_parser(
        "eval-extents",
        help="find the first and last frame of every caption and score them against known captions",
    )
    score.add_argument("videos", nargs="+", type=Path, metavar="VIDEO")
    score.add_argument(
        "--truth",
        nargs="+",
        type=Path,
        required=True,
        metavar="JSON",
        help="files with the known captions, one for each video in the same order",
    )
    score.add_argument("--json", action="store_true", help="print JSON instead of a table")
    score.add_argument(
        "--seed", type=int, default=1, help="seed of the confidence intervals; default: 1"
    )


def _add_languages(commands: Commands) -> None:
    languages = commands.add_parser(
        "languages", help="list the languages that this machine reads, or add one"
    )
    languages.set_defaults(action=None)
    actions = languages.add_subparsers(dest="action", metavar="ACTION")
    install = actions.add_parser(
        "install", help="fetch the recogniser that RapidOCR has for a language"
    )
    install.add_argument(
        "language", type=_named_language, metavar="LANG", help="for example ru or Russian"
    )
    install.add_argument(
        "--mirror",
        metavar="URL",
        help="server to fetch from in place of the one that RapidOCR names",
    )


def _add_stack(commands: Commands) -> None:
    commands.add_parser("up", help="start the stack and leave it running")
    commands.add_parser("down", help="stop the stack")
    reset = commands.add_parser("reset", help="stop the stack and remove all its data")
    reset.add_argument("--yes", action="store_true", help="remove without a question")
    status = commands.add_parser("status", help="show the addresses and processes of the stack")
    status.add_argument(
        "--json", action="store_true", help="print JSON, including passwords and data folders"
    )
    doctor = commands.add_parser(
        "doctor", help="check that this machine has what the stack needs, or a deployment on Modal"
    )
    doctor.add_argument(
        "--cloud",
        action="store_true",
        help="instead compare the functions on Modal with this version, and call one of them",
    )
    logs = commands.add_parser("logs", help="show the last lines of the services' logs")
    logs.add_argument(
        "-f",
        "--follow",
        action="store_true",
        help="keep printing new lines of the log of SERVICE until interrupted",
    )
    logs.add_argument(
        "service", nargs="?", metavar="SERVICE", help="one service; default: all services"
    )
    token = commands.add_parser("token", help="print a user token for the gateway of this stack")
    token.add_argument(
        "--tenant",
        type=UUID,
        help="tenant of the token; default: the tenant that `run` uploads for",
    )
    token.add_argument(
        "--role",
        type=Role,
        choices=list(Role),
        default=Role.ADMIN,
        help="role of the user in the tenant; default: admin",
    )
    token.add_argument(
        "--operator", action="store_true", help="let the token use the routes of operators"
    )
    token.add_argument(
        "--name", help="name of the user, such as one of two people who try the console together"
    )


def _add_out(command: argparse.ArgumentParser, shown: str) -> None:
    command.add_argument(
        "--out", type=Path, metavar="DIR", help=f"folder for the results; default: {shown}"
    )


def _add_keep(command: argparse.ArgumentParser) -> None:
    command.add_argument("--keep", action="store_true", help="leave the stack running at the end")


def _path(text: str) -> Path:
    if _ADDRESS.fullmatch(text) and not Path(text).exists():
        message = (
            f"{text} is an address, and captionacc reads files;"
            f" download the video first, for example with: yt-dlp '{text}'"
        )
        raise argparse.ArgumentTypeError(message)
    return Path(text)


def _crop(text: str) -> CropRegion:
    try:
        left, top, right, bottom = (float(part) for part in text.split(","))
    except ValueError as error:
        message = f"{text!r} is not four numbers of the form L,T,R,B, for example 0.1,0.8,0.9,0.98"
        raise argparse.ArgumentTypeError(message) from error
    try:
        return CropRegion(crop_left=left, crop_top=top, crop_right=right, crop_bottom=bottom)
    except PermanentError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _named_language(text: str) -> Language:
    try:
        return parse_language(text)
    except PermanentError as error:
        raise argparse.ArgumentTypeError(error.message) from error


def _language(text: str) -> str | None:
    try:
        return language_tag(text)
    except PermanentError as error:
        raise argparse.ArgumentTypeError(error.message) from error
