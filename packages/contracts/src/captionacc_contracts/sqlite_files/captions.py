"""``captions.db.gz``: a snapshot of a video's captions for the web app, derived from Postgres."""

import sqlite3
from collections.abc import Iterable
from pathlib import Path

import msgspec

from captionacc_contracts.sqlite_files import archive

SCHEMA_VERSION = 1
_SCHEMA = """
create table captions (
  id integer primary key,
  start_frame_index integer not null,
  end_frame_index integer not null check (end_frame_index >= start_frame_index),
  caption_frame_extents_state text not null
    check (caption_frame_extents_state in ('predicted', 'confirmed', 'gap')),
  confidence real not null,
  text text,
  text_status text,
  caption_ocr text,
  caption_ocr_confidence real,
  caption_ocr_status text
    check (caption_ocr_status in ('queued', 'processing', 'completed', 'error')),
  caption_ocr_error text
);
"""


class CaptionRow(msgspec.Struct, frozen=True, kw_only=True):
    """One caption or gap; ``end_frame_index`` is inclusive. Rows tile ``[0, frame_count)``."""

    id: int
    start_frame_index: int
    end_frame_index: int
    caption_frame_extents_state: str
    confidence: float
    text: str | None = None
    text_status: str | None = None
    caption_ocr: str | None = None
    caption_ocr_confidence: float | None = None
    caption_ocr_status: str | None = None
    caption_ocr_error: str | None = None


def write(path: Path, rows: Iterable[CaptionRow]) -> None:
    """Write a snapshot."""

    def fill(connection: sqlite3.Connection) -> None:
        connection.executemany(
            "insert into captions values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (msgspec.structs.astuple(row) for row in rows),
        )

    archive.write(path, _SCHEMA, SCHEMA_VERSION, fill)


def read(path: Path) -> list[CaptionRow]:
    """All rows in order of start.

    Raises:
        PermanentError: ``file_format_invalid``.
    """
    with archive.read(path, SCHEMA_VERSION) as connection:
        rows = connection.execute("select * from captions order by start_frame_index")
        return [CaptionRow(**dict(row)) for row in rows]
