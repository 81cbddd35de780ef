"""Generate the pages that list every setting, from the settings structs.

``python -m infra.checks.configuration_pages``, run in the root of the repository, writes
``docs/configuration.md`` and ``.env.example``. With ``--check`` it writes nothing and exits 1 when
a page is stale. A test runs the check.
"""

import sys
from pathlib import Path

import msgspec
from captionacc_flow_worker.settings import WorkerSettings
from captionacc_modal.settings import ComputeSettings
from captionacc_observability.settings import variable_of
from captionacc_priority.settings import PrioritySettings
from captionacc_supabase.settings import MigrateSettings
from captionacc_wasabi.settings import StoreSettings
from captionacc_webhook_gateway.settings import GatewaySettings

SETTINGS: dict[str, tuple[type[msgspec.Struct], ...]] = {
    "webhook-gateway": (GatewaySettings, StoreSettings),
    "priority": (PrioritySettings,),
    "flow-worker": (WorkerSettings, StoreSettings),
    "captionacc-migrate": (MigrateSettings,),
    "compute functions (Modal secrets, or local processes)": (ComputeSettings,),
}
_SECRET_MARKS = ("SECRET", "AUTH_STRING", "CREDENTIALS", "ACCESS_KEY", "DB_URL", "DIRECT_URL")

_INTRODUCTION = """# Configuration

Environment variables configure every service. A service checks them when it starts; when a variable
is missing or malformed, it names the variable and exits with status 2. Secrets have no defaults.

This page is generated from the settings structs. After you change a setting, run
`.venv/bin/python -m infra.checks.configuration_pages`.
"""


def _described(field: msgspec.structs.FieldInfo) -> tuple[str, str]:
    for meta in getattr(field.type, "__metadata__", ()):
        if isinstance(meta, msgspec.Meta):
            return meta.description or "", str((meta.examples or [""])[0])
    return "", ""


def _default(field: msgspec.structs.FieldInfo) -> str:
    if field.required:
        return ""
    value = field.default
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value)


def markdown() -> str:
    """The text of ``docs/configuration.md``."""
    parts = [_INTRODUCTION]
    for service, kinds in SETTINGS.items():
        parts.append(f"\n## {service}\n\n| variable | default | meaning |\n|---|---|---|\n")
        for kind in kinds:
            for field in msgspec.structs.fields(kind):
                description, example = _described(field)
                default = "**required**" if field.required else f"`{_default(field)}`"
                shown = description + (f" Example: `{example}`." if example else "")
                parts.append(
                    f"| `{variable_of(field.name)}` | {default.replace('``', '')} | {shown} |\n"
                )
    return "".join(parts)


def environment_example() -> str:
    """The text of ``.env.example``: each variable once, only required variables uncommented."""
    seen: set[str] = set()
    lines = [
        "# Copy this file to .env and fill it in. Lines that stay commented out keep their default."
    ]
    for service, kinds in SETTINGS.items():
        lines.append(f"\n# {service}")
        for kind in kinds:
            for field in msgspec.structs.fields(kind):
                variable = variable_of(field.name)
                if variable in seen:
                    continue
                seen.add(variable)
                description, example = _described(field)
                secret = any(mark in variable for mark in _SECRET_MARKS)
                value = "" if secret else example or _default(field)
                lines.append(f"# {description}")
                lines.append(f"{'' if field.required else '# '}{variable}={value}")
    return "\n".join(lines) + "\n"


def main(arguments: list[str]) -> int:
    """Write or check both pages below the current directory; returns the exit status."""
    pages = {
        Path("docs/configuration.md"): markdown(),
        Path(".env.example"): environment_example(),
    }
    if arguments == ["--check"]:
        stale = [str(path) for path, text in pages.items() if path.read_text("utf-8") != text]
        if stale:
            sys.stderr.write(
                f"Stale: {', '.join(stale)}. Run python -m infra.checks.configuration_pages.\n"
            )
        return 1 if stale else 0
    for path, text in pages.items():
        path.write_text(text, encoding="utf-8")
        sys.stdout.write(f"wrote {path}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
