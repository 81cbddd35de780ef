"""What the bootstrap does with an app; each step does only what is missing."""

import shutil
import subprocess
from collections.abc import Mapping, Sequence
from functools import cache

from infra.fly.apps import ROOT, App
from infra.fly.flyctl import BootstrapError, Fly

NETWORK = "captionacc"
"""The private network of our apps. Other apps of the organization do not reach it."""


def create_apps(fly: Fly, apps: Sequence[App], org: str) -> set[str]:
    """Create the apps that do not exist; return the names of those that did."""
    existing = {str(app["name"]) for app in fly.ask("apps", "list", "--org", org)}
    for app in apps:
        if app.name not in existing:
            fly.change("apps", "create", app.name, "--org", org, "--network", NETWORK, "--yes")
    return existing


def allocate_addresses(fly: Fly, app: App, *, exists: bool) -> None:
    """Give the app its addresses: public ones, one in the private network, or none."""
    found = fly.ask("ips", "list", "--app", app.name) if exists else []
    kinds = {str(address["type"]) for address in found}
    if app.flycast and "private_v6" not in kinds:
        fly.change("ips", "allocate-v6", "--private", "--network", NETWORK, "--app", app.name)
    if app.public and not kinds & {"v4", "shared_v4"}:
        fly.change("ips", "allocate-v4", "--shared", "--app", app.name)
    if app.public and "v6" not in kinds:
        fly.change("ips", "allocate-v6", "--app", app.name)
    if not app.public and kinds & {"v4", "shared_v4", "v6"}:
        message = (
            f"{app.name} has a public address, but must be in the private network only. Look at"
            f" `flyctl ips list --app {app.name}`, and release it with `flyctl ips release`."
        )
        raise BootstrapError(message)


def create_volumes(fly: Fly, app: App, *, exists: bool) -> None:
    """Create the volumes that the app mounts and that do not exist."""
    mounts = app.config.get("mounts", [])
    if not mounts:
        return
    found = fly.ask("volumes", "list", "--app", app.name) if exists else []
    names = {str(volume["name"]) for volume in found}
    for mount in mounts:
        if mount["source"] in names:
            continue
        fly.change(
            *("volumes", "create", mount["source"], "--app", app.name, "--yes"),
            *("--region", app.config["primary_region"]),
            *("--size", mount["initial_size"].removesuffix("gb")),
            *("--snapshot-retention", str(mount["snapshot_retention"])),
        )


def set_secrets(fly: Fly, app: App, given: Mapping[str, str]) -> None:
    """Set the secrets of the app; they count from its next release on."""
    values = app.values(given)
    if values:
        fly.change("secrets", "import", "--stage", "--app", app.name, secrets=values)


def release(fly: Fly, app: App) -> None:
    """Build and release the app; flyctl waits until its checks pass, and fails otherwise."""
    built: list[str] = []
    if "image" not in app.config["build"]:
        for name, value in _version().items():
            built += ["--build-arg", f"{name}={value}"]
        built += ["--image-label", _version()["REVISION"][:12]]
    _deploy(fly, app, *built)


def _deploy(fly: Fly, app: App, *arguments: str) -> None:
    private = [] if app.public else ["--no-public-ips"]
    fly.change(
        *("deploy", ".", "--config", str(ROOT / app.file), "--app", app.name, "--yes"),
        *(f"--ha={'true' if app.spare else 'false'}", *private, *arguments),
    )


@cache
def _version() -> dict[str, str]:
    """What the labels of an image say."""

    def git(*arguments: str) -> str:
        done = subprocess.run(
            [shutil.which("git") or "git", *arguments],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        return done.stdout.strip()

    return {
        "VERSION": git("describe", "--tags", "--always", "--dirty") or "unknown",
        "REVISION": git("rev-parse", "HEAD") or "unknown",
    }


def roll_back(fly: Fly, app: App, image: str | None) -> None:
    """Release an earlier image again: the one named, or the last one that was complete."""
    if image is None:
        releases = sorted(
            fly.ask("releases", "--app", app.name, "--image"),
            key=lambda entry: -int(entry["version"]),
        )
        newest = releases[0].get("imageref") if releases else None
        complete = (
            str(entry["imageref"])
            for entry in releases
            if entry.get("imageref") and entry.get("status") in {"complete", "succeeded"}
        )
        image = next((earlier for earlier in complete if earlier != newest), None)
        if image is None:
            message = f"{app.name} has no earlier complete release; name an image with --image."
            raise BootstrapError(message)
    _deploy(fly, app, "--image", image)
