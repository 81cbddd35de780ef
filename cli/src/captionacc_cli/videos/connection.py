"""A client of the stack for commands that print results; the stack starts if it does not run."""

import contextlib
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime

from captionacc_stack import state, tokens
from captionacc_stack.gateway_client import GatewayClient
from captionacc_stack.home import Home
from captionacc_stack.lifecycle.stack import Up

from captionacc_cli.main_job.session import running_stack


@dataclass(frozen=True, kw_only=True)
class Connection:
    """The running stack, and a client of its gateway that acts for the local tenant."""

    up: Up
    client: GatewayClient


@contextlib.asynccontextmanager
async def connected(home: Home) -> AsyncIterator[Connection]:
    """The stack, which runs during the block; a stack that was started for it stops at the end.

    Raises:
        StackError: the stack did not start.
    """
    async with running_stack(home, keep=False, reporter=_StartNotice()) as session:
        token = tokens.mint(
            tenant=state.TENANT,
            secret=session.up.state.secrets.jwt_secret,
            now=datetime.now(UTC),
        )
        async with GatewayClient(session.up.state.addresses["gateway"], token) as client:
            yield Connection(up=session.up, client=client)


class _StartNotice:
    """Says on standard error that a stack starts, and nothing about a stack that runs."""

    def __init__(self) -> None:
        self._said = False

    def heading(self, text: str) -> None:
        pass

    def begin(self, stage: str) -> None:
        pass

    # The protocol names the arguments.
    def update(self, detail: str, done: int, total: int) -> None:  # noqa: ARG002
        if not self._said:
            print(
                "Starting the stack for this command; `captionacc up` keeps one running ...",
                file=sys.stderr,
                flush=True,
            )
        self._said = True

    def end(self, seconds: float) -> None:
        pass

    def line(self, text: str) -> None:
        pass
