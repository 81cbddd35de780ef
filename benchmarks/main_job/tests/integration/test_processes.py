"""What the processes of a stack use is counted, with what they start, and nothing else."""

import os
import subprocess
import sys
from pathlib import Path

from benchmarks.main_job.processes import watched

BURN = "import time\nwhile time.process_time() < {seconds}: pass\n"
PARENT = "import os, subprocess, sys\nsubprocess.run([sys.executable, '-c', sys.argv[1]], env={})\n"


def test_a_marked_process_counts_with_its_children(tmp_path: Path) -> None:
    environment = os.environ | {"CAPTIONACC_HOME": str(tmp_path)}
    with watched(tmp_path) as use:
        command = [sys.executable, "-c", PARENT, BURN.format(seconds=1.5)]
        subprocess.run(command, env=environment, check=True)
    # The last quarter of a second may pass unseen.
    assert 1.0 < use.cpu_s < 2.5
    assert use.pss_mib > 1


def test_another_process_does_not_count(tmp_path: Path) -> None:
    with watched(tmp_path) as use:
        subprocess.run([sys.executable, "-c", BURN.format(seconds=0.5)], check=True)
    assert use.cpu_s == 0
    assert use.pss_mib == 0
