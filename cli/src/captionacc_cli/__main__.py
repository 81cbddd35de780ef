"""``captionacc``: the embedded stack and the main job on it."""

import argparse
import io
import os
import sys
from collections.abc import Callable, Coroutine, Mapping
from typing import Any

from captionacc_observability.free_memory import keep_little_free_memory
from captionacc_stack import home
from captionacc_stack.home import Home

from captionacc_cli.command_line import arguments as cli
from captionacc_cli.command_line import (
    job_commands,
    language_commands,
    stack_commands,
    video_commands,
)
from captionacc_cli.command_line.checks import UsageError
from captionacc_cli.command_line.exit_codes import FAILED, INTERRUPTED, WRONG_USAGE
from captionacc_cli.command_line.interruption import interruptible

_INTERRUPTIBLE: Mapping[str, Callable[[argparse.Namespace, Home], Coroutine[Any, Any, int]]] = {
    "run": job_commands.run,
    "demo": job_commands.demo,
    "list": video_commands.list_videos,
    "show": video_commands.show,
    "export": video_commands.export,
    "delete": video_commands.delete,
    "up": stack_commands.up,
    "down": stack_commands.down,
    "reset": stack_commands.reset,
}
"""The commands that work with servers, which Ctrl-C must not leave behind."""


def main() -> None:
    """Run a command; exits 0 when done, 1 on failure, 2 on wrong usage, 130 when interrupted."""
    # The name of a file may contain bytes that a terminal cannot show.
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    arguments = cli.parser().parse_args()
    # A run waits for long after its upload, whose parts would stay in memory.
    keep_little_free_memory()
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
        # The reader of our output is gone. Python would report that again when it exits.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        sys.exit(FAILED)
    except TimeoutError:
        late = "something did not answer in time; see `captionacc status` and `captionacc logs`."
        print(f"captionacc: {late}", file=sys.stderr)
        sys.exit(FAILED)
    except OSError as error:
        print(f"captionacc: {error}", file=sys.stderr)
        sys.exit(FAILED)


def _perform(arguments: argparse.Namespace, place: Home) -> int:
    interruptibly = _INTERRUPTIBLE.get(arguments.command)
    if interruptibly is not None:
        return interruptible(interruptibly(arguments, place), place)
    match arguments.command:
        case "eval-extents":
            return job_commands.eval_extents(arguments)
        case "languages":
            return language_commands.languages(arguments)
        case "logs":
            return stack_commands.logs(arguments, place)
        case "doctor":
            return stack_commands.doctor(arguments, place)
        case "token":
            return stack_commands.token(arguments, place)
        case _:
            return stack_commands.status(arguments, place)


if __name__ == "__main__":
    main()
