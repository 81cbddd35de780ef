"""The commands about the videos of the stack: ``list``, ``show``, ``export``, ``delete``.

Each imports what it needs only when it runs, so that ``captionacc --help`` answers at once.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from captionacc_stack.home import Home

from captionacc_cli.command_line.asking import agreed, require_answerable
from captionacc_cli.command_line.checks import UsageError, require_writable
from captionacc_cli.command_line.exit_codes import DONE, FAILED
from captionacc_cli.command_line.video_arguments import FORMATS, STRIPS

if TYPE_CHECKING:
    from captionacc_contracts.api import VideoSummary
    from captionacc_exports.options import ExportOptions

    from captionacc_cli.exporting.destination import Destination


async def list_videos(arguments: argparse.Namespace, place: Home) -> int:
    from captionacc_contracts.api import VideoList

    from captionacc_cli.results.files import pretty
    from captionacc_cli.videos.connection import connected
    from captionacc_cli.videos.listing import list_lines

    async with connected(place) as connection:
        videos = await connection.client.videos()
    if arguments.json:
        print(pretty(VideoList(videos=videos, total=len(videos), next=None)), end="")
    else:
        print("\n".join(list_lines(videos)))
    return DONE


async def show(arguments: argparse.Namespace, place: Home) -> int:
    from captionacc_cli.results.files import pretty
    from captionacc_cli.videos.connection import connected
    from captionacc_cli.videos.showing import show_lines

    async with connected(place) as connection:
        client = connection.client
        (chosen,) = _chosen([arguments.video], await client.videos())
        video = await client.video(chosen.id)
        captions = (await client.captions(chosen.id)).captions
    print(pretty(video) if arguments.json else "\n".join(show_lines(video, captions)))
    return DONE


async def export(arguments: argparse.Namespace, place: Home) -> int:
    from captionacc_cli.exporting.export import export_captions, export_strips
    from captionacc_cli.videos.connection import connected

    kind, options = _format(arguments), _options(arguments)
    if kind == STRIPS and (options.gaps or options.bom or options.crlf):
        raise UsageError("The format strips takes none of --gaps, --bom and --crlf.")
    destination = _destination(arguments)
    async with connected(place) as connection:
        (video,) = _chosen([arguments.video], await connection.client.videos())
        if kind != STRIPS:
            print(await export_captions(connection, video, kind, options, destination))
            return DONE
        print("Making the pictures ...", file=sys.stderr, flush=True)
        path, count = await export_strips(connection, video, options, destination)
    print(f"{count} {'picture' if count == 1 else 'pictures'} in {path}")
    return DONE


async def delete(arguments: argparse.Namespace, place: Home) -> int:
    from captionacc_cli.videos.connection import connected
    from captionacc_cli.videos.deleting import GONE_LIMIT_S
    from captionacc_cli.videos.deleting import delete as delete_videos
    from captionacc_cli.videos.words import printable

    require_answerable(yes=arguments.yes)
    async with connected(place) as connection:
        chosen = _chosen(arguments.videos, await connection.client.videos())
        names = ", ".join(f"{printable(each.display_name)} ({each.id})" for each in chosen)
        if not arguments.yes and not await agreed(f"Delete {names} with captions and all files?"):
            print("Nothing was deleted.")
            return FAILED
        left = await delete_videos(
            connection.client, chosen, say=lambda line: print(line, flush=True)
        )
    for video in left:
        print(
            f"captionacc: {printable(video.display_name)}: it is deleted, but its files are not"
            f" all gone after {GONE_LIMIT_S:.0f} s. A running stack goes on removing them:"
            " `captionacc up`.",
            file=sys.stderr,
        )
    return FAILED if left else DONE


def _chosen(texts: Sequence[str], videos: "Sequence[VideoSummary]") -> "list[VideoSummary]":
    """The videos that the texts name, each once."""
    from captionacc_cli.videos.choosing import VideoChoiceError, chosen_video

    try:
        found = [chosen_video(text, videos) for text in texts]
    except VideoChoiceError as error:
        raise UsageError(str(error)) from error
    return list({video.id: video for video in found}.values())


def _format(arguments: argparse.Namespace) -> str:
    if arguments.format is not None:
        return str(arguments.format)
    name = "" if arguments.out is None or arguments.out.is_dir() else arguments.out.name.lower()
    # The longest one first: a file of the format truth.json also ends with .json.
    endings = sorted(FORMATS, key=len, reverse=True)
    return next((each for each in endings if name.endswith(f".{each}")), "srt")


def _options(arguments: argparse.Namespace) -> "ExportOptions":
    from captionacc_exports.options import ExportOptions

    return ExportOptions(
        only_confirmed=arguments.confirmed,
        gaps=arguments.gaps,
        drop_empty=arguments.drop_empty,
        track=arguments.track,
        offset_seconds=arguments.offset,
        bom=arguments.bom,
        crlf=arguments.crlf,
    )


def _destination(arguments: argparse.Namespace) -> "Destination":
    """Where the file goes; raises UsageError when it could not be written there."""
    from captionacc_cli.exporting.destination import Destination

    out: Path | None = arguments.out
    if out is not None and out.is_symlink():
        # The link stays; what it leads to is replaced.
        out = out.resolve()
    destination = Destination(path=out, overwrite=arguments.overwrite)
    require_writable(destination.folder)
    if out is not None and destination.is_named and out.exists():
        if not out.is_file():
            # A device, for example: a new file must not take its place.
            raise UsageError(f"{out} is not a file. Choose another with -o.")
        if not arguments.overwrite:
            raise UsageError(
                f"The file {out} exists already. Choose another with -o, or replace it with"
                " --overwrite."
            )
    return destination
