"""What ``infra/fly/bootstrap`` tells flyctl to do; a stand-in records it and remembers it."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from infra.fly.apps import APPS, prefect_database

ROOT = Path(__file__).parents[2]
SECRETS = {
    secret.given: f"value-of-{secret.given}"
    for app in APPS
    for secret in app.secrets
    if not secret.optional
} | {"SUPABASE_JWKS_URL": "https://project.test/jwks.json"}
NAMES = [app.name for app in APPS]
FLYCTL = """#!/usr/bin/python3 -IS
import json, pathlib, sys
home = pathlib.Path(__file__).parent
state = json.loads((home / "state.json").read_text())
words = sys.argv[1:]
def flag(name):
    return words[words.index(name) + 1]
with (home / "calls.jsonl").open("a") as calls:
    sent = sys.stdin.read() if words[:2] == ["secrets", "import"] else ""
    calls.write(json.dumps({"words": words, "input": sent}) + "\\n")
match words[:2]:
    case ["apps", "list"]:
        print(json.dumps([{"Name": name} for name in state["apps"]] or None))
    case ["apps", "create"]:
        state["apps"].append(words[2])
    case ["ips", "list"]:
        print(json.dumps([{"Type": kind} for kind in state["ips"].get(flag("--app"), [])]))
    case ["ips", kind]:
        name = {"allocate-v4": "shared_v4", "allocate-v6": "v6"}[kind]
        name = "private_v6" if "--private" in words else name
        state["ips"].setdefault(flag("--app"), []).append(name)
    case ["volumes", "list"]:
        print(json.dumps([{"name": name} for name in state["volumes"]]))
    case ["volumes", "create"]:
        state["volumes"].append(words[2])
    case ["releases", _]:
        print(json.dumps(state["releases"]))
    case ["deploy", _] if flag("--app") == state["unhealthy"]:
        sys.exit("checks did not pass")
