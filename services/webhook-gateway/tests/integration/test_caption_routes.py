from typing import Any
from uuid import UUID

import pytest
from captionacc_exports.formats import ExportFormat


async def ready(gateway: Any) -> tuple[UUID, UUID, list[int], dict[str, str]]:
    tenant, video = await gateway.video()
    ids = await gateway.ready_captions(video, tenant)
    return tenant, video, ids, gateway.user(tenant)


async def set_text(gateway: Any, caption: int, *, text: str | None, read: str | None) -> None:
    await gateway.sql(
        "update captionacc.captions set text = $2, caption_ocr = $3 where id = $1",
        caption,
        text,
        read,
    )


async def test_captions_tile_the_video(gateway: Any) -> None:
    _, video, ids, headers = await ready(gateway)
    shown = (await gateway.client.get(f"/videos/{video}/captions", headers=headers)).json()
    assert (shown["frame_rate"], shown["frame_count"]) == (10.0, 30)
    assert shown["crop_region"]["crop_top"] == 0.7
    assert [row["id"] for row in shown["captions"]] == ids
    assert [row["state"] for row in shown["captions"]] == ["predicted", "gap", "predicted"]
    next_frame = 0
    for row in shown["captions"]:
        assert row["start_frame"] == next_frame
        next_frame = row["end_frame"] + 1
    assert next_frame == 30


async def test_captions_of_two_tracks_are_listed_by_time(gateway: Any) -> None:
    _, video, ids, headers = await ready(gateway)
    one = (await gateway.client.get(f"/videos/{video}/captions", headers=headers)).json()
    assert [row["track"] for row in one["captions"]] == [1, 1, 1]
    assert [track["crop_region"] for track in one["tracks"]] == [one["crop_region"]]
    top = await gateway.second_track(video)
    await gateway.set_video(video, start_seconds=1.4)
    two = (await gateway.client.get(f"/videos/{video}/captions", headers=headers)).json()
    assert [row["id"] for row in two["captions"] if row["track"] == 1] == ids
    assert [row["id"] for row in two["captions"] if row["track"] == 2] == top
    starts = [(row["start_frame"], row["track"]) for row in two["captions"]]
    assert starts == sorted(starts)
    assert [track["crop_region"]["crop_top"] for track in two["tracks"]] == [0.7, 0.05]
    assert two["start_seconds"] == 1.4


async def test_exports_prefer_a_persons_text_to_the_ocr_text(gateway: Any) -> None:
    _, video, [first, _, last], headers = await ready(gateway)
    await set_text(gateway, first, text=None, read="你好 & <b>")
    await set_text(gateway, last, text="mended", read="menbed")
    srt = await gateway.client.get(f"/videos/{video}/captions.srt", headers=headers)
    assert srt.text == (
        "1\n00:00:00,000 --> 00:00:01,000\n你好 & <\u2060b>\n\n"
        "2\n00:00:01,500 --> 00:00:03,000\nmended\n\n"
    )
    assert srt.headers["content-type"].startswith("application/x-subrip")
    assert srt.headers["content-disposition"] == (
        "attachment; filename=\"clip.srt\"; filename*=UTF-8''clip.srt"
    )
    vtt = await gateway.client.get(f"/videos/{video}/captions.vtt", headers=headers)
    assert vtt.text.startswith("WEBVTT\n\n00:00:00.000 --> 00:00:01.000\n你好 &amp; &lt;b&gt;\n")
    assert vtt.headers["content-type"].startswith("text/vtt")


async def test_exports_merge_tracks_and_say_where_a_cue_stands(gateway: Any) -> None:
    _, video, [first, _, last], headers = await ready(gateway)
    [_, above, _] = await gateway.second_track(video)
    for caption, text in ((first, "one"), (above, "above"), (last, "two")):
        await set_text(gateway, caption, text=text, read=None)
    await gateway.set_video(video, start_seconds=1.4)
    srt = await gateway.client.get(f"/videos/{video}/captions.srt", headers=headers)
    assert srt.text == (
        "1\n00:00:01,400 --> 00:00:02,400\none\n\n"
        "2\n00:00:01,900 --> 00:00:03,400\n{\\an8}above\n\n"
        "3\n00:00:02,900 --> 00:00:04,400\ntwo\n\n"
    )
    vtt = await gateway.client.get(f"/videos/{video}/captions.vtt", headers=headers)
    assert "00:00:01.900 --> 00:00:03.400 line:5%\nabove\n" in vtt.text
    assert "00:00:01.400 --> 00:00:02.400\none\n" in vtt.text


