"""The commands that process videos: ``run``, ``demo`` and ``eval-extents``.

Each imports what it needs only when it runs, so that ``captionacc --help`` answers at once.
"""

import argparse
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from captionacc_stack.home import Home

from captionacc_cli.command_line.checks import UsageError, require_readable, require_writable
from captionacc_cli.command_line.exit_codes import DONE, FAILED
from captionacc_cli.command_line.inputs import require_places, result_folders, videos_of

if TYPE_CHECKING:
    from captionacc_cli.main_job.series import Ended


async def run(arguments: argparse.Namespace, place: Home) -> int:
    from captionacc_cli.local_stack import languages
    from captionacc_cli.main_job.opening import why_unreadable
    from captionacc_cli.main_job.pipeline import Order
    from captionacc_cli.main_job.progress import reporter
    from captionacc_cli.main_job.series import Ended, Series, run_series

    videos = videos_of(arguments.videos)
    several = len(videos) > 1 or any(path.is_dir() for path in arguments.videos)
    require_places(arguments.crop)
    folders = result_folders(
        videos, out=arguments.out, shared=several, overwrite=arguments.overwrite
    )
    unreadable = {video: await why_unreadable(video) for video in videos}
    jobs = [
        (
            Order(
                video=video,
                crops=arguments.crop,
                language=arguments.language,
                tier=arguments.tier,
                force=arguments.force,
            ),
            folder,
        )
        for video, folder in zip(videos, folders, strict=True)
        if unreadable[video] is None
    ]
    series = Series(ended=[], addresses={})
    if jobs:
        warning = languages.warning(arguments.language, os.environ)
        if warning is not None:
            print(warning, flush=True)
        with reporter() as shown:
            series = await run_series(place, jobs, keep=arguments.keep, reporter=shown)
    ended = {each.video: each for each in series.ended} | {
        video: Ended(video=video, error=reason)
        for video, reason in unreadable.items()
        if reason is not None
    }
    good = _conclude([ended[video] for video in videos], several=several)
    await _print_addresses(series.addresses, place)
    return DONE if good else FAILED


def _conclude(ended: "Sequence[Ended]", *, several: bool) -> bool:
    """Say how the work on each video ended; returns whether all have results."""
    from captionacc_cli.results.summary import (
        SummaryRow,
        note_lines,
        result_lines,
        summary_table,
    )

    for each in ended:
        if each.finished is None:
            print(f"captionacc: {each.video}: {each.error}", file=sys.stderr)
        elif not several:
            captions = each.finished.captions
            lines = [*result_lines(captions, each.finished.directory)]
            lines += [f"Report: {each.finished.report}", *note_lines(captions)]
            print("\n".join(lines))
    if several:
        rows = [
            SummaryRow(video=str(each.video), error=each.error)
            if each.finished is None
            else SummaryRow(
                video=str(each.video),
                captions=len(each.finished.captions.captions),
                notes=len(each.finished.captions.notes),
                results=str(each.finished.directory),
            )
            for each in ended
        ]
        print("\n".join(["", *summary_table(rows)]))
    return all(each.finished is not None for each in ended)


async def demo(arguments: argparse.Namespace, place: Home) -> int:
    from captionacc_cli.demo.demo import default_out
    from captionacc_cli.demo.demo import demo as run_demo

    out: Path = arguments.out or default_out()
    require_writable(out)
    good, addresses = await run_demo(place, out=out, keep=arguments.keep)
    await _print_addresses(addresses, place)
    return DONE if good else FAILED


def eval_extents(arguments: argparse.Namespace) -> int:
    from captionacc_contracts.errors import PermanentError

    from captionacc_cli.evaluation.extents import show
    from captionacc_cli.results.truth import TruthError

    for video in arguments.videos:
        require_readable(video)
    if len(arguments.videos) != len(arguments.truth):
        raise UsageError("Give --truth one file for each video, in the same order.")
    try:
        show(arguments.videos, arguments.truth, seed=arguments.seed, as_json=arguments.json)
    except TruthError as error:
        raise UsageError(str(error)) from error
    except PermanentError as error:
        print(f"captionacc: {error}", file=sys.stderr)
        return FAILED
    return DONE


async def _print_addresses(addresses: Mapping[str, str], place: Home) -> None:
    """Print the addresses of a stack that stays up; ``addresses`` is empty for any other stack."""
    from captionacc_stack import state

    from captionacc_cli.local_stack.console import console_line

    if not addresses:
        return
    print("The stack stays up; `captionacc down` stops it.")
    print(await console_line(state.load(place.state_file)))
    print(f"Prefect UI: {addresses['prefect_ui']} (`captionacc status` shows what it asks for)")
    print(f"API docs:   {addresses['api_docs']}")
