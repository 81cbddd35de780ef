"""What the operator gives: settings and secrets."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from infra.fly.apps import APPS, App
from infra.fly.flyctl import BootstrapError


def read_settings(file: Path | None, environ: Mapping[str, str]) -> dict[str, str]:
    """The operator's settings: those of the file, and over them those of the environment.

    Raises:
        BootstrapError: a line of the file is not NAME=value.
    """
    values: dict[str, str] = {}
    if file is not None:
        for number, line in enumerate(file.read_text("utf-8").splitlines(), 1):
            if not line.strip() or line.lstrip().startswith("#"):
                continue
            name, separator, value = line.strip().partition("=")
            if not separator:
                message = f"{file}:{number} is not NAME=value."
                raise BootstrapError(message)
            values[name] = value.strip("\"'")
    return {**values, **environ}


def require_secrets(apps: Sequence[App], given: Mapping[str, str]) -> None:
    """Check that every secret is there, before anything is created.

    Raises:
        BootstrapError: names each missing one, with the apps that need it.
    """
    needed: dict[str, list[str]] = {}
    for app in apps:
        for name in app.missing(given):
            needed.setdefault(name, []).append(app.name)
    if needed:
        lines = [f"  {name} ({', '.join(users)})" for name, users in sorted(needed.items())]
        message = "Set these in the environment or in --env-file:\n" + "\n".join(lines)
        raise BootstrapError(message)


def table() -> str:
    """Which app needs which secret, as a table in Markdown."""
    rows = ["| app | reads | from your | |", "|---|---|---|---|"]
    for app in APPS:
        for secret in app.secrets:
            note = "optional" if secret.optional else "needed"
            if secret.given in app.one_of:
                note = "one of them is needed"
            rows.append(f"| {app.name} | `{secret.name}` | `{secret.given}` | {note} |")
    return "\n".join(rows) + "\n"
