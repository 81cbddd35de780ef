"""The page about languages is that of the code."""

from pathlib import Path

from infra.checks.languages_page import PAGE, markdown

ROOT = Path(__file__).parents[2]


def test_the_page_names_the_engines_of_every_language() -> None:
    assert (ROOT / PAGE).read_text("utf-8") == markdown(), (
        "docs/languages.md is stale: run .venv/bin/python -m infra.checks.languages_page"
    )
