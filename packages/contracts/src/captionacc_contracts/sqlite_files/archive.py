"""Write and read one gzipped SQLite database; every file carries its schema version."""

import gzip
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from captionacc_contracts.errors import ErrorCode, PermanentError

_SCHEMA_VERSION_TABLE = """
create table database_metadata (
  id integer primary key check (id = 1),
  schema_version integer not null
);
"""


def write(
    path: Path, schema: str, schema_version: int, fill: Callable[[sqlite3.Connection], None]
) -> None:
    """Make a new database with ``schema``, let ``fill`` insert its rows, gzip it to ``path``.

    ``path`` appears whole or not at all, and equal rows give equal bytes.
    """
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        plain = Path(folder) / "plain.db"
        with closing(sqlite3.connect(plain)) as connection:
            connection.executescript(_SCHEMA_VERSION_TABLE + schema)
            connection.execute("insert into database_metadata values (1, ?)", (schema_version,))
            fill(connection)
            connection.commit()
            connection.execute("vacuum")
        packed = Path(folder) / "packed"
        with (
            plain.open("rb") as source,
            packed.open("wb") as target,
            gzip.GzipFile(filename="", fileobj=target, mode="wb", compresslevel=6, mtime=0) as out,
        ):
            shutil.copyfileobj(source, out)
        packed.replace(path)


@contextmanager
def read(path: Path, schema_version: int) -> Iterator[sqlite3.Connection]:
    """A read-only connection to the database in ``path``.

    Raises:
        PermanentError: ``file_format_invalid`` when the file is not a gzipped database of this
            version.
    """
    with tempfile.TemporaryDirectory() as folder:
        plain = Path(folder) / "plain.db"
        try:
            with gzip.open(path, "rb") as source, plain.open("wb") as target:
                shutil.copyfileobj(source, target)
            with closing(sqlite3.connect(f"file:{plain}?mode=ro", uri=True)) as connection:
                found = connection.execute(
                    "select schema_version from database_metadata"
                ).fetchone()
                if found != (schema_version,):
                    raise PermanentError(
                        ErrorCode.FILE_FORMAT_INVALID,
                        f"{path.name} has schema version {found}, expected {schema_version}.",
                    )
                connection.row_factory = sqlite3.Row
                yield connection
        except (OSError, EOFError, sqlite3.DatabaseError) as error:
            raise PermanentError(
                ErrorCode.FILE_FORMAT_INVALID, f"{path.name} is not a readable database: {error}"
            ) from error
