"""How fast a model folder is named, beside one stream of SHA-256 and OpenSSF's own hashing.

    python benchmarks/tree_digest.py [FOLDER]

Writes 2.4 GiB below FOLDER (default: the system's temporary folder, which should be in memory or
on a fast disk) and removes it. Each figure is the best of three, with the files in the page cache.
"""

import hashlib
import importlib.util
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from govgate.adapters.model_files import content_of_folder

MIB = 1 << 20
SHAPES = (("few big", 4, 512 * MIB), ("one big", 1, 256 * MIB), ("many small", 10_000, 8 << 10))


def make(folder: Path, files: int, size: int) -> None:
    block = os.urandom(MIB)
    for n in range(files):
        place = folder / f"{n % 97}" / f"{n}.bin"
        place.parent.mkdir(parents=True, exist_ok=True)
        with place.open("wb") as file:
            for at in range(0, size, MIB):
                file.write(block[: size - at])


def one_stream(folder: Path) -> None:
    for path in sorted(folder.rglob("*.bin")):
        with path.open("rb") as file:
            hashlib.file_digest(file, "sha256").hexdigest()


def openssf(folder: Path) -> None:
    from model_signing import hashing

    hashing.Config().set_ignored_paths(paths=[], ignore_git_paths=False).hash(folder)


def best(work: Callable[[Path], object], folder: Path) -> float:
    times = []
    for _ in range(3):
        start = time.perf_counter()
        work(folder)
        times.append(time.perf_counter() - start)
    return min(times)


def main() -> None:
    root = Path(tempfile.mkdtemp(dir=sys.argv[1] if len(sys.argv) > 1 else None))
    ways: dict[str, Callable[[Path], object]] = {
        "govgate": content_of_folder,
        "one stream of sha256": one_stream,
    }
    if importlib.util.find_spec("model_signing") and importlib.util.find_spec("OpenSSL"):
        ways["model-signing"] = openssf
    print(f"{os.cpu_count()} processors")
    try:
        for name, files, size in SHAPES:
            folder = root / name
            make(folder, files, size)
            total = files * size / MIB
            print(f"{name}: {files} files, {total:.0f} MiB")
            seconds = {way: best(work, folder) for way, work in ways.items()}
            for way, took in seconds.items():
                ratio = took / seconds["govgate"]
                speeds = f"{total / took:7.0f} MiB/s {files / took:8.0f} files/s"
                print(f"  {way:<22}{speeds} {ratio:5.2f} x")
            shutil.rmtree(folder)
    finally:
        shutil.rmtree(root)


if __name__ == "__main__":
    main()
