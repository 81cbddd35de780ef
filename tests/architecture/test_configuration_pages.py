from pathlib import Path

from captionacc_testkit import configuration_pages as configuration

ROOT = Path(__file__).parents[2]


def test_the_configuration_page_is_fresh() -> None:
    assert (ROOT / "docs/configuration.md").read_text() == configuration.markdown()


def test_the_example_environment_is_fresh_and_holds_no_secret() -> None:
    text = (ROOT / ".env.example").read_text()
    assert text == configuration.environment_example()
    for line in text.splitlines():
        if any(mark in line for mark in ("SECRET=", "SECRET_KEY=", "AUTH_STRING=")):
            assert line.endswith("="), line
