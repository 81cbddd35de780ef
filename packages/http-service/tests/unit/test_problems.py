"""Titles of problem documents."""

import pytest
from captionacc_http.problems import title_of


@pytest.mark.parametrize(
    ("status", "title"),
    [
        (404, "Not Found"),
        # Python 3.13 has other names for these two.
        (413, "Request Entity Too Large"),
        (422, "Unprocessable Entity"),
    ],
)
def test_the_title_is_the_same_on_every_version_of_python(status: int, title: str) -> None:
    assert title_of(status) == title
