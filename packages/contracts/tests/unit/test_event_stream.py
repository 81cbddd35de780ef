from captionacc_contracts.events import EventKind
from captionacc_contracts.web.event_stream import DATA_OF_KIND


def test_the_api_document_describes_each_kind_of_event() -> None:
    missing = set(EventKind) - set(DATA_OF_KIND)

    assert not missing, (
        f"{sorted(missing)}: add a struct of the event's data to DATA_OF_KIND in "
        "captionacc_contracts/web/event_stream.py."
    )
