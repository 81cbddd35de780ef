"""``captionacc``: the embedded stack, and the main job on it."""

import argparse
import asyncio
import io
import os
import signal
import sys
from collections.abc import Coroutine
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from captionacc_stack import home
from captionacc_stack.home import Home

from captionacc_cli import arguments as cli

DONE, FAILED, WRONG_USAGE, INTERRUPTED = 0, 1, 2, 130


class UsageError(Exception):
    """A sentence for a person: what about the arguments cannot be done."""


def main() -> None:
    """Run a command; exits 0 when done, 1 on failure, 2 on wrong usage, 130 when interrupted."""
    # A file's name may hold bytes that no terminal can show.
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    arguments = cli.parser().parse_args()
    try:
        code = _perform(arguments, home.current())
        sys.stdout.flush()
        sys.exit(code)
    except UsageError as error:
        print(f"captionacc: {error}", file=sys.stderr)
        sys.exit(WRONG_USAGE)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except BrokenPipeError:
        # Whoever read our output has had enough; Python would complain of it once more at the end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        sys.exit(FAILED)
    except OSError as error:
        print(f"captionacc: {error}", file=sys.stderr)
        sys.exit(FAILED)


def _perform(arguments: argparse.Namespace, place: Home) -> int:
    match arguments.command:
        case "run":
            return _interruptible(_run(arguments, place), place)
        case "demo":
            return _interruptible(_demo(arguments, place), place)
        case "eval-extents":
            return _eval_extents(arguments)
        case "up":
            return _interruptible(_up(place), place)
        case "down":
            return _interruptible(_down(place), place)
        case "logs":
            return _logs(arguments, place)
        case "doctor":
            return _doctor(place)
        case "token":
            return _token(arguments, place)
        case _:
            return _status(arguments, place)


async def _run(arguments: argparse.Namespace, place: Home) -> int:
    from captionacc_cli.pipeline import Wish
    from captionacc_cli.progress import reporter
    from captionacc_cli.run import run

    video: Path = arguments.video
    _require_readable(video)
    out: Path = arguments.out or Path(f"{video.stem}-captions")
    _require_writable(out)
    wish = Wish(video=video, crop=arguments.crop, language=arguments.language, tier=arguments.tier)
    with reporter() as shown:
        finished = await run(place, wish, out=out, keep=arguments.keep, reporter=shown)
    found = len(finished.captions.captions)
    print(f"{found} captions in {finished.directory}" if found else "No captions were found.")
    print(f"Report: {finished.report}")
    _print_addresses(finished.addresses)
    return DONE


async def _demo(arguments: argparse.Namespace, place: Home) -> int:
    from captionacc_cli.demo.demo import default_out, demo
    from captionacc_cli.progress import reporter

    out: Path = arguments.out or default_out()
    _require_writable(out)
    good, addresses = await demo(place, out=out, keep=arguments.keep, reporter=reporter())
    _print_addresses(addresses)
    return DONE if good else FAILED


def _eval_extents(arguments: argparse.Namespace) -> int:
    from captionacc_contracts.errors import PermanentError

    from captionacc_cli.eval_extents import TruthError, show

    for video in arguments.videos:
        _require_readable(video)
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


async def _up(place: Home) -> int:
    from captionacc_stack.lifecycle import locks, stack

    from captionacc_cli import status

    began = asyncio.get_running_loop().time()
    place.prepare()
    # A run that ends meanwhile must not stop what is about to be kept.
    async with locks.shared(place.users_lock):
        up = await stack.ensure_up(place, say=lambda name: print(f"{name} serves", flush=True))
        await stack.keep(place)
    took = asyncio.get_running_loop().time() - began
    print("The stack was up already." if up.reused else f"The stack is up after {took:.1f} s.")
    print(status.as_text(status.status(place)))
    return DONE


