"""What a video is expected to cost, before it is uploaded."""

from typing import Any
from uuid import uuid4


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
