"""``captions.db.gz``: a snapshot of a video's captions for the web app, derived from Postgres.

Files from before there were tracks lack the column ``track``. They have the same schema version:
older readers ignore the column, and readers of this version take its default.
"""

import sqlite3
from collections.abc import Iterable
from pathlib import Path

import msgspec

from captionacc_contracts.captions import StoredCaption
from captionacc_contracts.frames.tracks import FIRST_TRACK
from captionacc_contracts.sqlite_files import archive

SCHEMA_VERSION = 1
_SCHEMA = """
create table captions (
  id integer primary key,
  track integer not null default 1,
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


# The web app knows these columns by older names.
_COLUMN_OF = {name: name for name in StoredCaption.__struct_fields__} | {
    "start_frame": "start_frame_index",
    "end_frame": "end_frame_index",
    "state": "caption_frame_extents_state",
}


def write(path: Path, rows: Iterable[StoredCaption]) -> None:
    """Write a snapshot; the rows of each track tile ``[0, frame_count)``."""
    columns = ", ".join(_COLUMN_OF.values())
    places = ", ".join(f":{name}" for name in _COLUMN_OF)

    def fill(connection: sqlite3.Connection) -> None:
        connection.executemany(
            f"insert into captions ({columns}) values ({places})",  # noqa: S608  our own names
            ({name: getattr(row, name) for name in _COLUMN_OF} for row in rows),
        )

    archive.write(path, _SCHEMA, SCHEMA_VERSION, fill)


def read(path: Path) -> list[StoredCaption]:
    """All rows in the order of their frames, and of their tracks where these begin together.

    Raises:
        PermanentError: ``file_format_invalid``.
    """
    with archive.read(path, SCHEMA_VERSION) as connection:
        found = connection.execute("select * from captions").fetchall()
    rows = [{"track": FIRST_TRACK, **dict(row)} for row in found]
    captions = [
        msgspec.convert({name: row[_COLUMN_OF[name]] for name in _COLUMN_OF}, StoredCaption)
        for row in rows
    ]
    return sorted(captions, key=lambda caption: (caption.start_frame, caption.track))
