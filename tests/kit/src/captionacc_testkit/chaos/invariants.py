"""What must hold at the end of a run. Each check returns a sentence per violation."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import msgspec
from captionacc_contracts import object_keys
from captionacc_contracts.ids import TenantId, VideoId
from captionacc_contracts.work.states import JobState

from captionacc_testkit.chaos.call import BAD, HOPELESS, text_of
from captionacc_testkit.chaos.ledger import Line, Word, begun_anew, completed, overpaid
from captionacc_testkit.chaos.plan import Plan
from captionacc_testkit.chaos.stack import ChaosStack, running_calls

PREFECT_STATE = {
    "done": "COMPLETED",
    "error": "FAILED",
    "cancelled": "CANCELLED",
}
# A person must never see these error codes, even after a crash.
UNEXPLAINED = frozenset({"internal"})
# What attempts end with when a service is away.
AWAY_CODES = frozenset({"store_unavailable", "compute_lost", "database_unavailable"})


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """The rows of the plan's tenants as plain mappings, their objects, and their Prefect runs."""

    videos: list[dict[str, Any]]
    jobs: list[dict[str, Any]]
    captions: list[dict[str, Any]]
    versions: list[dict[str, Any]]
    usage: list[dict[str, Any]]
    events: list[dict[str, Any]]
    runs: list[dict[str, Any]]
    objects: list[str]


async def look(stack: ChaosStack, plan: Plan) -> Found:
    tenants = sorted({video.tenant_id for video in plan.videos})
    rows: dict[str, list[dict[str, Any]]] = {}
    async with stack.database.transaction() as session:
        for name, order in (
            ("videos", "id"),
            ("jobs", "requested_at, id"),
            ("captions", "video_id, track, start_frame"),
            ("cropped_frames_versions", "video_id, version"),
            ("usage_metrics", "id"),
            ("events", "tenant_id, number"),
        ):
            found = await session.statements.records(
                f"select * from captionacc.{name} where tenant_id = any($1) order by {order}",
                tenants,
            )
            rows[name] = [dict(row) for row in found]
    async with stack.prefect_database.transaction() as session:
        runs = await session.statements.records(
            "select id, state_type, state_name, tags from flow_run where tags ?| $1::text[]",
            [f"tenant:{tenant}" for tenant in tenants],
        )
    objects = [info.key for tenant in tenants async for info in stack.store.list(f"{tenant}/")]
    return Found(
        videos=rows["videos"],
        jobs=rows["jobs"],
        captions=rows["captions"],
        versions=rows["cropped_frames_versions"],
        usage=rows["usage_metrics"],
        events=rows["events"],
        runs=[dict(run) for run in runs],
        objects=objects,
    )


def violations(found: Found, plan: Plan) -> list[str]:
    """All violations that the rows show."""
    return [
        *_videos_ended(found, plan),
        *_ended_as_meant(found, plan),
        *_jobs_ended(found),
        *_captions_tile(found),
        *_versions_settled(found),
        *_paid_rows(found),
        *_tenants_apart(found, plan),
        *_trail_whole(found),
        *_prefect_agrees(found),
        *(_errors_of_their_own(found, plan) if plan.only_outages else ()),
    ]


def _errors_of_their_own(found: Found, plan: Plan) -> Iterator[str]:
    """An outage ends no job in an error, and the attempts that met it do not count."""
    bad = {video.id for video in plan.videos if video.language == BAD}
    for job in found.jobs:
        who = f"job {job['id']} ({job['kind']})"
        if job["state"] == "error" and job["video_id"] not in bad:
            yield f"{who} ended in an error through an outage: {job['error']}"
    counted = Counter(
        event["job_id"]
        for event in found.events
        if event["kind"] == "job.retrying"
        and event["data"]["error"]["code"] in AWAY_CODES
        and not event["data"]["error"]["message"].startswith("Waits until")
    )
    for job_id, number in counted.items():
        # An attempt may fail in the moment in which a service comes back.
        if number > len(plan.faults):
            yield f"job {job_id} counts {number} attempts that failed because of an outage"


def paid_wrongly(stack: ChaosStack, found: Found, plan: Plan) -> list[str]:
    """Violations in the ledger: work paid twice, or a done job whose call is incomplete."""
    lines = stack.ledger.lines()
    ended = completed(lines)
    missing = [
        f"job {job['id']} is done without a completed call"
        for job in found.jobs
        if job["state"] == "done"
        and job["compute_call"] is not None
        and job["compute_call"]["digest"] not in ended
    ]
    left = [
        f"call {digest[:12]} still runs after the end"
        for digest in running_calls(stack.home.compute)
    ]
    return [
        *overpaid(lines),
        *missing,
        *left,
        *_hopeless_paid(lines, found, plan),
        *_unrecorded(lines, found),
    ]


