from typing import Any
from uuid import uuid4

import pytest
from captionacc_exports.formats import ExportFormat

REGION = {"crop_region": {"crop_left": 0.1, "crop_top": 0.7, "crop_right": 0.9, "crop_bottom": 0.9}}
ADD = {"op": "add", "start_frame": 10, "end_frame": 12}
ROUTES = [
    ("GET", "/videos/{video}", None),
    ("GET", "/videos/{video}/captions", None),
    *(("GET", f"/videos/{{video}}/captions.{each}", None) for each in ExportFormat),
    ("POST", "/videos/{video}/approve-layout", REGION),
    ("POST", "/videos/{video}/retry", None),
    ("POST", "/videos/{video}/cancel", None),
    ("POST", "/videos/{video}/captions/request-ocr", {}),
    ("POST", "/videos/{video}/captions/{caption}/request-ocr", None),
    ("GET", "/videos/{video}/captions/{caption}", None),
    ("PATCH", "/videos/{video}/captions/{caption}", {"version": 1, "text": "mine"}),
    ("DELETE", "/videos/{video}/captions/{caption}", None),
    ("POST", "/videos/{video}/captions/{caption}/split", {"version": 1, "frame": 5}),
    ("POST", "/videos/{video}/captions/{caption}/merge", {"version": 1, "others": "next"}),
    ("POST", "/videos/{video}/captions", {"start_frame": 10, "end_frame": 12}),
    ("POST", "/videos/{video}/captions/edits", {"operations": [ADD]}),
    ("GET", "/videos/{video}/captions/history", None),
    ("GET", "/videos/{video}/captions/history/{number}", None),
    ("POST", "/videos/{video}/captions/history/{number}/undo", None),
    ("GET", "/videos/{video}/captions/carry-over", None),
    ("GET", "/videos/{video}/captions/versions", None),
    ("GET", "/videos/{video}/captions/versions/{number}", None),
    ("POST", "/videos/{video}/captions/versions/{number}/restore", None),
    ("PUT", "/videos/{video}/visits/{tab}", {}),
    ("DELETE", "/videos/{video}/visits/{tab}", None),
    ("GET", "/videos/{video}/reviews", None),
    ("POST", "/videos/{video}/reviews/request", {}),
    ("POST", "/videos/{video}/reviews/accept", {}),
    ("POST", "/videos/{video}/reviews/send-back", {"comment": "no"}),
    ("POST", "/videos/{video}/reviews/reopen", {}),
    ("GET", "/videos/{video}/comments", None),
    ("POST", "/videos/{video}/comments", {"text": "mine"}),
    ("PATCH", "/videos/{video}/comments/{comment}", {"resolved": True}),
    ("DELETE", "/videos/{video}/comments/{comment}", None),
    ("PATCH", "/videos/{video}", {"display_name": "other.mp4"}),
    ("DELETE", "/videos/{video}", None),
]
# Their own tests, with a real store, are in test_pictures.py.
PICTURES = [
    ("GET", "/videos/{video}/media", None),
    ("GET", "/videos/{video}/full-frames", None),
    ("GET", "/videos/{video}/chunks", None),
    ("GET", "/videos/{video}/layout", None),
    ("GET", "/videos/{video}/presence", None),
    ("GET", "/videos/{video}/captions/{caption}/strip", None),
]
UPLOAD = {"display_name": "clip.mp4", "size_bytes": 5}
ROUTES_WITHOUT_VIDEO = [
    ("GET", "/videos", None),
    ("POST", "/videos", UPLOAD),
    ("GET", "/uploads", None),
    ("GET", "/events", None),
    ("GET", "/people", None),
    ("GET", "/usage", None),
    ("GET", "/forecast", None),
    ("POST", "/sign-in-links", None),
]
ROUTES_OF_UPLOADS = [
    ("GET", "/uploads/{upload}", None),
    ("GET", "/uploads/{upload}/parts", None),
    ("POST", "/uploads/{upload}/complete", None),
    ("DELETE", "/uploads/{upload}", None),
]


