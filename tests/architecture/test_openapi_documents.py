"""The OpenAPI documents are complete, and the committed ones are those of the routes."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from captionacc_testkit.api_document import badly_described

from infra.checks.openapi import COMMAND, applications, documents

ROOT = Path(__file__).parents[2]
APPLICATIONS = applications()
DOCUMENTS = documents()


@pytest.mark.parametrize("path", APPLICATIONS, ids=str)
def test_every_route_declares_its_operation_id_and_its_problems(path: Path) -> None:
    faults = badly_described(APPLICATIONS[path])

    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("path", DOCUMENTS, ids=str)
def test_the_committed_document_is_that_of_the_routes(path: Path) -> None:
    committed = ROOT / path

    assert committed.is_file(), f"{path} is missing: run {COMMAND}"
    assert committed.read_bytes() == DOCUMENTS[path], f"{path} is stale: run {COMMAND}"


@pytest.mark.parametrize("path", DOCUMENTS, ids=str)
def test_descriptions_are_markdown_on_every_version_of_python(path: Path) -> None:
    for text in descriptions(json.loads(DOCUMENTS[path])):
        # Docstrings quote with two marks, and before Python 3.13 their lines are indented.
        assert "``" not in text, text
        assert "\n " not in text, text


def descriptions(part: Any) -> Iterator[str]:
    """Every description in a part of a document."""
    if isinstance(part, dict):
        if isinstance(part.get("description"), str):
            yield part["description"]
        for value in part.values():
            yield from descriptions(value)
    elif isinstance(part, list):
        for value in part:
            yield from descriptions(value)
