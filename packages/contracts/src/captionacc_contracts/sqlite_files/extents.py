"""``caption_frame_extents_vN.db.gz``: the pair predictions of one call."""

import sqlite3
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from uuid import UUID

import msgspec

from captionacc_contracts.frames.extents import (
    PairLabel,
    PairProbabilities,
    PairResult,
)
from captionacc_contracts.sqlite_files import archive

SCHEMA_VERSION = 1
_LABELS = ", ".join(f"'{label}'" for label in PairLabel)


def _direction(name: str) -> str:
    probabilities = ",\n  ".join(
        f"{name}_prob_{label} real not null check ({name}_prob_{label} between 0 and 1)"
        for label in PairLabel
    )
    return (
        f"{name}_predicted_label text not null check ({name}_predicted_label in ({_LABELS})),\n"
        f"  {name}_confidence real not null check ({name}_confidence between 0 and 1),\n"
        f"  {probabilities}"
    )


_SCHEMA = f"""
create table run_metadata (
  run_id text primary key,
  cropped_frames_version integer not null,
  model_version text not null,
  started_at text not null,
  completed_at text not null,
  total_pairs integer not null,
  processing_time_seconds real not null
);
create table pair_results (
  frame1_index integer not null,
  frame2_index integer not null check (frame1_index < frame2_index),
  {_direction("forward")},
  {_direction("backward")},
  primary key (frame1_index, frame2_index)
) without rowid;
"""


class RunMetadata(msgspec.Struct, frozen=True, kw_only=True):
    """``model_version`` is the digest of the weights and the rules of the model."""

    run_id: UUID
    cropped_frames_version: int
    model_version: str
    started_at: datetime
    completed_at: datetime
    total_pairs: int
    processing_time_seconds: float


def _columns(probabilities: PairProbabilities) -> tuple[str | float, ...]:
    label = probabilities.label
    return (
        label.value,
        probabilities.of(label),
        *(probabilities.of(each) for each in PairLabel),
    )


def write(path: Path, pairs: Iterable[PairResult], run: RunMetadata) -> None:
    """Write the pairs of one call."""

    def fill(connection: sqlite3.Connection) -> None:
        connection.execute(
            "insert into run_metadata values (?, ?, ?, ?, ?, ?, ?)",
            (
                str(run.run_id),
                run.cropped_frames_version,
                run.model_version,
                run.started_at.isoformat(),
                run.completed_at.isoformat(),
                run.total_pairs,
                run.processing_time_seconds,
            ),
        )
        connection.executemany(
            "insert into pair_results values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                (
                    pair.frame1_index,
                    pair.frame2_index,
                    *_columns(pair.forward),
                    *_columns(pair.backward),
                )
                for pair in pairs
            ),
        )

    archive.write(path, _SCHEMA, SCHEMA_VERSION, fill)


def read(path: Path) -> tuple[list[PairResult], RunMetadata]:
    """All pairs in order, and the metadata of their call.

    Raises:
        PermanentError: ``file_format_invalid``.
    """

    def probabilities(row: sqlite3.Row) -> PairProbabilities:
        return PairProbabilities(
            **{label.value: row[f"forward_prob_{label}"] for label in PairLabel}
        )

    with archive.read(path, SCHEMA_VERSION) as connection:
        pairs = [
            PairResult(
                frame1_index=row["frame1_index"],
                frame2_index=row["frame2_index"],
                forward=probabilities(row),
            )
            for row in connection.execute("select * from pair_results order by frame1_index")
        ]
        row = connection.execute("select * from run_metadata").fetchone()
        return pairs, msgspec.convert(dict(row), RunMetadata)


def read_presence(path: Path) -> str:
    """A digit per frame: how likely it has text, from 0 to 9.

    A frame is in up to two pairs; the one that is surer of text counts.

    Raises:
        PermanentError: ``file_format_invalid``.
    """
    with archive.read(path, SCHEMA_VERSION) as connection:
        rows = connection.execute(
            """
            select frame_index, min(9, cast(max(likely) * 10 as integer)) from (
              select frame1_index as frame_index,
                forward_prob_same + forward_prob_different + forward_prob_valid_empty as likely
              from pair_results
              union all
              select frame2_index,
                forward_prob_same + forward_prob_different + forward_prob_empty_valid
              from pair_results
            ) group by frame_index order by frame_index
            """
        ).fetchall()
    levels = ["0"] * (rows[-1][0] + 1 if rows else 0)
    for index, level in rows:
        levels[index] = str(level)
    return "".join(levels)
