"""Write Swift's three ring files for one device; run as a separate program.

Swift changes the interpreter that imports it, so our other processes never import it.
"""

import sys
from pathlib import Path

from swift.common.ring import RingBuilder  # type: ignore[import-untyped]

# Sixteen partitions: few folders, since all of them are on one device.
PART_POWER = 4
KINDS = ("account", "container", "object")


def main(arguments: list[str]) -> None:
    """``FOLDER ACCOUNT_PORT CONTAINER_PORT OBJECT_PORT``"""
    folder, *ports = arguments
    for kind, port in zip(KINDS, ports, strict=True):
        builder = RingBuilder(PART_POWER, 1, 0)
        builder.add_dev(
            {
                "id": 0,
                "region": 1,
                "zone": 1,
                "ip": "127.0.0.1",
                "port": int(port),
                "replication_ip": "127.0.0.1",
                "replication_port": int(port),
                "device": "device",
                "weight": 1.0,
                "meta": "",
            }
        )
        builder.rebalance(seed=1)
        builder.get_ring().save(str(Path(folder) / f"{kind}.ring.gz"))


if __name__ == "__main__":
    main(sys.argv[1:])
