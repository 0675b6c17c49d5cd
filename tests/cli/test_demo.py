"""The demo cleans up after itself, also when it is interrupted. `make demo` runs it whole."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest


def processes_of(folder) -> list[str]:
    found = []
    for line in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = line.read_bytes().decode(errors="replace").replace("\0", " ")
        except OSError:
            continue
        if str(folder) in words:
            found.append(words)
    return found


@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="reads /proc")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_demo_leaves_no_process(tmp_path, number):
    folder = tmp_path / "demo"
    words = [sys.executable, "-m", "govgate", "demo", "--folder", str(folder)]
    # A shell starts its background jobs with SIGINT ignored, and so do they theirs.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    demo = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    signal.signal(signal.SIGINT, before)
    try:
        until = time.monotonic() + 60
        log = folder / "server.log"  # MLflow itself has begun
        while time.monotonic() < until and not (
            log.exists() and log.stat().st_size and len(processes_of(folder)) > 1
        ):
            time.sleep(0.1)
        assert len(processes_of(folder)) > 1  # the demo, and its server
        os.kill(demo.pid, number)
        said = demo.communicate(timeout=60)[0].decode()
    finally:
        demo.kill()
    assert demo.returncode == 130, said
    assert "interrupted" in said
    assert processes_of(folder) == []
    assert (folder / "ledger" / "log.json").exists()  # left to explore


def test_a_folder_with_somebodys_files_is_never_emptied(tmp_path, capsys):
    from govgate.cli.main import main

    (tmp_path / "thesis.txt").write_text("years of work")
    assert main(["demo", "--folder", str(tmp_path)]) == 2
    assert "not empty" in capsys.readouterr().err
    assert (tmp_path / "thesis.txt").read_text() == "years of work"
