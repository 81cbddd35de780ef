"""Runs flyctl."""

import json
import shlex
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from infra.fly.apps import ROOT

# The longest command is a release, and the image builder starts on the first one.
LIMIT_S = 1800


class BootstrapError(Exception):
    """Something is missing or a command failed; the message says what to do."""


@dataclass(frozen=True, kw_only=True)
class Fly:
    """Runs flyctl. With ``dry_run`` it only prints the commands that change something."""

    program: str
    dry_run: bool

    def change(self, *arguments: str, secrets: Mapping[str, str] | None = None) -> None:
        """Print a command and run it; ``secrets`` go to its input, and only their names are shown.

        Raises:
            BootstrapError: the command failed.
        """
        names = "" if secrets is None else f"  # input: {' '.join(secrets)}"
        sys.stdout.write(f"+ {shlex.join(['flyctl', *arguments])}{names}\n")
        sys.stdout.flush()
        if self.dry_run:
            return
        sent = None if secrets is None else "".join(_assigned(secrets))
        done = subprocess.run(
            [self.program, *arguments],
            cwd=ROOT,
            input=sent,
            text=True,
            timeout=LIMIT_S,
            check=False,
        )
        if done.returncode != 0:
            message = f"flyctl {' '.join(arguments[:3])} failed; see its output above."
            raise BootstrapError(message)

    def ask(self, *arguments: str) -> Any:
        """The answer of a command that changes nothing, decoded from JSON.

        Raises:
            BootstrapError: the command failed.
        """
        asked = [*arguments, "--json"]
        done = subprocess.run(
            [self.program, *asked],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=LIMIT_S,
            check=False,
        )
        if done.returncode != 0:
            message = f"flyctl {shlex.join(asked)} failed: {done.stderr.strip()}"
            raise BootstrapError(message)
        # flyctl prints null for an empty list.
        return _lower(json.loads(done.stdout or "null")) or []


def _assigned(secrets: Mapping[str, str]) -> Iterator[str]:
    for name, value in secrets.items():
        if "\n" in value:
            message = f"{name} has a line break, which a secret of an app cannot have."
            raise BootstrapError(message)
        yield f"{name}={value}\n"


def _lower(value: Any) -> Any:
    """``value`` with keys in lower case: flyctl writes some as ``Name`` and some as ``name``."""
    if isinstance(value, dict):
        return {str(key).lower(): _lower(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [_lower(entry) for entry in value]
    return value