async def _down(place: Home) -> int:
    from captionacc_stack.lifecycle import stack

    ran = await stack.stop(place)
    print("The stack is stopped." if ran else "The stack was not running.")
    return DONE


def _status(arguments: argparse.Namespace, place: Home) -> int:
    import msgspec

    from captionacc_cli import status

    found = status.status(place)
    if arguments.json:
        print(msgspec.json.format(msgspec.json.encode(found)).decode())
    else:
        print(status.as_text(found))
    return DONE if found.running else FAILED


def _doctor(place: Home) -> int:
    from captionacc_cli.doctor import examine

    findings = examine(place)
    for finding in findings:
        print(f"{'ok  ' if finding.good else 'BAD '} {finding.name:<16} {finding.detail}")
    return DONE if all(finding.good for finding in findings) else FAILED


def _token(arguments: argparse.Namespace, place: Home) -> int:
    from captionacc_stack import state, tokens

    if not place.state_file.exists():
        raise UsageError("There is no stack to make a token for; start one with `captionacc up`.")
    secret = state.load(place.state_file).secrets.jwt_secret
    print(
        tokens.mint(tenant=arguments.tenant or state.TENANT, secret=secret, now=datetime.now(UTC))
    )
    return DONE


def _logs(arguments: argparse.Namespace, place: Home) -> int:
    from captionacc_cli import logs

    known = logs.names(place)
    if not known:
        raise UsageError(f"There are no logs in {place.logs} yet; start the stack first.")
    if arguments.service is not None and arguments.service not in known:
        raise UsageError(f"{arguments.service!r} has no log; there are {', '.join(known)}.")
    if arguments.follow:
        if arguments.service is None:
            raise UsageError("Name the service to follow: `captionacc logs -f SERVICE`.")
        logs.follow(place.log(arguments.service))
    logs.show(place, [arguments.service] if arguments.service else known)
    return DONE


def _interruptible(work: Coroutine[Any, Any, int], place: Home) -> int:
    """Run ``work`` so that a signal cancels it and its clean-up is left to end.

    A second signal kills the stack's processes, so that the clean-up has nothing to wait for.
    """

    async def guarded() -> int:
        task = asyncio.ensure_future(work)
        signalled = False

        def on_signal() -> None:
            nonlocal signalled
            if signalled:
                stack.kill(place)
                return
            signalled = True
            print("\nStopping ...", file=sys.stderr, flush=True)
            task.cancel()

        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, on_signal)
        # Imported only now: a signal during half a second of imports would end in a traceback.
        from captionacc_contracts.errors import CaptionAccError
        from captionacc_stack.gateway_client import GatewayRefusalError
        from captionacc_stack.lifecycle import stack

        try:
            return await task
        except asyncio.CancelledError:
            return INTERRUPTED
        except (CaptionAccError, GatewayRefusalError, stack.StackError) as error:
            if signalled:
                return INTERRUPTED
            print(error, file=sys.stderr)
            return FAILED
        except TimeoutError:
            print("Another captionacc command holds the stack; try again later.", file=sys.stderr)
            return FAILED

    return asyncio.run(guarded())


def _require_readable(video: Path) -> None:
    if not video.exists():
        raise UsageError(f"There is no file {video}.")
    if not video.is_file():
        raise UsageError(f"{video} is no file.")
    if not os.access(video, os.R_OK):
        raise UsageError(f"{video} cannot be read; see its permissions.")


def _require_writable(out: Path) -> None:
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"{out} cannot be made: {error.strerror}.") from error
    if not os.access(out, os.W_OK):
        raise UsageError(f"{out} cannot be written; see its permissions or choose another --out.")


def _print_addresses(addresses: dict[str, str]) -> None:
    if not addresses:
        return
    print("The stack stays up; `captionacc down` stops it.")
    print(f"Prefect UI: {addresses['prefect_ui']}")
    print(f"API docs:   {addresses['api_docs']}")


if __name__ == "__main__":
    main()
