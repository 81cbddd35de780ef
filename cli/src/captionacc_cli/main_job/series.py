"""Several videos on one stack, one after the other."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from captionacc_contracts.errors import CaptionAccError
from captionacc_stack.gateway_client import GatewayRefusalError
from captionacc_stack.home import Home
from captionacc_stack.lifecycle.stack import StackError

from captionacc_cli.main_job.pipeline import Order
from captionacc_cli.main_job.progress import Reporter
from captionacc_cli.main_job.run import Finished, run
from captionacc_cli.main_job.session import running_stack
from captionacc_cli.results.folders import ResultFolder
from captionacc_cli.results.summary import note_lines, result_lines


@dataclass(frozen=True, kw_only=True)
class Ended:
    """How the work on a video ended: with results, or with the sentence ``error``."""

    video: Path
    finished: Finished | None = None
    error: str = ""


@dataclass(frozen=True, kw_only=True)
class Series:
    """``addresses`` are those of the stack when it stays up, else empty."""

    ended: list[Ended]
    addresses: Mapping[str, str]


async def run_series(
    home: Home,
    jobs: Sequence[tuple[Order, ResultFolder]],
    *,
    keep: bool,
    reporter: Reporter,
) -> Series:
    """Take each video through the stack at ``home``; a video that fails does not stop the others.

    Raises:
        StackError: the stack did not start.
    """
    ended: list[Ended] = []
    async with running_stack(home, keep=keep, reporter=reporter) as session:
        for number, (order, folder) in enumerate(jobs, start=1):
            if len(jobs) > 1:
                reporter.heading(f"[{number}/{len(jobs)}] {order.title}")
            # Only the first video waits for the stack.
            start_s = session.start_s if number == 1 else 0.0
            try:
                finished = await run(
                    session.up, order, folder=folder, start_s=start_s, reporter=reporter
                )
            except BrokenPipeError:
                # Nobody reads the output any more.
                raise
            except StackError as error:
                ended.append(Ended(video=order.video, error=str(error)))
                break
            except (CaptionAccError, GatewayRefusalError, OSError) as error:
                ended.append(Ended(video=order.video, error=str(error) or type(error).__name__))
            else:
                ended.append(Ended(video=order.video, finished=finished))
                if len(jobs) > 1:
                    _show(finished, reporter)
        for order, _ in jobs[len(ended) :]:
            message = "The video was not processed, because the stack ended; run it again."
            ended.append(Ended(video=order.video, error=message))
        return Series(ended=ended, addresses=session.addresses)


def _show(finished: Finished, reporter: Reporter) -> None:
    captions = finished.captions
    for line in [*result_lines(captions, finished.directory), *note_lines(captions)]:
        reporter.line(line)
