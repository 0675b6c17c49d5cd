"""Every change to the disk of an append and a publication fails once, or is the process's last.

The way Tessera tests its folder of files: an input-output error, and a kill, at each call there is.
Then somebody verifies, goes on, and finds nothing lost or doubled. By hand, the calls that only
read as well: `GOVGATE_EVERY_CALL=1 pytest tests/ledger/test_disk_faults.py`.
"""

import errno
import io
import os
import shutil
import signal
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from govgate.adapters import files
from govgate.adapters.clock import RandomIds
from govgate.errors import GovgateError, StoreError
from govgate.ledger import Trust, verify_log
from tests.ledger.processes import (
    KEY,
    VKEY,
    check,
    context,
    file_store,
    found,
    open_log,
    open_sender,
    refuse,
)

CALLS = ("open", "mkdir", "link", "replace", "unlink", "fsync", "pwrite", "ftruncate", "close")
EVERY = bool(os.environ.get("GOVGATE_EVERY_CALL"))
NEW = [b"new 0", b"new 1", b"new 2"]
AT_LEAST = 60
"""Calls that an append and a publication across the end of a tile make, or the shim has holes."""

MOST = 400


class Disk:
    """Counts the calls of this process, and breaks one of them."""

    def __init__(self, at, mode):
        self.left, self.mode = at, mode

    def call(self, plain, *args, **kwargs):
        name = getattr(plain, "__name__", "write")
        reads = name == "close" or (name == "open" and not args[1] & os.O_CREAT)
        self.left -= EVERY or not reads
        if self.left or (reads and not EVERY):
            return plain(*args, **kwargs)
        if self.mode == "EIO":
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        try:
            plain(*args, **kwargs)
        finally:
            os.kill(os.getpid(), signal.SIGKILL)
        raise AssertionError

    def take_over(self):
        for name in CALLS:
            plain = getattr(os, name)
            setattr(os, name, lambda *a, plain=plain, **k: self.call(plain, *a, **k))
        disk = self

        class Counted(io.FileIO):
            def write(self, data):
                # Half of it is there when the process dies.
                return disk.call(
                    lambda d: super(Counted, self).write(d), data[: len(data) // 2 + 1]
                )

        files.open = lambda file, mode: io.BufferedWriter(Counted(file, mode), 16)


def append_and_publish(place, outbox, said, at, mode):
    """Run in a process of its own; ends with 0 when it got through, 3 when it was told no."""
    reading = files.open if "open" in vars(files) else open
    disk = Disk(at, mode)
    disk.take_over()
    writing = files.open
    files.open = lambda file, mode: (reading if mode == "rb" else writing)(file, mode)
    try:
        sender = open_sender(file_store, place, outbox)
        start = sender.send(NEW, RandomIds().new()).start
        with Path(said).open("w") as file:
            file.write(f"at {start}")
        open_log(file_store, place).publish(KEY)
    except GovgateError as why:
        if not Path(said).exists():
            with Path(said).open("w") as file:
                file.write(str(why))
        os._exit(3)
    os._exit(0 if disk.left > 0 else 4)  # 4: it broke, and nobody needed to know


def break_each(sound, place, mode):
    """Break the first call, the second, and so on until none is left; note how each ended."""
    ends = []
    for at in range(1, MOST):
        here = place / str(at)
        shutil.copytree(sound, here)
        child = os.fork()
        if not child:
            append_and_publish(here / "ledger", here / "outbox", here / "said", at, mode)
        ends.append(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
        if ends[-1] == 0:
            break
    (place / "ends").write_text(" ".join(map(str, ends)))


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    """A log of 254 entries, so that three more end one tile and begin another."""
    folder = tmp_path_factory.mktemp("sound")
    found(file_store, folder / "ledger")
    log = open_log(file_store, folder / "ledger")
    log.append([b"%d" % n for n in range(254)], "old")
    log.publish(KEY)
    return folder


@pytest.fixture
def place():
    """In memory, where that can be: what counts here is each call, not how long the disk takes."""
    memory = Path("/dev/shm")  # noqa: S108 -- a folder of its own in it
    with TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        yield Path(folder)


@pytest.mark.parametrize("mode", ["EIO", "killed"])
def test_no_call_to_the_disk_loses_or_doubles_anything(sound, place, mode):
    # One process forks the others: it has no threads, and everything is imported.
    process = context().Process(target=break_each, args=(sound, place, mode))
    process.start()
    process.join(300)
    assert process.exitcode == 0
    ends = [int(end) for end in (place / "ends").read_text().split()]
    for at, end in enumerate(ends, start=1):
        go_on(place / str(at), end)
    assert len(ends) > AT_LEAST
    assert ends[-1] == 0
    assert set(ends) == ({0, 3, 4} if mode == "EIO" else {0, -signal.SIGKILL})


def go_on(here: Path, ended: int):
    """Do what the next process does, and hold the log against what the last one was told."""
    place = here / "ledger"
    said = (here / "said").read_text() if (here / "said").exists() else ""
    assert ended in {0, 3, 4, -signal.SIGKILL}, said
    open_sender(file_store, place, here / "outbox").flush(refuse)
    texts = check(file_store, place, {"new 0": 254} if said.startswith("at ") else {})
    assert texts[:254] == [str(n) for n in range(254)]
    assert texts[254:] in ([], [e.decode() for e in NEW])
    if said.startswith("nothing was recorded") or " in the outbox cannot be " in said:
        assert texts[254:] == []
    if said:
        told = ("at 254", "nothing was recorded: ", "it is not known whether")
        assert said.startswith(told) or " in the outbox cannot be " in said
    assert list((here / "outbox").iterdir() if (here / "outbox").exists() else []) == []
    report = verify_log(file_store(place), Trust((VKEY,), {}))
    assert [p for p in report.problems if not str(p).startswith("entry ")] == []
    assert report.size == len(texts)


def test_an_outbox_on_a_full_disk_takes_nothing_and_says_so(sound, tmp_path, monkeypatch):
    shutil.copytree(sound, tmp_path / "it")
    sender = open_sender(file_store, tmp_path / "it" / "ledger", tmp_path / "it" / "outbox")

    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "pwrite", full)
    with pytest.raises(StoreError, match="free some space"):
        sender.send_or_keep(NEW, RandomIds().new())
    monkeypatch.undo()
    assert sender.flush(refuse) == []
    go_on(tmp_path / "it", 3)
