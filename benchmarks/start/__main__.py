"""Measure, print the table once, and optionally write JSON: ``python -m benchmarks.start``."""

import argparse
import asyncio
import os
import sys
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict
from pathlib import Path

import msgspec
from captionacc_testkit.folders import servers_folder

from benchmarks.start import choice, in_flight, latency, throughput, waiting
from benchmarks.start.figures import Figure, table
from benchmarks.start.stack import Stack, open_stack

MEASUREMENTS: Mapping[str, Callable[[Stack], Awaitable[list[Figure]]]] = {
    "choice": choice.measure,
    "latency": latency.measure,
    "throughput": throughput.measure,
    "in-flight": in_flight.measure,
    "waiting": waiting.measure,
}

MINUTES = {"choice": 0.3, "latency": 1.7, "throughput": 2.5, "in-flight": 1.5, "waiting": 1.0}
"""What each measurement takes on two idle cores."""


class Report(msgspec.Struct, frozen=True, kw_only=True):
    cores: int
    load_before: tuple[float, float, float]
    load_after: tuple[float, float, float]
    figures: list[dict[str, object]]


def main() -> int:
    """Measure; returns exit status 1 when a figure misses its target."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.start", description=__doc__)
    parser.add_argument("--json", type=Path, help="file to write the figures to")
    parser.add_argument("--only", choices=MEASUREMENTS, action="append", help="repeatable")
    options = parser.parse_args()
    before = os.getloadavg()
    names = [name for name in MEASUREMENTS if not options.only or name in options.only]
    minutes = sum(MINUTES[name] for name in names)
    print(f"This takes about {minutes:.0f} min on two idle cores.", flush=True)
    with servers_folder() as folder:
        figures = asyncio.run(_measure(folder, names))
    print(table(figures))
    after = os.getloadavg()
    print(f"{os.cpu_count()} cores, load {before[0]:.1f} before and {after[0]:.1f} after")
    if options.json is not None:
        report = Report(
            cores=os.cpu_count() or 0,
            load_before=before,
            load_after=after,
            figures=[{**asdict(one), "met": one.met} for one in figures],
        )
        options.json.write_bytes(msgspec.json.format(msgspec.json.encode(report)))
    return int(any(figure.met is False for figure in figures))


async def _measure(folder: Path, names: list[str]) -> list[Figure]:
    figures: list[Figure] = []
    async with open_stack(folder) as stack:
        for name in names:
            print(f"measuring: {name} ...", end="", file=sys.stderr, flush=True)
            began = time.monotonic()
            figures += await MEASUREMENTS[name](stack)
            print(f" {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
    return figures


if __name__ == "__main__":
    sys.exit(main())