async def test_every_route_of_a_user_is_here(gateway: Any) -> None:
    document = (await gateway.client.get("/schema/openapi.json")).json()
    documented = {
        (method.upper(), path)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        if {"userToken": []} in operation.get("security", [])
    }
    tested = {
        (
            method,
            path.format(
                video="{video_id}",
                caption="{caption_id}",
                number="{number}",
                upload="{upload_id}",
                tab="{tab}",
                comment="{comment_id}",
            ),
        )
        for method, path, _ in [*ROUTES, *PICTURES, *ROUTES_WITHOUT_VIDEO, *ROUTES_OF_UPLOADS]
    }
    assert documented == tested


@pytest.mark.parametrize(("method", "path", "body"), ROUTES)
async def test_a_foreign_video_looks_like_a_video_that_does_not_exist(
    gateway: Any, method: str, path: str, body: Any
) -> None:
    owner, video_id = await gateway.video()
    [caption_id, *_] = await gateway.ready_captions(video_id, owner)
    await gateway.sql(
        """
        select captionacc.append_caption_change($1, $2, 1, 'update', null, null, '[]', '[]')
        """,
        video_id,
        owner,
    )
    await gateway.caption_version(video_id)
    [comment] = await gateway.sql(
        """
        insert into captionacc.comments (video_id, tenant_id, text, made_by)
        values ($1, $2, 'ours', $3) returning id
        """,
        video_id,
        owner,
        uuid4(),
    )
    stranger, _ = await gateway.video()
    rows = """
        select (select count(*) from captionacc.jobs where video_id = $1),
            (select jsonb_agg(c) from captionacc.captions c where video_id = $1),
            (select count(*) from captionacc.caption_changes where video_id = $1),
            (select count(*) from captionacc.visits where video_id = $1),
            (select count(*) from captionacc.reviews where video_id = $1),
            (select jsonb_agg(c) from captionacc.comments c where video_id = $1)
    """
    before = await gateway.sql(rows, video_id)

    async def ask(video: Any, tenant: Any) -> Any:
        return await gateway.client.request(
            method,
            path.format(video=video, caption=caption_id, number=1, tab=tab, comment=comment["id"]),
            json=body,
            # The role that may call every route of a tenant.
            headers=gateway.user(tenant, app_metadata={"tenant_id": str(tenant), "role": "admin"}),
        )

    never, tab = uuid4(), uuid4()
    foreign, unknown = await ask(video_id, stranger), await ask(never, stranger)
    assert foreign.status_code == unknown.status_code == 404
    assert foreign.text.replace(str(video_id), "V") == unknown.text.replace(str(never), "V")
    assert before == await gateway.sql(rows, video_id)
    assert (await ask(video_id, owner)).status_code != 404


@pytest.mark.parametrize(("method", "path", "body"), PICTURES)
async def test_pictures_of_a_foreign_video_are_not_found(
    gateway: Any, method: str, path: str, body: Any
) -> None:
    owner, video_id = await gateway.video()
    [caption_id, *_] = await gateway.ready_captions(video_id, owner)
    stranger, never = uuid4(), uuid4()
    foreign, unknown = [
        await gateway.client.request(
            method, path.format(video=video, caption=caption_id), headers=gateway.user(stranger)
        )
        for video in (video_id, never)
    ]
    assert foreign.status_code == unknown.status_code == 404
    assert foreign.text.replace(str(video_id), "V") == unknown.text.replace(str(never), "V")


@pytest.mark.parametrize(("method", "path", "body"), ROUTES_OF_UPLOADS)
async def test_a_foreign_upload_looks_like_an_upload_that_does_not_exist(
    storing_gateway: Any, method: str, path: str, body: Any
) -> None:
    owner, stranger = uuid4(), uuid4()

    async def ask(upload: Any, tenant: Any) -> Any:
        return await storing_gateway.client.request(
            method, path.format(upload=upload), json=body, headers=storing_gateway.user(tenant)
        )

    begun = await storing_gateway.client.post(
        "/videos", json=UPLOAD, headers=storing_gateway.user(owner)
    )
    upload, never = begun.json()["id"], uuid4()
    foreign, unknown = await ask(upload, stranger), await ask(never, stranger)
    assert foreign.status_code == unknown.status_code == 404
    assert foreign.text.replace(upload, "U") == unknown.text.replace(str(never), "U")
    assert (await ask(upload, owner)).status_code != 404


