"""``captionacc demo``: the main job on a sample whose captions are known."""

import asyncio
import contextlib
import sys
from collections.abc import Sequence
from pathlib import Path

from captionacc_contracts.frames.frame_index import seconds as seconds_at
from captionacc_contracts.work.tiers import Tier
from captionacc_exports.writers.captions_json import Caption
from captionacc_exports.writers.truth import TrueCaption
from captionacc_scoring.extents import ExtentScore, score_extents
from captionacc_scoring.text import (
    TextScore,
    TimedText,
    end_to_end_character_error_rate,
)
from captionacc_stack.home import Home
from captionacc_stack.lifecycle.stack import StackError

from captionacc_cli.demo import sample
from captionacc_cli.main_job.pipeline import Order
from captionacc_cli.main_job.progress import Reporter, reporter
from captionacc_cli.main_job.run import Finished, run
from captionacc_cli.main_job.session import running_stack
from captionacc_cli.results.folders import ResultFolder
from captionacc_cli.results.truth import load_truth

# Set by hand, with room for OCR that reads a few characters differently on another machine.
LEAST_F1 = 0.90
MOST_CER = 0.10
# Set by hand: many times what making the sample takes on an idle machine.
_SAMPLE_LIMIT_S = 600.0


async def demo(home: Home, *, out: Path, keep: bool) -> tuple[bool, dict[str, str]]:
    """Make the sample, process it and print the captions and their score.

    Returns:
        Whether the score is good enough, and the addresses of the stack when it stays up.
    """
    home.prepare()
    video, truth_file = sample.places(home.sample)
    order = Order(video=video, crops=(), language="en", tier=Tier.FREE)
    folder = ResultFolder(path=out)
    with reporter() as shown:
        made = asyncio.ensure_future(_make_sample(home, shown))
        try:
            async with running_stack(home, keep=keep, reporter=shown) as session:
                await made
                finished = await run(
                    session.up, order, folder=folder, start_s=session.start_s, reporter=shown
                )
        finally:
            made.cancel()
            await asyncio.wait({made})
    truth = load_truth(truth_file)
    extents, text = score(finished.captions.captions, truth.captions)
    _print(finished, extents, text)
    good = extents.f1 >= LEAST_F1 and text.rate <= MOST_CER
    return good, dict(session.addresses)


async def _make_sample(home: Home, reporter: Reporter) -> None:
    """Make the sample in a separate process while the stack starts.

    Raises:
        StackError: the sample could not be made.
    """
    if all(path.exists() for path in sample.places(home.sample)):
        return
    reporter.line("Making the sample at the same time")
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        sample.__name__,
        str(home.sample),
        stdin=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    try:
        async with asyncio.timeout(_SAMPLE_LIMIT_S):
            _, said = await process.communicate()
    except TimeoutError:
        message = (
            f"Making the sample took longer than {_SAMPLE_LIMIT_S:.0f} s: the machine is busy."
        )
        raise StackError(message) from None
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
    if process.returncode != 0:
        last = said.decode(errors="replace").strip().rpartition("\n")[2]
        message = f"Making the sample failed: {last}"
        raise StackError(message)


def score(
    found: Sequence[Caption] | Sequence[TrueCaption], truth: Sequence[TrueCaption]
) -> tuple[ExtentScore, TextScore]:
    """Score the extents with a tolerance of one frame, and the text including missed captions."""
    predicted, true = _timed(found), _timed(truth)
    extents = score_extents(_spans(predicted), _spans(true), tolerance=1)
    return extents, end_to_end_character_error_rate(predicted, true)


def default_out() -> Path:
    return Path.cwd() / "demo-captions"


def _timed(captions: Sequence[Caption] | Sequence[TrueCaption]) -> list[TimedText]:
    return [
        TimedText(start_frame=c.start_frame, end_frame=c.end_frame + 1, text=c.text)
        for c in captions
    ]


def _spans(captions: Sequence[TimedText]) -> list[tuple[int, int]]:
    return [(caption.start_frame, caption.end_frame) for caption in captions]


def _print(finished: Finished, extents: ExtentScore, text: TextScore) -> None:
    print()
    for caption in finished.captions.captions:
        span = (
            f"{seconds_at(caption.start_frame):6.1f} - {seconds_at(caption.end_frame + 1):5.1f} s"
        )
        print(f"  {span}  {' / '.join(caption.text.splitlines())}")
    print()
    print(
        f"Extents within one frame of the truth: F1 {extents.f1:.3f} "
        f"({extents.matched} of {extents.truth} captions matched, {extents.predicted} found); "
        f"needs at least {LEAST_F1:.2f}"
    )
    print(
        f"Text: character error rate {text.rate:.3f} "
        f"({text.edits} of {text.characters} characters); needs at most {MOST_CER:.2f}"
    )
    print(f"Total time: {finished.seconds_in_all:.1f} s")
    print(f"Report: {finished.report}")