@pytest.mark.parametrize("export_format", [each for each in ExportFormat if each != "truth.json"])
async def test_every_format_is_exported(gateway: Any, export_format: ExportFormat) -> None:
    _, video, [first, _, _], headers = await ready(gateway)
    await set_text(gateway, first, text="typed", read=None)
    path = f"/videos/{video}/captions.{export_format}"
    answer = await gateway.client.get(path, params={"crlf": "true"}, headers=headers)
    assert answer.status_code == 200
    assert b"\r\n" in answer.content
    assert "typed" in answer.text


async def test_only_confirmed_captions_are_training_truth(gateway: Any) -> None:
    _, video, _, headers = await ready(gateway)
    path = f"/videos/{video}/captions.truth.json"
    refused = await gateway.client.get(path, headers=headers)
    assert refused.status_code == 409
    assert "2 of 2 captions of track 1 are not confirmed" in refused.json()["detail"]
    confirmed = "update captionacc.captions set state = 'confirmed' where state = 'predicted'"
    await gateway.sql(confirmed)
    truth = (await gateway.client.get(path, headers=headers)).json()
    assert [each["start_frame"] for each in truth["captions"]] == [0, 15]


@pytest.mark.parametrize(
    ("query", "status"),
    [("gaps=true", 400), ("track=5", 400), ("offset=90000", 400), ("offset=nan", 400)],
)
async def test_options_that_an_export_cannot_take_are_refused(
    gateway: Any, query: str, status: int
) -> None:
    _, video, _, headers = await ready(gateway)
    answer = await gateway.client.get(f"/videos/{video}/captions.srt?{query}", headers=headers)
    assert answer.status_code == status, answer.text


async def test_captions_without_text_of_all_tracks_are_read_in_one_job(gateway: Any) -> None:
    _, video, [first, _, last], headers = await ready(gateway)
    [_, above, _] = await gateway.second_track(video)
    answer = await gateway.client.post(f"/videos/{video}/captions/request-ocr", headers=headers)
    assert answer.status_code == 202, answer.text
    async with gateway.database.transaction() as session:
        job = await session.jobs.get(UUID(answer.json()["job_id"]))
    assert job.parameters.caption_ids == [first, last, above]


@pytest.mark.parametrize("body", [None, {}, {"caption_ids": None}])
async def test_all_captions_without_text_are_read_in_one_job(gateway: Any, body: Any) -> None:
    _, video, [first, _, last], headers = await ready(gateway)
    path = f"/videos/{video}/captions/request-ocr"
    sent = {} if body is None else {"json": body}
    answer = await gateway.client.post(path, headers=headers, **sent)
    assert answer.status_code == 202, answer.text
    again = await gateway.client.post(path, headers=headers, **sent)
    assert again.json()["job_id"] == answer.json()["job_id"]
    async with gateway.database.transaction() as session:
        job = await session.jobs.get(UUID(answer.json()["job_id"]))
    assert job is not None
    assert job.parameters.caption_ids == [first, last]
    shown = (await gateway.client.get(f"/videos/{video}/captions", headers=headers)).json()
    assert [row["caption_ocr_status"] for row in shown["captions"]] == ["queued", None, "queued"]


async def test_one_caption_is_read_with_its_tag(gateway: Any) -> None:
    _, video, [first, _, _], headers = await ready(gateway)
    answer = await gateway.client.post(
        f"/videos/{video}/captions/{first}/request-ocr", headers=headers
    )
    assert answer.status_code == 202
    async with gateway.database.transaction() as session:
        job = await session.jobs.get(UUID(answer.json()["job_id"]))
    assert job is not None
    assert f"caption:{first}" in job.tags


