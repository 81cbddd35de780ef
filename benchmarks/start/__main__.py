"""Measure, print the table, and optionally write JSON: ``python -m benchmarks.start``."""

import argparse
import asyncio
import os
import sys
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
            print(f"measuring: {name}", file=sys.stderr, flush=True)
            found = await MEASUREMENTS[name](stack)
            print(table(found), file=sys.stderr, flush=True)
            figures += found
    return figures


if __name__ == "__main__":
    sys.exit(main())
