"""``layout.db.gz``: boxes for the layout page and the suggested crop region."""

import sqlite3
from collections.abc import Sequence
from pathlib import Path

import msgspec

from captionacc_contracts.frames.geometry import CropRegion
from captionacc_contracts.frames.tracks import (
    FIRST_TRACK,
    AnchorType,
    SuggestedTrack,
    WritingDirection,
)
from captionacc_contracts.sqlite_files import archive

SCHEMA_VERSION = 1
_SCHEMA = """
create table boxes (
  frame_index integer not null,
  box_index integer not null,
  bbox_left real not null,
  bbox_top real not null,
  bbox_right real not null,
  bbox_bottom real not null,
  text text not null,
  label text check (label in ('in', 'out', 'clear')),
  predicted_label text not null check (predicted_label in ('in', 'out')),
  predicted_confidence real not null check (predicted_confidence between 0 and 1),
  primary key (frame_index, box_index)
) without rowid;
create table layout_config (
  id integer primary key check (id = 1),
  frame_width integer not null,
  frame_height integer not null,
  crop_left real,
  crop_top real,
  crop_right real,
  crop_bottom real,
  anchor_type text check (anchor_type in ('left', 'center', 'right')),
  anchor_position real,
  vertical_center real
);
create table tracks (
  track integer primary key,
  crop_left real not null,
  crop_top real not null,
  crop_right real not null,
  crop_bottom real not null,
  anchor_type text not null check (anchor_type in ('left', 'center', 'right')),
  anchor_position real not null,
  direction text not null check (direction in ('horizontal', 'vertical')),
  confidence real not null check (confidence between 0 and 1)
);
create table preferences (
  id integer primary key check (id = 1),
  layout_approved integer not null default 0 check (layout_approved in (0, 1))
);
"""


class LayoutBox(msgspec.Struct, frozen=True, kw_only=True):
    """A text box in 0 to 1 of the picture, origin top left.

    ``predicted_label`` is ``in`` for caption text, ``out`` for anything else; ``label`` is
    set by a person and null when the file is made.
    """

    frame_index: int
    box_index: int
    bbox_left: float
    bbox_top: float
    bbox_right: float
    bbox_bottom: float
    text: str
    label: str | None
    predicted_label: str
    predicted_confidence: float


class LayoutConfig(msgspec.Struct, frozen=True, kw_only=True):
    """Suggested layout: the tracks that were found, surest first.

    The table ``layout_config`` repeats the first track for readers that know one region only.
    """

    frame_width: int
    frame_height: int
    tracks: list[SuggestedTrack] = []


def write(path: Path, boxes: Sequence[LayoutBox], config: LayoutConfig) -> None:
    """Write a layout that is not approved yet."""

    def fill(connection: sqlite3.Connection) -> None:
        connection.executemany(
            "insert into boxes values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (msgspec.structs.astuple(box) for box in boxes),
        )
        connection.execute(
            "insert into layout_config values (1, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (config.frame_width, config.frame_height, *_first_track(config)),
        )
        connection.executemany(
            "insert into tracks values (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                (
                    number,
                    *msgspec.structs.astuple(track.crop_region),
                    track.anchor_type,
                    track.anchor_position,
                    track.direction,
                    track.confidence,
                )
                for number, track in enumerate(config.tracks, FIRST_TRACK)
            ),
        )
        connection.execute("insert into preferences (id) values (1)")

    archive.write(path, _SCHEMA, SCHEMA_VERSION, fill)


def read(path: Path) -> tuple[list[LayoutBox], LayoutConfig]:
    """All boxes in order, and the configuration.

    Raises:
        PermanentError: ``file_format_invalid``.
    """
    with archive.read(path, SCHEMA_VERSION) as connection:
        boxes = [
            LayoutBox(**dict(row))
            for row in connection.execute("select * from boxes order by frame_index, box_index")
        ]
        row = connection.execute("select * from layout_config").fetchone()
        tracks = connection.execute("select * from tracks order by track")
        config = LayoutConfig(
            frame_width=row["frame_width"],
            frame_height=row["frame_height"],
            tracks=[_track(row) for row in tracks],
        )
        return boxes, config


def _first_track(config: LayoutConfig) -> tuple[str | float | None, ...]:
    """Edges of the region, anchor type, anchor position and vertical centre of the first track."""
    if not config.tracks:
        return (None,) * 7
    track = config.tracks[0]
    region = track.crop_region
    centre = round((region.crop_top + region.crop_bottom) / 2, 4)
    edges = msgspec.structs.astuple(region)
    return *edges, track.anchor_type, track.anchor_position, centre


def _track(row: sqlite3.Row) -> SuggestedTrack:
    return SuggestedTrack(
        crop_region=CropRegion(
            crop_left=row["crop_left"],
            crop_top=row["crop_top"],
            crop_right=row["crop_right"],
            crop_bottom=row["crop_bottom"],
        ),
        anchor_type=AnchorType(row["anchor_type"]),
        anchor_position=row["anchor_position"],
        direction=WritingDirection(row["direction"]),
        confidence=row["confidence"],
    )
