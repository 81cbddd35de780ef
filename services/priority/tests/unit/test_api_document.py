from captionacc_priority.app import create_app
from captionacc_priority.settings import PrioritySettings
from captionacc_testkit.api_document import badly_described


def test_every_route_declares_its_operation_id_and_its_problems() -> None:
    faults = badly_described(create_app(PrioritySettings().policy()))

    assert not faults, "\n".join(faults)
