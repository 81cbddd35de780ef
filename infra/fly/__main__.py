"""Sets everything up on Fly, releases it, and rolls one app back; safe to run again.

It needs Python 3.11 or newer and flyctl, and no package. docs/deploy.md says what to do before.
"""

import argparse
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from infra.fly.apps import APPS, App
from infra.fly.flyctl import BootstrapError, Fly
from infra.fly.given import read_settings, require_secrets, table
from infra.fly.steps import (
    allocate_addresses,
    create_apps,
    create_volumes,
    release,
    roll_back,
    set_secrets,
)


def _chosen(names: Sequence[str]) -> list[App]:
    short = {app.name.removeprefix("captionacc-"): app for app in APPS}
    unknown = [name for name in names if name not in short]
    if unknown:
        message = f"There is no app {', '.join(unknown)}; the apps are {', '.join(short)}."
        raise BootstrapError(message)
    return [app for name, app in short.items() if not names or name in names]


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="infra/fly/bootstrap", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument(
        "--dry-run", action="store_true", help="print every command that would change something"
    )
    with_secrets = argparse.ArgumentParser(add_help=False)
    with_secrets.add_argument("--env-file", type=Path, help="file with lines NAME=value")
    with_secrets.add_argument("apps", nargs="*", help="only these, such as priority; default: all")
    up = commands.add_parser(
        "up", parents=[common, with_secrets], help="create what is missing, then release"
    )
    up.add_argument("--org", default="personal", help="organization on Fly (personal)")
    commands.add_parser(
        "secrets", parents=[common, with_secrets], help="set the secrets and release"
    )
    releases = commands.add_parser("release", parents=[common], help="release in the right order")
    releases.add_argument("apps", nargs="*", help="only these, such as priority; default: all")
    back = commands.add_parser("rollback", parents=[common], help="release an earlier image again")
    back.add_argument("app")
    back.add_argument("--image", help="as `flyctl releases --image` shows it")
    commands.add_parser("table", help="print which app needs which secret")
    return parser.parse_args()


def _run(given: argparse.Namespace, environ: Mapping[str, str]) -> None:
    if given.command == "table":
        sys.stdout.write(table())
        return
    program = shutil.which("flyctl")
    if program is None:
        raise BootstrapError("flyctl is not on the PATH. Install it, then `flyctl auth login`.")
    fly = Fly(program=program, dry_run=given.dry_run)
    if given.command == "rollback":
        roll_back(fly, _chosen([given.app])[0], given.image)
        return
    apps = _chosen(given.apps)
    if given.command != "release":
        environment = read_settings(given.env_file, environ)
        require_secrets(apps, environment)
        if given.command == "up":
            existing = create_apps(fly, apps, given.org)
            for app in apps:
                allocate_addresses(fly, app, exists=app.name in existing)
                create_volumes(fly, app, exists=app.name in existing)
        for app in apps:
            set_secrets(fly, app, environment)
    for app in apps:
        release(fly, app)


def main() -> None:
    try:
        _run(_arguments(), os.environ)
    except (BootstrapError, OSError, subprocess.TimeoutExpired) as error:
        sys.exit(f"bootstrap: {error}")


if __name__ == "__main__":
    main()