@pytest.mark.parametrize(
    ("method", "path", "body"), [*ROUTES, *PICTURES, *ROUTES_WITHOUT_VIDEO, *ROUTES_OF_UPLOADS]
)
@pytest.mark.parametrize("proof", ["none", "wrong key", "expired", "webhook secret", "no tenant"])
async def test_every_user_route_requires_a_token(
    gateway: Any, method: str, path: str, body: Any, proof: str
) -> None:
    owner, video_id = await gateway.video()
    headers = {
        "none": {},
        "wrong key": gateway.user(owner, secret="another-secret-of-more-than-32-bytes"),
        "expired": gateway.user(owner, exp=1),
        "webhook secret": {"Authorization": "Bearer webhook-secret-now"},
        "no tenant": gateway.user(None),
    }[proof]
    answer = await gateway.client.request(
        method,
        path.format(video=video_id, caption=1, number=1, upload=uuid4(), tab=uuid4(), comment=1),
        json=body,
        headers=headers,
    )
    assert answer.status_code == (403 if proof == "no tenant" else 401)
    assert answer.headers["content-type"] == "application/problem+json"
    assert str(owner) not in answer.text


async def test_lists_hold_only_the_tenants_own_videos(gateway: Any) -> None:
    tenant, first = await gateway.video()
    _, second = await gateway.video(tenant)
    await gateway.video()
    answer = await gateway.client.get("/videos", headers=gateway.user(tenant))
    assert [row["id"] for row in answer.json()["videos"]] == [str(second), str(first)]
    page = await gateway.client.get("/videos?limit=1", headers=gateway.user(tenant))
    [latest] = page.json()["videos"]
    rest = await gateway.client.get(
        "/videos", params={"before": latest["uploaded_at"]}, headers=gateway.user(tenant)
    )
    assert [row["id"] for row in rest.json()["videos"]] == [str(first)]


async def test_paging_returns_every_video_of_a_bulk_upload(gateway: Any) -> None:
    tenant, first = await gateway.video()
    videos = [first, *[(await gateway.video(tenant))[1] for _ in range(2)]]
    await gateway.sql(
        "update captionacc.videos set uploaded_at = now() where tenant_id = $1", tenant
    )
    seen: list[str] = []
    after: dict[str, str] = {}
    for _ in videos:
        page = await gateway.client.get(
            "/videos", params={"limit": 1, **after}, headers=gateway.user(tenant)
        )
        [video] = page.json()["videos"]
        seen.append(video["id"])
        after = {"before": video["uploaded_at"], "before_id": video["id"]}
    assert sorted(seen) == sorted(map(str, videos))
    rest = await gateway.client.get("/videos", params=after, headers=gateway.user(tenant))
    assert rest.json()["videos"] == []


@pytest.mark.parametrize("query", ["limit=0", "limit=501", "limit=x", "before=yesterday"])
async def test_bad_paging_is_a_problem(gateway: Any, query: str) -> None:
    tenant, _ = await gateway.video()
    answer = await gateway.client.get(f"/videos?{query}", headers=gateway.user(tenant))
    assert answer.status_code == 400
    assert query.partition("=")[0] in answer.json()["detail"]


@pytest.mark.parametrize("path", ["../{other}/client/videos/v/video.mp4", "a//b.mp4", "./v.mp4"])
async def test_an_upload_outside_the_tenants_prefix_is_refused(gateway: Any, path: str) -> None:
    tenant, other = uuid4(), uuid4()
    key = f"{tenant}/{path.format(other=other)}"
    _, video_id = await gateway.video(tenant, storage_key=key)
    for _ in range(2):
        answer = await gateway.inserted(video_id, tenant)
        assert (answer.status_code, answer.json()["status"]) == (200, "ignored")
        assert key in answer.json()["reason"]
    shown = await gateway.client.get(f"/videos/{video_id}", headers=gateway.user(tenant))
    assert (shown.json()["status"], shown.json()["jobs"]) == ("error", [])
    assert shown.json()["error"]["code"] == "object_key_invalid"
    retried = await gateway.client.post(f"/videos/{video_id}/retry", headers=gateway.user(tenant))
    assert (retried.status_code, retried.json()["code"]) == (422, "object_key_invalid")
    await gateway.set_video(video_id, status="active")
    approved = await gateway.client.post(
        f"/videos/{video_id}/approve-layout", json=REGION, headers=gateway.user(tenant)
    )
    assert (approved.status_code, approved.json()["code"]) == (422, "object_key_invalid")
    assert await gateway.sql("select from captionacc.jobs where video_id = $1", video_id) == []
