"""No message that a person reads holds internals, whatever its code."""

import pytest
from captionacc_contracts.errors import ErrorCode
from captionacc_contracts.plain_messages import SENTENCES, plain_message

INTERNALS = (
    "The store has no object 'a0000000-0000-4000-8000-000000000000/client/videos/b/video.mp4'.",
    "The object store did not read 'x/server/videos/y/compute/8e06.result.json': gone.",
    "EndpointConnectionError",
    "The object store did not write 'k': ReadTimeout.",
    "An earlier call of /var/lib/captionacc/compute/8e06 does not end; end its process.",
    "see its output in /tmp/x.log.",
    "check WASABI_ACCESS_KEY, WASABI_SECRET_KEY and this machine's clock.",
    "postgresql://user:password@10.0.0.1/db",
    "no answer from 10.0.0.1",
    "int() argument failed in foo.bar(",
    "",
)
PLAIN = (
    "The file cannot be read as a video: its index is damaged.",
    "The video lasts 3 h 20 min, more than the 3 h allowed.",
    "2 of 5 captions do not exist in version 3 of the cropped frames; ask again.",
    "A permanent failure was asked for.",
    "A crop region needs a width and/or a height.",
)


@pytest.mark.parametrize("code", ErrorCode)
@pytest.mark.parametrize("message", INTERNALS)
def test_internals_are_replaced_by_the_sentence_of_the_code(code: ErrorCode, message: str) -> None:
    assert plain_message(code, message) == SENTENCES[code]


@pytest.mark.parametrize("code", ErrorCode)
def test_the_sentence_of_every_code_is_plain_itself(code: ErrorCode) -> None:
    assert plain_message(code, SENTENCES[code]) == SENTENCES[code]
    assert SENTENCES[code].endswith(".")


@pytest.mark.parametrize("message", PLAIN)
def test_a_message_without_internals_stays(message: str) -> None:
    assert plain_message(ErrorCode.VIDEO_UNREADABLE, message) == message
