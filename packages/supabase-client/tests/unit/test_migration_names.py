"""Names of migrations: both migrate and Supabase's command must read the same version from them."""

from pathlib import Path

import pytest
from captionacc_stack.backing import migrations_directory
from captionacc_supabase.applied_migrations import MigrationError, read_files


def test_our_files_have_names_for_both_and_the_schema_comes_first() -> None:
    assert read_files(migrations_directory())[0].name == "0000_schema.sql"


@pytest.mark.parametrize("name", ["tables.sql", "12_tables.sql", "0012-tables.sql", "0012_.sql"])
def test_another_name_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / name).touch()
    with pytest.raises(MigrationError, match=f"{name} is not a name for a migration"):
        read_files(tmp_path)


def test_two_files_of_one_version_are_refused(tmp_path: Path) -> None:
    (tmp_path / "0012_here.sql").touch()
    (tmp_path / "0012_there.sql").touch()
    with pytest.raises(MigrationError, match="have the same version"):
        read_files(tmp_path)


def test_parts_of_the_name(tmp_path: Path) -> None:
    (tmp_path / "0012_two_words.sql").write_text("select 1;")
    (file,) = read_files(tmp_path)
    assert (file.version, file.title, file.sql) == ("0012", "two_words", "select 1;")
