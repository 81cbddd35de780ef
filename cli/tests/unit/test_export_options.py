import argparse
import csv
import io
from collections.abc import Callable

import pytest
from captionacc_cli.command_line import arguments as cli
from captionacc_cli.command_line.video_arguments import FORMATS, STRIPS
from captionacc_cli.command_line.video_commands import _format
from captionacc_cli.exporting.options import query_of
from captionacc_cli.exporting.strips import index_of, strip_names
from captionacc_contracts.captions import CaptionView
from captionacc_exports.formats import ExportFormat
from captionacc_exports.options import EVERYTHING, ExportOptions

MakeRow = Callable[..., CaptionView]


def parsed(*arguments: str) -> argparse.Namespace:
    return cli.parser().parse_args(["export", "holiday.mp4", *arguments])


def test_the_command_offers_every_format_of_the_gateway() -> None:
    assert set(FORMATS) == {*ExportFormat, STRIPS}


@pytest.mark.parametrize(
    ("arguments", "chosen"),
    [
        ([], "srt"),
        (["--format", "ass"], "ass"),
        (["-o", "a.VTT"], "vtt"),
        (["-o", "a.truth.json"], "truth.json"),
        (["-o", "a.json"], "json"),
        (["-o", "a.mp4"], "srt"),
        (["-o", "a.json", "--format", "csv"], "csv"),
    ],
)
def test_the_format_is_the_named_one_or_that_of_the_file(arguments: list[str], chosen: str) -> None:
    assert _format(parsed(*arguments)) == chosen


def test_only_what_is_asked_for_is_in_the_query() -> None:
    assert query_of(EVERYTHING) == {}
    options = ExportOptions(only_confirmed=True, track=2, offset_seconds=-1.5, bom=True)
    assert query_of(options) == {
        "confirmed": "true",
        "track": "2",
        "offset": "-1.5",
        "bom": "true",
    }


@pytest.mark.parametrize(
    "wrong",
    [["--offset", "nan"], ["--track", "0"], ["--format", "doc"], ["-o", "not/there/"]],
)
def test_a_wrong_option_is_wrong_usage(wrong: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        parsed(*wrong)
    assert ended.value.code == 2


def test_a_strip_is_named_by_its_number_time_and_track(row: MakeRow) -> None:
    captions = [row(start_seconds=62.5), row(start_seconds=3661.25, track=2)]
    assert strip_names(captions, 0.0) == [
        "0001_00-01-02.500_track1.png",
        "0002_01-01-01.250_track2.png",
    ]
    assert strip_names(captions[:1], 1.25) == ["0001_00-01-03.750_track1.png"]


def test_the_index_of_strips_has_a_row_per_picture(row: MakeRow) -> None:
    captions = [
        row(text='Say "a, b"\nand c', start_seconds=1.0),
        row(text="Text 2", start_seconds=2.0),
    ]
    names = strip_names(captions, 1.0)
    rows = list(csv.DictReader(io.StringIO(index_of(names, captions, 1.0))))
    assert [each["picture"] for each in rows] == names
    assert [each["text"] for each in rows] == ['Say "a, b"\nand c', "Text 2"]
    assert [each["start_seconds"] for each in rows] == ["2.000", "3.000"]
