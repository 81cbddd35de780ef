"""``python -m benchmarks.uploads [--mib 1024]``: print the figures of one upload as JSON."""

import argparse
import asyncio
import os
import sys
from contextlib import AsyncExitStack
from pathlib import Path

import msgspec
from captionacc_stack.servers.ports import free_port
from captionacc_stack.servers.postgres import PostgresServer
from captionacc_stack.servers.process import start
from captionacc_stack.servers.swift import SwiftPorts, SwiftServer
from captionacc_testkit import databases
from captionacc_testkit.folders import servers_folder
from captionacc_wasabi.opening import open_store

from benchmarks.uploads.gateway_process import GatewayProcess
from benchmarks.uploads.interrupted_upload import Figures, run


async def _measure(folder: Path, size_bytes: int) -> Figures:
    postgres = PostgresServer(folder / "postgres", free_port(), durable=False)
    swift = SwiftServer(folder / "swift", SwiftPorts.free())
    async with AsyncExitStack() as stack:
        await postgres.prepare()
        stack.push_async_callback((await start(postgres.spec())).stop)
        await swift.prepare()
        stack.push_async_callback((await start(swift.spec())).stop)
        async with open_store(swift.settings()) as store:
            await store.ensure_bucket()
        name = await databases.create_migrated(postgres.dsn, postgres.dsn("postgres"))
        gateway = GatewayProcess(postgres.dsn(name), swift.settings(), folder / "gateway.log")
        stack.push_async_callback(gateway.stop)
        return await run(gateway, swift.settings(), size_bytes)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.uploads", description=__doc__)
    parser.add_argument("--mib", type=int, default=1024, help="size of the file (1024)")
    options = parser.parse_args()
    with servers_folder() as folder:
        figures = asyncio.run(_measure(folder, options.mib * 1024 * 1024))
    print(msgspec.json.format(msgspec.json.encode(figures)).decode())
    load = ", ".join(f"{one:.1f}" for one in os.getloadavg())
    print(f"{os.cpu_count()} cores, load {load}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
