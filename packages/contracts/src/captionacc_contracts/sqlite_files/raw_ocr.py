"""``raw-ocr.db.gz``: everything the OCR engine read in the full frames."""

import sqlite3
from collections.abc import Iterable
from pathlib import Path

import msgspec

from captionacc_contracts.sqlite_files import archive

SCHEMA_VERSION = 1
_SCHEMA = """
create table ocr_run (id integer primary key check (id = 1), engine text not null);
create table full_frame_ocr (
  frame_index integer not null,
  box_index integer not null,
  text text not null,
  confidence real not null check (confidence between 0 and 1),
  x real not null,
  y real not null,
  width real not null,
  height real not null,
  primary key (frame_index, box_index)
) without rowid;
"""


class OcrRow(msgspec.Struct, frozen=True, kw_only=True):
    """One box; ``x``, ``y``, ``width``, ``height`` in 0 to 1 of the picture, origin top left."""

    frame_index: int
    box_index: int
    text: str
    confidence: float
    x: float
    y: float
    width: float
    height: float


def write(path: Path, rows: Iterable[OcrRow], *, engine: str) -> None:
    """Write ``rows``; ``engine`` names the engine and its model, which may differ per file."""

    def fill(connection: sqlite3.Connection) -> None:
        connection.execute("insert into ocr_run values (1, ?)", (engine,))
        connection.executemany(
            "insert into full_frame_ocr values (?, ?, ?, ?, ?, ?, ?, ?)",
            (msgspec.structs.astuple(row) for row in rows),
        )

    archive.write(path, _SCHEMA, SCHEMA_VERSION, fill)


def read(path: Path) -> tuple[list[OcrRow], str]:
    """All rows in order of frame and box, and the engine.

    Raises:
        PermanentError: ``file_format_invalid``.
    """
    with archive.read(path, SCHEMA_VERSION) as connection:
        engine = str(connection.execute("select engine from ocr_run").fetchone()[0])
        rows = connection.execute("select * from full_frame_ocr order by frame_index, box_index")
        return [OcrRow(**dict(row)) for row in rows], engine
