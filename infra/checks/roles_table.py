"""Writes the table of routes and roles in ``docs/limits.md`` from the guards of the gateway.

Run from the root of the checkout: ``.venv/bin/python -m infra.checks.roles_table``.
"""

from pathlib import Path

from captionacc_contracts.roles import Role
from captionacc_webhook_gateway.routes.guards import (
    RoleGuard,
    require_database,
    require_operator,
)
from litestar.handlers import HTTPRouteHandler
from litestar.routes import HTTPRoute

from infra.checks.openapi import gateway

PAGE = Path("docs/limits.md")
BEGIN, END = "<!-- generated: routes and roles -->\n", "<!-- end of generated part -->\n"
# Litestar's own pages: the API documentation, which holds no tenant's data.
_DOCUMENTATION = "/schema"
OPEN = "everybody"
"""Callers of a route without a guard."""


def callers() -> dict[tuple[str, str], str]:
    """Return who may call each route of the gateway, by method and path."""
    return {
        (method, route.path_format): _caller(handler, method)
        for route in gateway().routes
        if isinstance(route, HTTPRoute) and not route.path.startswith(_DOCUMENTATION)
        for handler in route.route_handlers
        for method in sorted(handler.http_methods)
        if method != "OPTIONS"
    }


def _caller(handler: HTTPRouteHandler, method: str) -> str:
    guards = handler.resolve_guards()
    if require_operator in guards:
        return "operators of this service"
    if require_database in guards:
        return "the database, by the secret of its webhook"
    roles = [guard.role_for(method) for guard in guards if isinstance(guard, RoleGuard)]
    return max(roles, key=list(Role).index).value if roles else OPEN


def table() -> str:
    """The generated part of the page."""
    rows = [
        f"| `{method} {path}` | {caller} |\n"
        for (method, path), caller in sorted(callers().items(), key=lambda item: item[0][::-1])
    ]
    return "| route | lowest role |\n|---|---|\n" + "".join(rows)


def page(present: str) -> str:
    """Return the text of the page with the present table in it."""
    before, _, rest = present.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}{table()}{END}{after}"


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text("utf-8")), "utf-8")
