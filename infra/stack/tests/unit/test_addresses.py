import socket

from captionacc_stack import addresses


def chosen_while_taken(name: str, ports: dict[str, int]) -> dict[str, int]:
    """The ports chosen after ``ports`` while another server listens on the port of ``name``."""
    with socket.socket() as taken:
        taken.bind((addresses.HOST, ports[name]))
        taken.listen()
        return addresses.choose(ports)


def test_all_servers_get_different_free_ports() -> None:
    ports = addresses.choose({})
    assert set(ports) == set(addresses.SINGLE) | set(addresses.SWIFT)
    assert len(set(ports.values())) == len(ports)


def test_known_ports_are_kept_while_free() -> None:
    ports = addresses.choose({})
    assert addresses.choose(ports) == ports


def test_a_taken_port_is_replaced_and_the_others_kept() -> None:
    ports = addresses.choose({})
    again = chosen_while_taken("prefect", ports)
    assert again["prefect"] != ports["prefect"]
    assert {k: v for k, v in again.items() if k != "prefect"} == {
        k: v for k, v in ports.items() if k != "prefect"
    }


def test_the_ports_of_the_store_change_together() -> None:
    ports = addresses.choose({})
    again = chosen_while_taken("swift-object", ports)
    assert not {again[name] for name in addresses.SWIFT} & {ports["swift-object"]}
    assert again["postgres"] == ports["postgres"]
