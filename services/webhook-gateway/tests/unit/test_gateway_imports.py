import subprocess
import sys


def test_the_gateway_imports_neither_prefect_nor_media() -> None:
    code = (
        "import sys, captionacc_webhook_gateway.app;"
        "print(*sorted({name.partition('.')[0] for name in sys.modules}))"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    loaded = set(run.stdout.split())
    assert "litestar" in loaded
    assert not loaded & {"prefect", "modal", "av", "numpy", "sqlalchemy", "fastapi", "pydantic"}
