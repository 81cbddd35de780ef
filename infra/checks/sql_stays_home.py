"""Fail when a module outside the homes of SQL contains an SQL statement.

SQL for Postgres belongs in ``packages/supabase-client`` and in the migrations. SQL for the SQLite
files that the web app opens belongs in the contracts. Tests, ``infra`` and benchmarks may contain
SQL.

Usage: ``infra/checks/sql_stays_home.py``.
"""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

SOURCES = ("packages", "services", "modal-apps", "cli")
HOMES = (
    "packages/supabase-client/src",
    "packages/contracts/src/captionacc_contracts/sqlite_files",
)
# A string counts as a statement only if it begins like one, so prose about SQL does not count.
STATEMENT = re.compile(
    r"""\A\s*(
        with\s+(recursive\s+)?\w+\s+as\b
        | select\b[\s\S]*\b(from|exists|pg_\w+|now)\b
        | insert\s+into\b
        | update\s+[\w.]+\s+(\w+\s+)?set\b
        | delete\s+from\b
        | (create|alter|drop)\s+(table|schema|index|database|role|user|function|type|view)\b
        | (listen|notify|truncate)\s+[\w.]+\s*;?\s*\Z
    )""",
    re.IGNORECASE | re.VERBOSE,
)


def statements(source: str) -> Iterator[int]:
    """Line numbers of the SQL statements in the text of a Python module."""
    for node in ast.walk(ast.parse(source)):
        if (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and STATEMENT.match(node.value)
        ):
            yield node.lineno


def found_in(root: Path) -> list[str]:
    """``path:line`` of every SQL statement outside the homes of SQL, below ``root``."""
    found = []
    for folder in SOURCES:
        for path in sorted((root / folder).rglob("*.py")):
            name = path.relative_to(root).as_posix()
            if name.startswith(HOMES) or "/tests/" in name:
                continue
            lines = statements(path.read_text(encoding="utf-8"))
            found += [f"{name}:{line}" for line in lines]
    return found


def main() -> None:
    """Check the repository that this file is part of."""
    found = found_in(Path(__file__).resolve().parents[2])
    if found:
        sys.stderr.write(
            f"SQL outside packages/supabase-client: {', '.join(found)}. Move each statement into a "
            "method of a repository in packages/supabase-client.\n"
        )
        raise SystemExit(1)


if __name__ == "__main__":
    main()
