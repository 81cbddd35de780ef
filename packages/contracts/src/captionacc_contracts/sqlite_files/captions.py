"""``captions.db.gz``: a snapshot of a video's captions for the web app, derived from Postgres.

Older files lack the columns that came later: ``track``, ``version``, ``text_notes``, the exact
times and who edited the row. They have the same schema version: older readers ignore these columns,
and readers of this version take their defaults.
"""

import sqlite3
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec

from captionacc_contracts.captions import StoredCaption
from captionacc_contracts.sqlite_files import archive

SCHEMA_VERSION = 1
_SCHEMA = """
create table captions (
  id integer primary key,
  version integer not null default 1,
  track integer not null default 1,
  start_frame_index integer not null,
  end_frame_index integer not null check (end_frame_index >= start_frame_index),
  caption_frame_extents_state text not null
    check (caption_frame_extents_state in ('predicted', 'confirmed', 'gap')),
  confidence real not null,
  text text,
  text_status text,
  text_notes text,
  caption_ocr text,
  caption_ocr_confidence real,
  caption_ocr_status text
    check (caption_ocr_status in ('queued', 'processing', 'completed', 'error')),
  caption_ocr_error text,
  start_seconds real,
  end_seconds real,
  text_edited integer not null default 0,
  edited_by text,
  edited_at text
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
            map(msgspec.to_builtins, rows),
        )

    archive.write(path, _SCHEMA, SCHEMA_VERSION, fill)


def read(path: Path) -> list[StoredCaption]:
    """All rows in the order of their frames, and of their tracks where these begin together.

    Raises:
        PermanentError: ``file_format_invalid``.
    """
    with archive.read(path, SCHEMA_VERSION) as connection:
        found = connection.execute("select * from captions").fetchall()
    captions = [_caption(dict(row)) for row in found]
    return sorted(captions, key=lambda caption: (caption.start_frame, caption.track))


def _caption(row: dict[str, Any]) -> StoredCaption:
    found = {name: row[column] for name, column in _COLUMN_OF.items() if column in row}
    # SQLite has no booleans.
    return msgspec.convert(found, StoredCaption, strict=False)
