"""The OpenAPI documents are complete, and the committed ones are those of the routes."""

from pathlib import Path

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