(home / "state.json").write_text(json.dumps(state))
"""


class Fly:
    """A folder with a flyctl that does nothing but remember."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.keep(apps=[], ips={}, volumes=[], releases=[], unhealthy=None)
        program = folder / "flyctl"
        program.write_text(FLYCTL)
        program.chmod(0o755)

    def keep(self, **changes: object) -> None:
        """Change what the stand-in knows."""
        file = self._folder / "state.json"
        state = json.loads(file.read_text()) if file.exists() else {}
        file.write_text(json.dumps(state | changes))

    def bootstrap(
        self, *arguments: str, secrets: dict[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [ROOT / "infra/fly/bootstrap", *arguments],
            env={
                "PATH": f"{self._folder}:{os.environ['PATH']}",
                **(SECRETS if secrets is None else secrets),
            },
            cwd=self._folder,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def calls(self, *begin: str) -> list[list[str]]:
        """The commands so far that begin with these words."""
        return [call["words"] for call in self._calls() if call["words"][: len(begin)] == [*begin]]

    def sent(self, app: str) -> dict[str, str]:
        """The secrets that the app got."""
        (sent,) = (
            call["input"]
            for call in self._calls()
            if call["words"][:2] == ["secrets", "import"] and app in call["words"]
        )
        return dict(line.split("=", 1) for line in sent.splitlines())

    def forget_calls(self) -> None:
        (self._folder / "calls.jsonl").unlink()

    def _calls(self) -> list[dict[str, Any]]:
        file = self._folder / "calls.jsonl"
        return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


@pytest.fixture
def fly(tmp_path: Path) -> Fly:
    return Fly(tmp_path)


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> tuple[Fly, str]:
    """A first run that set everything up, and what it printed."""
    fly = Fly(tmp_path_factory.mktemp("first"))
    done = fly.bootstrap("up", "--org", "acme")
    assert done.returncode == 0, done.stderr
    return fly, done.stdout + done.stderr


def of_app(words: list[str]) -> str:
    return words[words.index("--app") + 1]


def test_everything_is_created_and_released_in_order(first: tuple[Fly, str]) -> None:
    fly, _ = first
    assert [words[2] for words in fly.calls("apps", "create")] == NAMES
    assert all("captionacc" in words for words in fly.calls("apps", "create"))
    assert [of_app(words) for words in fly.calls("deploy")] == NAMES
    for words, app in zip(fly.calls("deploy"), APPS, strict=True):
        assert words[words.index("--config") + 1] == str(ROOT / app.file)
    assert {of_app(words) for words in fly.calls("ips", "allocate-v4")} == {
        "captionacc-webhook-gateway"
    }
    assert fly.calls("volumes", "create")[0][2] == "prefect_db"


def test_a_second_run_creates_nothing(fly: Fly) -> None:
    fly.bootstrap("up")
    fly.forget_calls()

    assert fly.bootstrap("up").returncode == 0
    changes = (("apps", "create"), ("volumes", "create"), ("ips", "allocate-v4"))
    assert [fly.calls(*change) for change in (*changes, ("ips", "allocate-v6"))] == [[]] * 4
    assert [of_app(words) for words in fly.calls("deploy")] == NAMES


def test_only_the_gateway_is_public(first: tuple[Fly, str]) -> None:
    for words in first[0].calls("deploy"):
        assert ("--no-public-ips" in words) == (of_app(words) != "captionacc-webhook-gateway")


def test_an_app_that_became_public_by_mistake_stops_the_run(fly: Fly) -> None:
    fly.keep(apps=["captionacc-prefect"], ips={"captionacc-prefect": ["private_v6", "v6"]})
    done = fly.bootstrap("up")

    assert done.returncode == 1
    assert "captionacc-prefect has a public address" in done.stderr
    assert fly.calls("deploy") == []


def test_secrets_go_to_the_apps_that_read_them_and_are_never_shown(first: tuple[Fly, str]) -> None:
    fly, printed = first

    assert fly.sent("captionacc-prefect") == {
        "PREFECT_SERVER_DATABASE_CONNECTION_URL": prefect_database("value-of-PREFECT_DB_PASSWORD"),
        "PREFECT_SERVER_API_AUTH_STRING": "value-of-PREFECT_API_AUTH_STRING",
    }
    assert "MODAL_TOKEN_SECRET" in fly.sent("captionacc-flow-worker")
    assert "MODAL_TOKEN_SECRET" not in fly.sent("captionacc-webhook-gateway")
    assert "value-of-" not in printed + json.dumps(fly.calls())


def test_every_missing_secret_is_named_before_anything_is_created(fly: Fly) -> None:
    some = {name: value for name, value in SECRETS.items() if not name.startswith("WASABI_")}
    del some["SUPABASE_JWKS_URL"]
    done = fly.bootstrap("up", secrets=some)

    assert done.returncode == 1
    assert "WASABI_BUCKET (captionacc-webhook-gateway, captionacc-flow-worker)" in done.stderr
    assert "SUPABASE_JWKS_URL or SUPABASE_JWT_SECRET" in done.stderr
    assert fly.calls() == []


def test_secrets_come_from_a_file(fly: Fly, tmp_path: Path) -> None:
    lines = [f"{name}={value}" for name, value in SECRETS.items()]
    (tmp_path / "production.env").write_text("\n".join(["# production", "", *lines]))

    done = fly.bootstrap("up", "--env-file", "production.env", secrets={})

    assert done.returncode == 0, done.stderr
    assert fly.sent("captionacc-flow-worker")["MODAL_TOKEN_ID"] == "value-of-MODAL_TOKEN_ID"


def test_a_dry_run_changes_nothing_and_prints_every_command(fly: Fly) -> None:
    dry = fly.bootstrap("up", "--dry-run")
    asked = fly.calls()
    fly.bootstrap("up")

    changed = [words for words in fly.calls()[len(asked) :] if words[1] != "list"]
    printed = [line for line in dry.stdout.splitlines() if line.startswith("+ flyctl ")]
    assert [words[:2] for words in changed] == [line.split()[2:4] for line in printed]
    assert all(words[1] == "list" for words in asked)


def test_a_release_that_does_not_get_healthy_stops_the_ones_after_it(fly: Fly) -> None:
    fly.keep(unhealthy="captionacc-priority")
    done = fly.bootstrap("up")

    assert done.returncode == 1
    assert [of_app(words) for words in fly.calls("deploy")] == NAMES[:3]


def test_one_app_is_released_alone(fly: Fly) -> None:
    fly.bootstrap("release", "flow-worker", secrets={})

    assert [of_app(words) for words in fly.calls()] == ["captionacc-flow-worker"]


def test_roll_back_releases_the_last_image_that_was_complete(fly: Fly) -> None:
    fly.keep(
        releases=[
            {"Version": 3, "Status": "failed", "ImageRef": "registry/app:three"},
            {"Version": 2, "Status": "failed", "ImageRef": "registry/app:two"},
            {"Version": 1, "Status": "complete", "ImageRef": "registry/app:one"},
        ]
    )
    fly.bootstrap("rollback", "priority", secrets={})

    (words,) = fly.calls("deploy")
    assert words[words.index("--image") + 1] == "registry/app:one"
    assert of_app(words) == "captionacc-priority"


def test_roll_back_without_an_earlier_image_asks_for_one(fly: Fly) -> None:
    fly.keep(releases=[{"Version": 1, "Status": "complete", "ImageRef": "registry/app:one"}])

    assert "--image" in fly.bootstrap("rollback", "priority", secrets={}).stderr
    fly.bootstrap("rollback", "priority", "--image", "registry/app:zero", secrets={})
    assert "registry/app:zero" in fly.calls("deploy")[0]


def test_the_page_shows_which_app_needs_which_secret(fly: Fly) -> None:
    table = fly.bootstrap("table").stdout
    assert table in (ROOT / "docs" / "deploy.md").read_text("utf-8")
