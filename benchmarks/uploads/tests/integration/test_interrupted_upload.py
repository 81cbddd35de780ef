from pathlib import Path

from captionacc_wasabi.settings import StoreSettings

from benchmarks.uploads.gateway_process import GatewayProcess
from benchmarks.uploads.interrupted_upload import run

MIB = 1024 * 1024
# Far below the size of the file, and more than signing and JSON need.
MOST_GROWTH_MIB = 24


async def test_an_upload_outlives_two_cuts_and_a_restart_without_filling_the_gateway(
    database_dsn: str, object_store_settings: StoreSettings, tmp_path: Path
) -> None:
    gateway = GatewayProcess(database_dsn, object_store_settings, tmp_path / "gateway.log")
    try:
        figures = await run(gateway, object_store_settings, 64 * MIB + 17)
    finally:
        await gateway.stop()
    assert figures.parts == 9
    # Only the parts that were under way at the cuts were sent twice.
    assert figures.puts <= figures.parts + 2 * 4
    assert max(figures.peaks_mib) - figures.idle_mib < MOST_GROWTH_MIB, figures
