"""What the Dockerfile copies is there, and .dockerignore lets it into the build context."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCKERFILE = (ROOT / "infra" / "docker" / "service.Dockerfile").read_text()
RULES = [
    line
    for line in (ROOT / ".dockerignore").read_text().splitlines()
    if line and not line.startswith("#")
]


def pattern(rule: str) -> re.Pattern[str]:
    """The paths that a line of .dockerignore matches; a folder stands for all that is in it."""
    found = re.escape(rule.removeprefix("!")).replace(r"\*\*/", "(?:.*/)?")
    return re.compile(found.replace(r"\*\*", ".*").replace(r"\*", "[^/]*") + "(?:/.*)?")


def in_context(path: str, rules: list[str]) -> bool:
    """Whether the build sees the file: the last line that matches decides."""
    matching = [rule for rule in rules if pattern(rule).fullmatch(path)]
    return not matching or matching[-1].startswith("!")


def copied(dockerfile: str) -> list[str]:
    """The paths that the image takes from the checkout."""
    found = re.findall(r"--mount=type=bind,source=([^,]+),", dockerfile)
    for line in re.findall(r"^COPY (?!--from)(.+)$", dockerfile, re.MULTILINE):
        found += line.split()[:-1]
    return found


@pytest.fixture(scope="module")
def context() -> list[str]:
    listed = subprocess.check_output(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        text=True,
        timeout=30,
    )
    return [path for path in listed.splitlines() if in_context(path, RULES)]


def test_the_last_rule_that_matches_a_path_decides() -> None:
    rules = ["**", "!packages/**", "**/tests", "packages/a/*.md"]
    assert in_context("packages/a/src/a.py", rules)
    assert not in_context("docs/a.md", rules)
    assert not in_context("packages/a/tests/unit/test_a.py", rules)
    assert not in_context("packages/a/a.md", rules)
    assert in_context("packages/a/b/a.md", rules)


def test_what_the_image_copies_is_in_the_context(context: list[str]) -> None:
    wanted = copied(DOCKERFILE)
    assert {"uv.lock", "pyproject.toml", "packages", "services", "infra/supabase"} <= set(wanted)
    for path in wanted:
        there = any(file == path or file.startswith(f"{path}/") for file in context)
        assert there, f"nothing of {path} is in the build context"


def test_the_image_has_every_source_file_of_its_members_and_no_test(context: list[str]) -> None:
    sources = {
        path.relative_to(ROOT).as_posix()
        for folder in ("packages", "services", "modal-apps")
        for path in ROOT.glob(f"{folder}/*/src/**/*.py")
        if "modal-apps/training" not in path.as_posix()
    }
    assert len(sources) > 300
    assert sources <= set(context)
    assert not [path for path in context if "/tests/" in path]
