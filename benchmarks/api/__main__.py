"""Measure the reads and the webhooks of the gateway: ``python -m benchmarks.api``."""

import argparse
import asyncio
import os
import sys
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from pathlib import Path
from uuid import UUID, uuid4

import asyncpg
import httpx

from benchmarks.api.gateways import CAPTIONS, VIDEOS, WEBHOOK_SECRET, Bench, Gateway, open_bench
from benchmarks.api.load import Send, Timed, at_once, at_rate, client, cpu_s
from benchmarks.start.figures import percentile

READS = 100
CAPTION_READS_PER_S = 20
SECONDS = 10.0
PROBES_PER_S = 20
WEBHOOKS_AT_ONCE = ((1, 60), (16, 200), (200, 600))

CPU_READS = 20

Row = tuple[str, str]
Measure = Callable[[Bench, Gateway], Awaitable[list[Row]]]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.api", description=__doc__)
    parser.add_argument("--baseline", type=Path, help="another checkout, to measure beside ours")
    parser.add_argument("--only", choices=MEASUREMENTS, action="append", help="repeatable")
    options = parser.parse_args()
    asyncio.run(_measure(options.baseline, options.only or list(MEASUREMENTS)))
    return 0


async def _measure(baseline: Path | None, only: list[str]) -> None:
    before = os.getloadavg()
    async with open_bench(baseline) as bench:
        print(f"| what | {' | '.join(one.name for one in bench.gateways)} |")
        print(f"|---|{'---|' * len(bench.gateways)}", flush=True)
        for name, measures in MEASUREMENTS.items():
            for measure in measures if name in only else ():
                found = [await measure(bench, gateway) for gateway in bench.gateways]
                for rows in zip(*found, strict=True):
                    print(f"| {rows[0][0]} | {' | '.join(row[1] for row in rows)} |", flush=True)
    after = os.getloadavg()
    print(f"\n{os.cpu_count()} cores, load {before[0]:.1f} before and {after[0]:.1f} after")


async def _list(bench: Bench, gateway: Gateway) -> list[Row]:
    return await _reads(bench, gateway, "/videos", f"list of {VIDEOS} videos")


async def _one_video(bench: Bench, gateway: Gateway) -> list[Row]:
    path = f"/videos/{bench.video}"
    return await _reads(bench, gateway, path, f"one video with {CAPTIONS} captions")


async def _reads(bench: Bench, gateway: Gateway, path: str, what: str) -> list[Row]:
    async with client(gateway.url, 4) as sender:
        read = partial(sender.get, path, headers=bench.user())
        timed = await at_once(lambda: read, READS, 4)
    rate = f"{READS / timed.wall_s:.0f}/s, {timed.size / 1000:.0f} kB"
    return [(f"{what}, 4 clients", f"{_times(timed)}, {rate}")]


async def _captions(bench: Bench, gateway: Gateway) -> list[Row]:
    what = f"{CAPTIONS} captions at {CAPTION_READS_PER_S}/s"
    return await _captions_with(bench, gateway, bench.user(), what)


async def _unchanged_captions(bench: Bench, gateway: Gateway) -> list[Row]:
    async with client(gateway.url, 1) as sender:
        answer = await sender.get(f"/videos/{bench.video}/captions", headers=bench.user())
    headers = bench.user() | {"If-None-Match": answer.headers.get("etag", '"none"')}
    what = f"the same {CAPTIONS} captions, unchanged, at {CAPTION_READS_PER_S}/s"
    return await _captions_with(bench, gateway, headers, what)


