"""The API's documentation page: the OpenAPI document as plain HTML, without scripts or a CDN."""

import html
import json
from typing import Any

from litestar import Request
from litestar.openapi.plugins import OpenAPIRenderPlugin

_STYLE = (
    "body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}"
    "code,pre{font:13px/1.4 ui-monospace,monospace}pre{background:#f4f4f4;padding:.7rem;"
    "overflow:auto}summary{cursor:pointer}b{display:inline-block;min-width:4rem}"
    "details{border-top:1px solid #ddd;padding:.4rem 0}"
)


class DocsPage(OpenAPIRenderPlugin):
    """Renders each route with its parameters, body and answers, and all schemas."""

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        info = openapi_schema["info"]
        title = html.escape(info["title"])
        json_path = html.escape(self.get_openapi_json_route(request))
        operations = "".join(
            _operation(method, path, operation)
            for path, methods in openapi_schema.get("paths", {}).items()
            for method, operation in methods.items()
            if isinstance(operation, dict)
        )
        schemas = "".join(
            _details(f"<code>{html.escape(name)}</code>", _pre(schema))
            for name, schema in openapi_schema.get("components", {}).get("schemas", {}).items()
        )
        return (
            f"<!doctype html><html lang=en><meta charset=utf-8><title>{title}</title>"
            f"<style>{_STYLE}</style><h1>{title} {html.escape(info['version'])}</h1>"
            f"<p>{html.escape(info.get('description') or '')} "
            f"<a href='{json_path}'>OpenAPI document</a></p>"
            f"<h2>Routes</h2>{operations}<h2>Schemas</h2>{schemas}</html>"
        ).encode()


def _operation(method: str, path: str, operation: dict[str, Any]) -> str:
    summary = html.escape(operation.get("summary") or "")
    shown = {
        key: operation[key]
        for key in ("parameters", "requestBody", "responses")
        if operation.get(key)
    }
    description = html.escape(operation.get("description") or "")
    return _details(
        f"<b>{html.escape(method.upper())}</b><code>{html.escape(path)}</code> {summary}",
        f"<p>{description}</p>{_pre(shown)}",
    )


def _details(summary: str, body: str) -> str:
    return f"<details><summary>{summary}</summary>{body}</details>"


def _pre(value: object) -> str:
    return f"<pre>{html.escape(json.dumps(value, indent=2, default=str))}</pre>"
