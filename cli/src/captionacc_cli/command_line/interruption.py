"""Run a command so that Ctrl-C leaves no process behind, and turn its errors into one line."""

import asyncio
import signal
import sys
from collections.abc import Coroutine
from typing import Any

from captionacc_stack.home import Home

from captionacc_cli.command_line.exit_codes import FAILED, INTERRUPTED


def interruptible(work: Coroutine[Any, Any, int], place: Home) -> int:
    """Run ``work``; a signal cancels it, and its clean-up still runs to the end.

    A second signal kills the stack's processes, so the clean-up has nothing left to wait for.
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
        # These imports take half a second. A signal that arrives before the handlers are set would
        # end in a traceback, so the imports come after the handlers.
        from captionacc_contracts.errors import CaptionAccError
        from captionacc_stack.gateway_client import GatewayRefusalError
        from captionacc_stack.lifecycle import locks, stack

        try:
            return await task
        except asyncio.CancelledError:
            return INTERRUPTED
        except (CaptionAccError, GatewayRefusalError, stack.StackError) as error:
            if signalled:
                return INTERRUPTED
            print(error, file=sys.stderr)
            return FAILED
        except locks.LockedError:
            print(
                "Another captionacc command is starting or stopping the stack; try again later.",
                file=sys.stderr,
            )
            return FAILED

    return asyncio.run(guarded())
