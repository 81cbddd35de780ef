"""The commands that process videos: ``run``, ``demo`` and ``eval-extents``.

Each imports what it needs only when it runs, so that ``captionacc --help`` answers at once.
"""

import argparse
import os
import sys
from pathlib import Path

from captionacc_stack.home import Home

from captionacc_cli.command_line.checks import UsageError, require_readable, require_writable
from captionacc_cli.command_line.exit_codes import DONE, FAILED


async def run(arguments: argparse.Namespace, place: Home) -> int:
    from captionacc_cli.local_stack import languages
    from captionacc_cli.main_job.pipeline import Order
    from captionacc_cli.main_job.progress import reporter
    from captionacc_cli.main_job.run import run as run_main_job

    video: Path = arguments.video
    require_readable(video)
    out: Path = arguments.out or Path(f"{video.stem}-captions")
    require_writable(out)
    order = Order(
        video=video,
        crop=arguments.crop,
        language=arguments.language,
        tier=arguments.tier,
        force=arguments.force,
    )
    unread = languages.warning(arguments.language, os.environ)
    if unread is not None:
        print(unread, flush=True)
    with reporter() as shown:
        finished = await run_main_job(place, order, out=out, keep=arguments.keep, reporter=shown)
    found = len(finished.captions.captions)
    print(f"{found} captions in {finished.directory}" if found else "No captions were found.")
    print(f"Report: {finished.report}")
    _print_addresses(finished.addresses)
    return DONE


async def demo(arguments: argparse.Namespace, place: Home) -> int:
    from captionacc_cli.demo.demo import default_out
    from captionacc_cli.demo.demo import demo as run_demo

    out: Path = arguments.out or default_out()
    require_writable(out)
    good, addresses = await run_demo(place, out=out, keep=arguments.keep)
    _print_addresses(addresses)
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


def _print_addresses(addresses: dict[str, str]) -> None:
    """Print the addresses of a stack that stays up; ``addresses`` is empty for any other stack."""
    if not addresses:
        return
    print("The stack stays up; `captionacc down` stops it.")
    print(f"Prefect UI: {addresses['prefect_ui']}")
    print(f"API docs:   {addresses['api_docs']}")
