"""The check that keeps SQL in its homes finds statements and ignores prose."""

import runpy
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CHECK = runpy.run_path(str(ROOT / "infra/checks/sql_stays_home.py"))


@pytest.mark.parametrize(
    "sql",
    [
        "select id from captionacc.jobs",
        "\n    update captionacc.jobs set state = $1\n",
        "insert into t values (1)",
        "delete from captionacc.jobs",
        "with held as (select 1) select * from held",
        "select pg_try_advisory_xact_lock($1)",
        "select now()",
        "listen jobs",
    ],
)
def test_statement_is_found(sql: str, tmp_path: Path) -> None:
    module = tmp_path / "services/one/src/one.py"
    module.parent.mkdir(parents=True)
    module.write_text(f"SQL = {sql!r}\n")

    assert CHECK["found_in"](tmp_path) == ["services/one/src/one.py:1"]


@pytest.mark.parametrize(
    "prose", ["Select the best job.", "Update the row, then settle.", "Listen for payloads."]
)
def test_prose_is_not_a_statement(prose: str) -> None:
    assert list(CHECK["statements"](f"'''{prose}'''")) == []


@pytest.mark.parametrize(
    "home",
    [
        "packages/supabase-client/src/captionacc_supabase/jobs.py",
        "packages/contracts/src/captionacc_contracts/sqlite_files/captions.py",
        "services/one/tests/unit/test_one.py",
    ],
)
def test_home_and_tests_may_hold_sql(home: str, tmp_path: Path) -> None:
    module = tmp_path / home
    module.parent.mkdir(parents=True)
    module.write_text("SQL = 'select id from captionacc.jobs'\n")

    assert CHECK["found_in"](tmp_path) == []


def test_repository_passes() -> None:
    assert CHECK["found_in"](ROOT) == []
