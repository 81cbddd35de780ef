"""``captionacc-healthcheck URL``: exit 0 when the URL answers 200, for container health checks."""

import sys
import urllib.error
import urllib.request


def main() -> None:
    """GET the URL that the command line names; exit 0 for 200, 1 otherwise, 2 for wrong usage."""
    if len(sys.argv) != 2 or not sys.argv[1].startswith(("http://", "https://")):
        sys.stderr.write("usage: captionacc-healthcheck URL\n")
        raise SystemExit(2)
    try:
        # The scheme was checked above.
        with urllib.request.urlopen(sys.argv[1], timeout=3) as answer:  # noqa: S310
            healthy = answer.status == 200
    except (urllib.error.URLError, TimeoutError, OSError) as error:
        sys.stderr.write(f"{sys.argv[1]}: {error}\n")
        raise SystemExit(1) from error
    raise SystemExit(0 if healthy else 1)