@pytest.mark.parametrize("path", ["captions/request-ocr", "captions/{first}/request-ocr"])
async def test_text_is_read_in_the_language_that_a_person_names(gateway: Any, path: str) -> None:
    _, video, [first, _, _], headers = await ready(gateway)
    url = f"/videos/{video}/{path.format(first=first)}"
    refused = await gateway.client.post(url, headers=headers, params={"language": "ruusian"})
    assert refused.status_code == 400
    assert refused.json()["code"] == "language_invalid"
    assert refused.json()["detail"].startswith("'ruusian' is not a language. Did you mean Russian?")
    answer = await gateway.client.post(url, headers=headers, params={"language": "rus"})
    assert answer.status_code == 202, answer.text
    async with gateway.database.transaction() as session:
        job = await session.jobs.get(UUID(answer.json()["job_id"]))
    assert job is not None
    assert job.parameters.language == "ru"


async def test_a_caption_that_cannot_be_read_is_refused(gateway: Any) -> None:
    _, video, [first, gap, last], headers = await ready(gateway)
    _, _, [foreign, *_], _ = await ready(gateway)
    many = f"/videos/{video}/captions/request-ocr"

    async def status(path: str, body: Any = None) -> int:
        answer = await gateway.client.post(path, headers=headers, json=body)
        return int(answer.status_code)

    assert await status(f"/videos/{video}/captions/{gap}/request-ocr") == 409
    assert await status(f"/videos/{video}/captions/{foreign}/request-ocr") == 404
    assert await status(f"/videos/{video}/captions/{2**70}/request-ocr") == 404
    assert await status(f"/videos/{video}/captions/0/request-ocr") == 404
    assert await status(many, {"caption_ids": [first, foreign]}) == 404
    assert await status(many, {"caption_ids": [2**80]}) in (404, 422)
    assert await status(many, {"caption_ids": [gap]}) == 409
    assert await status(many, {"caption_ids": []}) == 422
    assert await status(many, {"caption_ids": ["1"]}) == 422
    assert await status(many, {"captions": [1]}) == 422
    for caption in (first, last):
        await set_text(gateway, caption, text="known", read=None)
    assert await status(many, {}) == 409


@pytest.mark.parametrize(
    ("route", "query", "anew"),
    [
        ("captions/{read}/request-ocr", "", True),
        ("captions/request-ocr", "", True),
        ("captions/{unread}/request-ocr", "", False),
        ("captions/{unread}/request-ocr", "?force=true", True),
    ],
)
async def test_existing_or_forced_texts_are_read_anew(
    gateway: Any, route: str, query: str, anew: bool
) -> None:
    _, video, [read, _, unread], headers = await ready(gateway)
    await gateway.sql(
        "update captionacc.captions set caption_ocr_status = 'completed' where id = $1", read
    )
    path = f"/videos/{video}/{route.format(read=read, unread=unread)}{query}"
    answer = await gateway.client.post(path, headers=headers, json={"caption_ids": [read, unread]})
    assert answer.status_code == 202, answer.text
    async with gateway.database.transaction() as session:
        job = await session.jobs.get(UUID(answer.json()["job_id"]))
    assert job.parameters.anew is anew


async def test_text_is_not_requested_before_captions_are_ready(gateway: Any) -> None:
    tenant, video = await gateway.video(status="active")
    answer = await gateway.client.post(
        f"/videos/{video}/captions/request-ocr", headers=gateway.user(tenant), json={}
    )
    assert answer.status_code == 409


async def test_failed_texts_are_tried_again(gateway: Any) -> None:
    _, video, [first, *_], headers = await ready(gateway)
    await gateway.sql(
        "update captionacc.captions set caption_ocr_status = 'error' where id = $1", first
    )
    answer = await gateway.client.post(f"/videos/{video}/retry", headers=headers)
    assert answer.status_code == 202
    async with gateway.database.transaction() as session:
        job = await session.jobs.get(UUID(answer.json()["job_id"]))
    assert job is not None
    assert job.parameters.caption_ids == [first]


async def test_a_caption_that_is_being_read_is_not_read_again(gateway: Any) -> None:
    _, video, [first, _, _], headers = await ready(gateway)
    path = f"/videos/{video}/captions"
    many = await gateway.client.post(f"{path}/request-ocr", headers=headers)
    run = UUID(int=7)
    await gateway.sql(
        "update captionacc.jobs set flow_run_id = $2 where id = $1", many.json()["job_id"], run
    )
    one = await gateway.client.post(f"{path}/{first}/request-ocr", headers=headers)
    assert one.status_code == 202
    assert one.json()["job_id"] == many.json()["job_id"]
    assert one.json()["flow_run_id"] == str(run)
