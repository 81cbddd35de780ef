"""The page about limits says who may call each route, and every route has a guard or a reason."""

from pathlib import Path

from captionacc_contracts.roles import Role

from infra.checks.roles_table import OPEN, PAGE, callers, page

ROOT = Path(__file__).parents[2]
# Probes and metrics hold no tenant's data.
WITHOUT_GUARD = {
    ("GET", "/"),
    ("GET", "/favicon.ico"),
    ("GET", "/health/live"),
    ("GET", "/health/ready"),
    ("GET", "/metrics"),
    # The code of a sign-in link is its own proof.
    ("POST", "/sign-in"),
}
# A link to oneself changes nothing of a tenant.
BY_VIEWERS = {
    ("POST", "/sign-in-links"),
    # Who only looks is shown to the others too.
    ("PUT", "/videos/{video_id}/visits/{tab}"),
    ("DELETE", "/videos/{video_id}/visits/{tab}"),
}


def test_the_page_says_who_may_call_each_route() -> None:
    present = (ROOT / PAGE).read_text("utf-8")
    assert present == page(present), (
        "docs/limits.md is stale: run .venv/bin/python -m infra.checks.roles_table"
    )


def test_every_route_has_a_guard_unless_it_shows_nothing_of_a_tenant() -> None:
    assert {route for route, caller in callers().items() if caller == OPEN} == WITHOUT_GUARD


def test_a_viewer_may_change_nothing() -> None:
    assert not [
        route
        for route, caller in callers().items()
        if caller == Role.VIEWER and route[0] not in ("GET", "HEAD") and route not in BY_VIEWERS
    ]