async def _captions_with(
    bench: Bench, gateway: Gateway, headers: dict[str, str], what: str
) -> list[Row]:
    """Read the captions at a fixed rate, and probe the gateway beside them."""
    async with client(gateway.url, 200) as reader, client(gateway.url, 50) as prober:
        read = partial(_raw, reader, f"/videos/{bench.video}/captions", headers)
        probe = partial(prober.get, "/health/live")
        captions, probes = await asyncio.gather(
            at_rate(lambda: read, CAPTION_READS_PER_S, SECONDS),
            at_rate(lambda: probe, PROBES_PER_S, SECONDS),
        )
    answered = sum(n for status, n in captions.statuses.items() if status) / captions.wall_s
    return [
        (what, f"{_times(captions)}, {answered:.1f}/s, {captions.size / 1000:.0f} kB each"),
        ("`/health/live` beside them", f"{_times(probes)}, max {_ms(max(probes.seconds))}"),
    ]


async def _raw(sender: httpx.AsyncClient, path: str, headers: dict[str, str]) -> httpx.Response:
    """Read an answer without decompressing it, which a browser does on its own machine."""
    async with sender.stream("GET", path, headers=headers) as answer:
        async for _ in answer.aiter_raw():
            pass
    return answer


async def _cpu(bench: Bench, gateway: Gateway) -> list[Row]:
    """Measure the processor time of one read, which other work on the machine hardly changes."""
    rows = []
    for what, path in (
        (f"list of {VIDEOS} videos", "/videos"),
        (f"one video with {CAPTIONS} captions", f"/videos/{bench.video}"),
        (f"{CAPTIONS} captions", f"/videos/{bench.video}/captions"),
    ):
        async with client(gateway.url, 1) as sender:
            await _raw(sender, path, bench.user())
            began = cpu_s(gateway.pid), cpu_s(bench.postgres_pid)
            for _ in range(CPU_READS):
                await _raw(sender, path, bench.user())
            ended = cpu_s(gateway.pid), cpu_s(bench.postgres_pid)
        of_gateway, of_postgres = (
            (end - begin) / CPU_READS for begin, end in zip(began, ended, strict=True)
        )
        shown = f"gateway {_ms(of_gateway)}, Postgres {_ms(of_postgres)}"
        rows.append((f"processor time per read of {what}", shown))
    return rows


async def _webhooks_at_once(clients: int, count: int, bench: Bench, gateway: Gateway) -> list[Row]:
    videos = iter(await _new_videos(bench, count))
    async with client(gateway.url, clients) as sender:

        def insert() -> Send:
            return partial(_post_webhook, sender, bench.tenant, next(videos))

        timed = await at_once(insert, count, clients)
    statuses = ", ".join(f"{number} x {status}" for status, number in timed.statuses.items())
    rate = f"{count / timed.wall_s:.0f}/s"
    return [(f"webhooks, {clients} at once", f"{_times(timed)}, {rate}, {statuses}")]


async def _new_videos(bench: Bench, count: int) -> list[UUID]:
    ids = [uuid4() for _ in range(count)]
    connection = await asyncpg.connect(bench.dsn)
    try:
        await connection.executemany(
            "insert into captionacc.videos (id, tenant_id, display_name) values ($1, $2, 'new')",
            [(one, bench.tenant) for one in ids],
        )
    finally:
        await connection.close()
    return ids


async def _post_webhook(sender: httpx.AsyncClient, tenant: UUID, video: UUID) -> httpx.Response:
    return await sender.post(
        "/webhooks/supabase/videos",
        headers={"Authorization": f"Bearer {WEBHOOK_SECRET}"},
        json={
            "type": "INSERT",
            "table": "videos",
            "schema": "captionacc",
            "record": {"id": str(video), "tenant_id": str(tenant)},
        },
    )


MEASUREMENTS: Mapping[str, list[Measure]] = {
    "cpu": [_cpu],
    "reads": [_list, _one_video],
    "captions": [_captions, _unchanged_captions],
    "webhooks": [partial(_webhooks_at_once, clients, n) for clients, n in WEBHOOKS_AT_ONCE],
}


def _times(timed: Timed) -> str:
    p50, p99 = percentile(timed.seconds, 50), percentile(timed.seconds, 99)
    return f"p50 {_ms(p50)}, p99 {_ms(p99)}"


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms"


if __name__ == "__main__":
    sys.exit(main())