def _unrecorded(lines: list[Line], found: Found) -> Iterator[str]:
    """What a frozen call cost is recorded, although the call was killed and led to nothing."""
    unpublished = Counter(str(row["video_id"]) for row in found.usage if not row["published"])
    for video, number in begun_anew(lines).items():
        known = any(str(row["id"]) == video for row in found.videos)
        if known and unpublished[video] < number:
            yield (
                f"video {video}: {number} calls began anew after a freeze, and"
                f" {unpublished[video]} calls without a result are recorded"
            )


def _hopeless_paid(lines: list[Line], found: Found, plan: Plan) -> Iterator[str]:
    """A video that fails permanently is paid once, and once more per retry of a person."""
    for video in plan.videos:
        if video.language != BAD or video.cancelled_after_s is not None:
            continue
        failed = [each for each in lines if each.video == str(video.id) and each.word is Word.FAIL]
        jobs = [job for job in found.jobs if job["video_id"] == video.id]
        attempts = sum(job["attempt"] for job in jobs)
        if len(jobs) < 2:
            yield f"video {video.id} fails permanently and was not retried"
        hopeless = [job for job in jobs if job["error"] and job["error"]["code"] == HOPELESS]
        if not len(hopeless) <= len(failed) <= attempts:
            yield (
                f"video {video.id}: {len(hopeless)} jobs that fail permanently were paid"
                f" {len(failed)} times in {attempts} attempts"
            )


def _videos_ended(found: Found, plan: Plan) -> Iterator[str]:
    known = {row["id"] for row in found.videos}
    yield from (f"video {v.id} is missing" for v in plan.videos if v.id not in known)
    for row in found.videos:
        who = f"video {row['id']}"
        if row["status"] not in ("active", "error"):
            yield f"{who} ended {row['status']}"
        if row["caption_status"] in ("queued", "processing"):
            yield f"{who} has captions {row['caption_status']}, but no job works on them"
        in_error = row["status"] == "error" or row["caption_status"] == "error"
        report = row["error"]
        if in_error and not (report and report["code"] and report["message"] and report["stage"]):
            yield f"{who} is in error without a reason: {report}"
        if in_error and report and report["code"] in UNEXPLAINED:
            yield f"{who} ended with the error {report}"
        if not in_error and report:
            yield f"{who} is fine but shows {report}"
        if row["progress"] is not None:
            yield f"{who} still shows progress {row['progress']}"


def _ended_as_meant(found: Found, plan: Plan) -> Iterator[str]:
    """Transient failures were recovered; permanent failures were not."""
    rows = {row["id"]: row for row in found.videos}
    unread = {
        caption["video_id"]
        for caption in found.captions
        if caption["state"] != "gap" and caption["caption_ocr"] is None
    }
    for video in plan.videos:
        row = rows.get(video.id)
        if row is None or video.cancelled_after_s is not None:
            continue
        code = row["error"] and row["error"]["code"]
        if video.language == BAD:
            if (row["status"], code) != ("error", HOPELESS):
                yield f"video {video.id} fails permanently and is {row['status']} ({code})"
        elif (row["status"], row["caption_status"]) != ("active", "ready"):
            yield (
                f"video {video.id} is {row['status']} and its captions {row['caption_status']}"
                f" ({code}) after all retries"
            )
        elif video.id in unread:
            yield f"video {video.id} has captions that were never read"


def _jobs_ended(found: Found) -> Iterator[str]:
    for job in found.jobs:
        who = f"job {job['id']} ({job['kind']})"
        if job["state"] not in ("done", "error", "cancelled"):
            yield f"{who} is {job['state']} (attempt {job['attempt']}, error {job['error']})"
        if job["state"] == "error" and job["error"] is None:
            yield f"{who} has no reason"
        if job["state"] == "error" and job["error"]["code"] in UNEXPLAINED:
            yield f"{who} ended with {job['error']}"
        if job["state"] != "running" and job["lease_owner"] is not None:
            yield f"{who} is {job['state']} and leased to {job['lease_owner']}"
    by_video: dict[UUID, Counter[str]] = defaultdict(Counter)
    for job in found.jobs:
        if job["state"] == "done":
            by_video[job["video_id"]][f"{job['kind']} {job['input_digest']}"] += 1
    for video, done in by_video.items():
        for key, number in done.items():
            if number > 1 and not key.startswith("captions_ocr"):
                yield f"video {video}: {key} was done {number} times"


def _captions_tile(found: Found) -> Iterator[str]:
    rows: dict[UUID, dict[int, list[dict[str, Any]]]] = defaultdict(lambda: defaultdict(list))
    for caption in found.captions:
        rows[caption["video_id"]][caption["track"]].append(caption)
    for video in found.videos:
        tracks = rows[video["id"]]
        wanted = max(1, len(video["tracks"]))
        if video["caption_status"] == "ready" and len(tracks) != wanted:
            yield (
                f"video {video['id']} is ready with captions of {len(tracks)} tracks instead of "
                f"{wanted}"
            )
        for track, captions in tracks.items():
            yield from _track_tiles(f"video {video['id']}, track {track}", video, captions)


