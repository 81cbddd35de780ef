"""What a process of local calls loads before its first call."""

from typing import Any

import numpy as np
import pytest
from captionacc_contracts.errors import ErrorCode, PermanentError
from captionacc_modal.settings import ComputeSettings
from captionacc_modal.wiring import ProcessEngines


async def test_a_process_starts_without_its_models_and_the_call_says_what_is_missing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def missing(*_arguments: Any) -> None:
        raise PermanentError(ErrorCode.MODEL_INVALID, "The model is missing.")

    monkeypatch.setattr("captionacc_media.ocr.rapid._Reader", missing)
    engines = ProcessEngines(
        ComputeSettings(
            wasabi_endpoint_url="http://localhost",
            wasabi_access_key="a",
            wasabi_secret_key="b",
            wasabi_bucket="c",
        )
    )

    await engines.load_ocr_models()

    with pytest.raises(PermanentError, match="is missing"):
        await engines.ocr().read([np.zeros((32, 320, 3), dtype=np.uint8)])
