"""The commands about the stack: ``up``, ``down``, ``reset``, ``status``, ``logs``, ``doctor``,
``token``.

Each imports what it needs only when it runs, so that ``captionacc --help`` answers at once.
"""

import argparse
import asyncio
import sys
from collections.abc import Iterable
from datetime import UTC, datetime

from captionacc_stack.home import Home

from captionacc_cli.command_line.asking import agreed, require_answerable
from captionacc_cli.command_line.checks import UsageError
from captionacc_cli.command_line.exit_codes import DONE, FAILED


async def up(_: argparse.Namespace, place: Home) -> int:
    from captionacc_stack.lifecycle import locks, stack

    from captionacc_cli.local_stack import status as stack_status
    from captionacc_cli.local_stack.console import console_line

    began = asyncio.get_running_loop().time()
    place.prepare()
    # Holding the lock keeps a run that ends now from stopping the stack.
    async with locks.shared(place.users_lock):
        started = await stack.ensure_up(place, say=lambda name: print(f"{name} is up", flush=True))
        await stack.keep(place)
    took = asyncio.get_running_loop().time() - began
    print("The stack was already up." if started.reused else f"The stack is up after {took:.1f} s.")
    print(stack_status.as_text(stack_status.status(place)))
    print(f"\n  {await console_line(started.state)}")
    return DONE


async def down(_: argparse.Namespace, place: Home) -> int:
    from captionacc_stack.lifecycle import stack

    ran = await stack.stop(place)
    print("The stack has stopped." if ran else "The stack was not running.")
    return DONE


async def reset(arguments: argparse.Namespace, place: Home) -> int:
    from captionacc_stack import processes
    from captionacc_stack.lifecycle import locks, stack
    from rich import filesize

    from captionacc_cli.local_stack.data import data_of, remove, size_of

    found = data_of(place)
    if not found:
        print(f"There is no data of a stack at {place.root}.")
        return DONE
    require_answerable(yes=arguments.yes)
    size = filesize.decimal(await asyncio.to_thread(size_of, found))
    question = (
        f"Stop the stack at {place.root}, and remove its videos, captions, logs and secrets"
        f" ({size})?"
    )
    if not arguments.yes and not await agreed(question):
        print("Nothing was removed.")
        return FAILED
    try:
        async with locks.exclusive(place.users_lock, limit_s=0):
            await stack.stop(place)
            if processes.marked(place.root):
                message = "Processes of the stack did not end, so its data stays"
                print(f"captionacc: {message}; see `captionacc status`.", file=sys.stderr)
                return FAILED
            found = data_of(place)
            size = filesize.decimal(await asyncio.to_thread(size_of, found))
            await asyncio.to_thread(remove, found)
    except locks.LockedError:
        message = f"Another captionacc command uses the stack at {place.root}"
        print(f"captionacc: {message}; end that command first.", file=sys.stderr)
        return FAILED
    names = ", ".join(path.name for path in found)
    print(f"The stack at {place.root} is removed: {names} ({size} free again).")
    return DONE


def status(arguments: argparse.Namespace, place: Home) -> int:
    import msgspec

    from captionacc_cli.local_stack import status as stack_status

    found = stack_status.status(place)
    if arguments.json:
        print(msgspec.json.format(msgspec.json.encode(found)).decode())
    else:
        print(stack_status.as_text(found))
    return DONE if found.running else FAILED


def doctor(arguments: argparse.Namespace, place: Home) -> int:
    if arguments.cloud:
        from captionacc_modal import deployed
        from captionacc_modal.settings import deployment_settings

        return _shown(
            (found.good, found.name, found.detail)
            for found in asyncio.run(deployed.examine(deployment_settings()))
        )
    from captionacc_cli.local_stack.doctor import examine

    return _shown((found.good, found.name, found.detail) for found in examine(place))


def _shown(findings: Iterable[tuple[bool, str, str]]) -> int:
    lines = list(findings)
    width = max(len(name) for _, name, _ in lines)
    for good, name, detail in lines:
        print(f"{'ok  ' if good else 'BAD '} {name:<{width}} {detail}")
    return DONE if all(good for good, _, _ in lines) else FAILED


def token(arguments: argparse.Namespace, place: Home) -> int:
    from captionacc_stack import state, tokens

    if not place.state_file.exists():
        raise UsageError("A token belongs to a stack; start the stack with `captionacc up` first.")
    secret = state.load(place.state_file).secrets.jwt_secret
    print(
        tokens.mint(
            tenant=arguments.tenant or state.TENANT,
            secret=secret,
            now=datetime.now(UTC),
            role=arguments.role,
            operator=arguments.operator,
            name=arguments.name,
        )
    )
    return DONE


def logs(arguments: argparse.Namespace, place: Home) -> int:
    from captionacc_cli.local_stack import logs as stack_logs

    known = stack_logs.names(place)
    if not known:
        raise UsageError(f"{place.logs} holds no logs yet; start the stack first.")
    if arguments.service is not None and arguments.service not in known:
        raise UsageError(
            f"The service {arguments.service!r} has no log. Services with a log:"
            f" {', '.join(known)}."
        )
    if arguments.follow:
        if arguments.service is None:
            raise UsageError("Name the service to follow: `captionacc logs -f SERVICE`.")
        stack_logs.follow(place.log(arguments.service))
    stack_logs.show(place, [arguments.service] if arguments.service else known)
    return DONE
