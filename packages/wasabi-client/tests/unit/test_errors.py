import asyncio

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, NoCredentialsError
from captionacc_contracts.errors import (
    CaptionAccError,
    ErrorCode,
    PermanentError,
    TransientError,
)
from captionacc_wasabi.errors import of_answer, translated
from captionacc_wasabi.settings import StoreSettings


def answer(status: int, code: str) -> ClientError:
    return ClientError(
        {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}},  # type: ignore[typeddict-item]
        "GetObject",
    )


@pytest.mark.parametrize(
    ("status", "code", "family", "expected"),
    [
        (404, "NoSuchKey", PermanentError, ErrorCode.OBJECT_MISSING),
        (404, "404", PermanentError, ErrorCode.OBJECT_MISSING),
        (404, "NoSuchBucket", PermanentError, ErrorCode.STORE_UNAVAILABLE),
        (403, "SignatureDoesNotMatch", PermanentError, ErrorCode.STORE_UNAVAILABLE),
        (400, "InvalidArgument", PermanentError, ErrorCode.STORE_UNAVAILABLE),
        (400, "RequestTimeout", TransientError, ErrorCode.STORE_UNAVAILABLE),
        (409, "OperationAborted", TransientError, ErrorCode.STORE_UNAVAILABLE),
        (429, "TooManyRequests", TransientError, ErrorCode.STORE_UNAVAILABLE),
        (500, "InternalError", TransientError, ErrorCode.STORE_UNAVAILABLE),
        (503, "SlowDown", TransientError, ErrorCode.STORE_UNAVAILABLE),
        (507, "InsufficientStorage", TransientError, ErrorCode.STORE_UNAVAILABLE),
    ],
)
def test_answers_fall_into_their_family(
    status: int, code: str, family: type[CaptionAccError], expected: ErrorCode
) -> None:
    error = of_answer(answer(status, code), "read", "key")
    assert type(error) is family
    assert error.code is expected
    assert "key" in error.message


@pytest.mark.parametrize(
    ("raised", "family"),
    [
        (EndpointConnectionError(endpoint_url="http://x"), TransientError),
        (TimeoutError(), TransientError),
        (NoCredentialsError(), PermanentError),
    ],
)
def test_failures_without_an_answer(raised: Exception, family: type[CaptionAccError]) -> None:
    with pytest.raises(family), translated("read", "key"):
        raise raised


@pytest.mark.parametrize("raised", [FileNotFoundError("disk"), asyncio.CancelledError()])
def test_an_error_of_another_origin_passes_unchanged(raised: BaseException) -> None:
    with pytest.raises(type(raised)), translated("read", "key"):
        raise raised


def test_settings_come_from_the_environment() -> None:
    from captionacc_observability.settings import SettingsError, load

    environ = {
        "WASABI_ENDPOINT_URL": "http://127.0.0.1:1",
        "WASABI_ACCESS_KEY": "a",
        "WASABI_SECRET_KEY": "s",
        "WASABI_BUCKET": "b",
    }
    assert load(StoreSettings, environ).wasabi_region == "us-east-1"
    with pytest.raises(SettingsError, match="WASABI_SECRET_KEY is not set"):
        load(StoreSettings, environ | {"WASABI_SECRET_KEY": ""})
