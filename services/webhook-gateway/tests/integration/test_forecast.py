"""What a video is expected to cost, before it is uploaded."""

from typing import Any
from uuid import uuid4

import pytest


async def forecast(gateway: Any, **facts: Any) -> Any:
    return await gateway.client.get("/forecast", params=facts, headers=gateway.user(uuid4()))


async def test_a_person_sees_what_a_video_will_take(gateway: Any) -> None:
    facts = {"duration_seconds": 60, "width": 1280, "height": 720, "language": "English"}
    short = (await forecast(gateway, **facts)).json()
    long = (await forecast(gateway, **facts | {"duration_seconds": 3600})).json()
    assert set(short) == {"usd", "core_seconds", "seconds"}
    assert all(0 < short[name] < long[name] < 60 * short[name] for name in short)


async def test_a_size_stands_in_for_a_duration(gateway: Any) -> None:
    by_size = (await forecast(gateway, size_bytes=15_000_000)).json()
    assert by_size == (await forecast(gateway, duration_seconds=60)).json()


async def test_an_unknown_language_is_refused(gateway: Any) -> None:
    answer = await forecast(gateway, duration_seconds=60, language="Klingonese")
    assert (answer.status_code, answer.json()["code"]) == (400, "language_invalid")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("size_bytes", 10**400),
        ("size_bytes", 0),
        ("duration_seconds", "nan"),
        ("duration_seconds", "inf"),
        ("duration_seconds", 0),
        ("width", 10**9),
        ("language", "x" * 1000),
    ],
)
async def test_a_size_that_no_video_has_is_refused(gateway: Any, name: str, value: object) -> None:
    answer = await forecast(gateway, **{name: value})
    assert answer.status_code in (400, 422)
    assert answer.headers["content-type"] == "application/problem+json"
