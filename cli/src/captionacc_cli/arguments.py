"""The arguments of ``captionacc``; nothing heavy is imported before a command is known."""

import argparse
import re
from pathlib import Path
from uuid import UUID

from captionacc_contracts.errors import PermanentError
from captionacc_contracts.frames.geometry import CropRegion
from captionacc_contracts.work.tiers import Tier

_LANGUAGE = re.compile(r"[a-zA-Z]{2,3}(-[a-zA-Z0-9]{2,8})*")


def parser() -> argparse.ArgumentParser:
    root = argparse.ArgumentParser(
        prog="captionacc",
        description="Find the captions burned into a video, on this machine alone.",
    )
    commands = root.add_subparsers(dest="command", required=True, metavar="COMMAND")

    run = commands.add_parser("run", help="find and read the captions of a video")
    run.add_argument("video", type=Path, metavar="VIDEO")
    _add_out(run, "./<name of the video>-captions")
    run.add_argument(
        "--crop",
        type=_crop,
        metavar="L,T,R,B",
        help="crop region in fractions of the picture; default: the suggested one",
    )
    run.add_argument(
        "--language", type=_language, help="language of the captions, such as zh or en"
    )
    run.add_argument(
        "--tier", type=Tier, choices=list(Tier), default=Tier.FREE, help="tier of the tenant"
    )
    _add_keep(run)

    demo = commands.add_parser("demo", help="run a sample whose captions are known, and score it")
    _add_out(demo, "./demo-captions")
    _add_keep(demo)

    score = commands.add_parser(
        "eval-extents", help="score the first and last frames found in videos against a truth"
    )
    score.add_argument("videos", nargs="+", type=Path, metavar="VIDEO")
    score.add_argument(
        "--truth", nargs="+", type=Path, required=True, metavar="JSON", help="one for each video"
    )
    score.add_argument("--json", action="store_true", help="print JSON instead of a table")
    score.add_argument("--seed", type=int, default=1, help="of the intervals; default: 1")

    commands.add_parser("up", help="start the stack and leave it up")
    commands.add_parser("down", help="stop the stack")
    status = commands.add_parser("status", help="show addresses, pids and data folders")
    status.add_argument("--json", action="store_true", help="as JSON, with passwords")
    commands.add_parser("doctor", help="check what this machine has and lacks")
    logs = commands.add_parser("logs", help="show the services' logs")
    logs.add_argument("-f", "--follow", action="store_true", help="go on as the log grows")
    logs.add_argument("service", nargs="?", metavar="SERVICE")
    token = commands.add_parser("token", help="mint a user token for the running stack")
    token.add_argument("--tenant", type=UUID, help="default: the one that `run` uploads for")
    return root


def _add_out(command: argparse.ArgumentParser, shown: str) -> None:
    command.add_argument("--out", type=Path, metavar="DIR", help=f"results; default: {shown}")


def _add_keep(command: argparse.ArgumentParser) -> None:
    command.add_argument("--keep", action="store_true", help="leave the stack up at the end")


def _crop(text: str) -> CropRegion:
    try:
        left, top, right, bottom = (float(part) for part in text.split(","))
    except ValueError as error:
        message = f"{text!r} is not of the form L,T,R,B with four numbers, such as 0.1,0.8,0.9,0.98"
        raise argparse.ArgumentTypeError(message) from error
    try:
        return CropRegion(crop_left=left, crop_top=top, crop_right=right, crop_bottom=bottom)
    except PermanentError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _language(text: str) -> str:
    if not _LANGUAGE.fullmatch(text):
        message = f"{text!r} is no language tag, such as zh, en or zh-Hans"
        raise argparse.ArgumentTypeError(message)
    return text
