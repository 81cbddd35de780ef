"""Fail when uv.lock names a package index other than the public one.

Usage: ``infra/checks/check_lock.py uv.lock``.
"""

import re
import sys
from pathlib import Path

PUBLIC = ("https://pypi.org/", "https://files.pythonhosted.org/")


def main() -> None:
    """Check the lock file given on the command line."""
    lock = Path(sys.argv[1]).read_text(encoding="utf-8")
    foreign = sorted(
        {
            address
            for address in re.findall(r'(?:registry|url) = "([^"]+)"', lock)
            if not address.startswith(PUBLIC)
        }
    )
    if foreign:
        sys.stderr.write(
            f"uv.lock names other package indexes: {', '.join(foreign)}."
            " Run uv lock with the public index.\n"
        )
        raise SystemExit(1)


if __name__ == "__main__":
    main()