def _track_tiles(who: str, video: dict[str, Any], captions: list[dict[str, Any]]) -> Iterator[str]:
    expected = 0
    for caption in captions:
        if caption["start_frame"] != expected:
            yield f"{who}: a caption starts at {caption['start_frame']}"
        expected = caption["end_frame"] + 1
        yield from _text_fits(caption)
    if expected != video["frame_count"]:
        yield f"{who}: captions end at {expected} of {video['frame_count']}"


def _text_fits(caption: dict[str, Any]) -> Iterator[str]:
    who = f"caption {caption['id']}"
    if caption["caption_ocr_status"] in ("queued", "processing"):
        yield f"{who} is {caption['caption_ocr_status']} but no job reads it"
    if caption["caption_ocr"] is None:
        return
    prefix = object_keys.chunks_prefix(
        TenantId(caption["tenant_id"]),
        VideoId(caption["video_id"]),
        caption["cropped_frames_version"],
        caption["track"],
    )
    wanted = text_of(prefix, caption["start_frame"], caption["end_frame"] + 1)
    if caption["caption_ocr"] != wanted:
        yield f"{who} has the text {caption['caption_ocr']!r} instead of {wanted!r}"


def _versions_settled(found: Found) -> Iterator[str]:
    active = {
        row["video_id"]: row["version"] for row in found.versions if row["status"] == "active"
    }
    for row in found.versions:
        if row["status"] == "processing":
            yield f"version {row['version']} of video {row['video_id']} was left processing"
    for video in found.videos:
        if video["cropped_frames_version"] != active.get(video["id"]):
            yield f"video {video['id']} shows a version that is not the active one"


def _paid_rows(found: Found) -> Iterator[str]:
    rows = Counter(row["job_id"] for row in found.usage if row["published"])
    for job in found.jobs:
        wanted = 1 if job["state"] == "done" else 0
        if rows[job["id"]] != wanted:
            yield (
                f"job {job['id']} is {job['state']} and has {rows[job['id']]} rows of usage that"
                " are published"
            )


def _tenants_apart(found: Found, plan: Plan) -> Iterator[str]:
    owner = {str(video.id): str(video.tenant_id) for video in plan.videos}
    for table in (found.jobs, found.captions, found.versions, found.usage):
        for row in table:
            if owner.get(str(row["video_id"])) != str(row["tenant_id"]):
                yield f"a row of video {row['video_id']} belongs to tenant {row['tenant_id']}"
    for key in found.objects:
        tenant, _side, _videos, video, *_ = key.split("/")
        if owner.get(video) != tenant:
            yield f"the object {key} has the key of another tenant"
    for run in found.runs:
        tags = set(run["tags"])
        job = next((job for job in found.jobs if job["flow_run_id"] == run["id"]), None)
        if job is not None and f"tenant:{job['tenant_id']}" not in tags:
            yield f"run {run['id']} carries another tenant's tags"


def _trail_whole(found: Found) -> Iterator[str]:
    """Event numbers are complete, and every job has its first and its last event."""
    expected: dict[UUID, int] = defaultdict(lambda: 1)
    kinds: dict[UUID, list[str]] = defaultdict(list)
    for event in found.events:
        tenant = event["tenant_id"]
        if event["number"] != expected[tenant]:
            yield f"tenant {tenant} has event {event['number']} after {expected[tenant] - 1}"
        expected[tenant] = event["number"] + 1
        if event["job_id"] is not None:
            kinds[event["job_id"]].append(event["kind"])
    for job in found.jobs:
        seen = kinds[job["id"]]
        if not seen or seen[0] != "job.queued":
            yield f"job {job['id']} begins with {seen[:1]} in the trail"
        if job["state"] in ("done", "error", "cancelled") and seen[-1:] != [f"job.{job['state']}"]:
            yield f"job {job['id']} is {job['state']} and ends with {seen[-1:]} in the trail"


def _prefect_agrees(found: Found) -> Iterator[str]:
    runs = {run["id"]: run for run in found.runs}
    for job in found.jobs:
        run = runs.pop(job["flow_run_id"], None)
        if run is None:
            # The job was cancelled before it had a run.
            if job["state"] != JobState.CANCELLED:
                yield f"job {job['id']} is {job['state']} without a run"
            continue
        if run["state_type"] != PREFECT_STATE.get(job["state"]):
            yield f"job {job['id']} is {job['state']}, but its run {run['state_name']}"
    for run in runs.values():
        yield f"run {run['id']} ({run['state_name']}) belongs to no job"
