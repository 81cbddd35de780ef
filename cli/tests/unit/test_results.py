from pathlib import Path

import pytest
from captionacc_cli.results.files import write_files
from captionacc_cli.results.folders import ResultFolder, holds_results
from captionacc_cli.results.summary import forecast_line
from captionacc_cli.results.timings import merged
from captionacc_contracts.work.cost import CostLine
from captionacc_contracts.work.forecast import JobForecast


def test_cost_lines_of_one_item_are_summed() -> None:
    lines = [
        CostLine(item="ocr", quantity=2, unit="image", usd=0.003),
        CostLine(item="cpu", quantity=1, unit="core_second", usd=0.1),
        CostLine(item="ocr", quantity=3, unit="image", usd=0.0045),
    ]
    assert [(line.item, line.quantity, line.usd) for line in merged(lines)] == [
        ("ocr", 5, 0.0075),
        ("cpu", 1, 0.1),
    ]


def test_a_file_that_cannot_be_written_leaves_no_partial_file(tmp_path: Path) -> None:
    with pytest.raises(UnicodeEncodeError):
        write_files(ResultFolder(path=tmp_path), {"captions.srt": "1", "report.html": "\udce9"})
    assert [path.name for path in tmp_path.iterdir()] == ["captions.srt"]


def test_results_that_cannot_be_written_leave_no_folder(tmp_path: Path) -> None:
    with pytest.raises(UnicodeEncodeError):
        write_files(ResultFolder(path=tmp_path / "a" / "out"), {"report.html": "\udce9"})
    assert not (tmp_path / "a" / "out").exists()


def test_results_go_into_the_next_free_folder(tmp_path: Path) -> None:
    folder = ResultFolder(path=tmp_path / "film-captions", numbered=True)
    written = [write_files(folder, {"captions.srt": text}) for text in ("1", "2", "3")]
    assert [path.name for path in written] == [
        "film-captions",
        "film-captions-2",
        "film-captions-3",
    ]
    assert [(path / "captions.srt").read_text() for path in written] == ["1", "2", "3"]


def test_a_folder_is_overwritten_only_when_it_is_named(tmp_path: Path) -> None:
    folder = ResultFolder(path=tmp_path / "out")
    assert not holds_results(folder.path)
    assert write_files(folder, {"captions.srt": "1"}) == folder.path
    assert holds_results(folder.path)
    write_files(folder, {"captions.srt": "2"})
    assert (folder.path / "captions.srt").read_text() == "2"


def test_a_person_reads_what_a_video_will_take() -> None:
    short = forecast_line(JobForecast(usd=0.000392, core_seconds=28, seconds=25.5))
    assert short == (
        "Expected: about 26 s on two idle cores; the same work in the cloud costs about $0.00039"
    )
    long = forecast_line(JobForecast(usd=0.0195, core_seconds=1395, seconds=977))
    assert "about 16 min 17 s on two idle cores" in long
