"""What the benchmark prints and keeps."""

from itertools import pairwise

import msgspec

from benchmarks.main_job.measured import Machine, Results, Run, Skipped, table
from benchmarks.main_job.video import MINUTE_S, truth_of

RUN = Run(
    way="ours",
    minutes=1,
    rows=720,
    cores=2,
    load=0.5,
    seconds_to_captions=12.0,
    seconds=12.5,
    cpu_s=14.0,
    usd=0.0003,
    stages={"Uploading": 0.5},
)
MACHINE = Machine(cores=2, processor="P", memory_gib=4)


def test_the_table_has_medians_of_equal_runs_and_says_what_was_skipped() -> None:
    runs = [msgspec.structs.replace(RUN, seconds=seconds) for seconds in (10.0, 30.0, 20.0)]
    other = msgspec.structs.replace(RUN, videos=6, seconds=70.0)
    skipped = [Skipped(way="another", reason="It is missing.")]
    lines = table(Results(machine=MACHINE, runs=[*runs, other], skipped=skipped)).splitlines()
    assert [line.split()[:3] for line in lines[1:3]] == [["ours,", "1", "min"], ["ours,", "6", "x"]]
    assert "  20.0 s" in lines[1]
    assert "  70.0 s" in lines[2]
    assert "skipped: another: It is missing." in lines


def test_results_survive_their_file() -> None:
    results = Results(machine=MACHINE, runs=[RUN])
    assert msgspec.json.decode(msgspec.json.encode(results), type=Results) == results


def test_the_captions_of_a_drawn_video_are_in_order_and_differ_from_their_neighbours() -> None:
    truth = truth_of([0, 1, 0])
    assert truth.frame_count == 3 * MINUTE_S * 10
    for before, after in pairwise(truth.captions):
        assert before.start_frame <= before.end_frame < after.start_frame
        assert before.text != after.text
    gaps = [after.start_frame - before.end_frame - 1 for before, after in pairwise(truth.captions)]
    assert 0 in gaps
    assert max(gaps) > 3
