"""Keeping a file, getting it back and auditing it: MiB/s and memory, plain and sealed.

Bar: no more than 6 blocks (24 MiB) above what the process needs for a file of one byte.
Run: `python benchmarks/evidence.py [--mib 1024]`.
"""

import argparse
import os
import resource
import sys
import tempfile
import time
from pathlib import Path

from govgate.ledger import BLOCK_BYTES
from govgate.project import create_project, open_project

MIB = 1024 * 1024


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mib", type=int, default=256, help="size of the file")
    size = parser.parse_args().mib
    grown: list[int] = []
    print(f"{'file of ' + str(size) + ' MiB':<12}{'add':>10}{'get':>10}{'audit':>10}  MiB/s")
    with tempfile.TemporaryDirectory() as place:
        for personal in (False, True):
            took = times(Path(place) / str(personal), size, personal=personal, grown=grown)
            rates = "".join(f"{size / each:>10.0f}" for each in took)
            print(f"{'sealed' if personal else 'plain':<12}{rates}")
    print(f"memory grew by {max(grown) / MIB:.0f} MiB, bar {6 * BLOCK_BYTES / MIB:.0f} MiB")
    return int(max(grown) > 6 * BLOCK_BYTES)


def times(folder: Path, size: int, *, personal: bool, grown: list[int]) -> list[float]:
    """Seconds to add, get and audit; notes by how much the process grew."""
    create_project(folder, name="bench")
    (folder / "model").mkdir()
    (folder / "model" / "MLmodel").write_text("flavors: {}\n")
    small, large = folder / "small", folder / "large"
    small.write_bytes(b"x")
    with large.open("wb") as file:
        for _ in range(size):
            file.write(os.urandom(MIB))
    project = open_project(folder)
    model = str(folder / "model")
    project.fetch(project.attach(small, model, personal=personal).attachment.handle, folder / "s")
    project.verify_ledger()
    before = peak()
    start = time.perf_counter()
    kept = project.attach(large, model, personal=personal)
    added = time.perf_counter()
    project.fetch(kept.attachment.handle, folder / "back")
    got = time.perf_counter()
    project.verify_ledger()
    audited = time.perf_counter()
    grown.append(peak() - before)
    return [added - start, got - added, audited - got]


def peak() -> int:
    """Most memory this process ever had, in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


if __name__ == "__main__":
    sys.exit(main())
