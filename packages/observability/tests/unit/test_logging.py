import json
import logging as standard_logging
from collections.abc import Iterator
from uuid import UUID

import pytest
import structlog
from captionacc_observability import context, logging


@pytest.fixture(autouse=True)
def logging_as_it_was() -> Iterator[None]:
    root = standard_logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def test_a_line_is_json_with_service_and_bound_identifiers(
    capsys: pytest.CaptureFixture[str],
) -> None:
    logging.configure_logging("test-service", log_format="json")
    with context.bind(video_id="v1", absent=None):
        logging.get_logger("t").info("flow_launched", priority=70, job_id=UUID(int=7))
    line = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert line["event"] == "flow_launched"
    assert line["service"] == "test-service"
    assert line["video_id"] == "v1"
    assert line["job_id"] == "00000000-0000-0000-0000-000000000007"
    assert "absent" not in line


def test_secrets_are_hidden(capsys: pytest.CaptureFixture[str]) -> None:
    logging.configure_logging("test-service", log_format="json")
    logging.get_logger("t").info("x", webhook_secret="hunter2", lease_token=7)
    out = capsys.readouterr().out
    assert "hunter2" not in out
    assert json.loads(out.splitlines()[-1])["lease_token"] == 7


@pytest.mark.parametrize("log_format", ["json", "console"])
def test_a_traceback_shows_no_local_variable(
    capsys: pytest.CaptureFixture[str], log_format: logging.LogFormat
) -> None:
    logging.configure_logging("test-service", log_format=log_format)
    settings = {"key": "hunter" + "2"}
    try:
        _ = settings["absent"]
    except KeyError:
        logging.get_logger("t").exception("broken")
    out = capsys.readouterr().out
    assert "KeyError" in out
    assert "hunter2" not in out
