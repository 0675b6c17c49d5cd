"""An outbox in a folder: whole or absent after a crash, held by one process."""

import errno
import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from govgate.adapters.outbox import FileOutbox
from govgate.errors import StoreError

DISK_ERRORS = [errno.ENOSPC, errno.EROFS, errno.EIO]


@pytest.fixture
def outbox(tmp_path):
    return FileOutbox(tmp_path / "outbox")


def names(outbox):
    return sorted(p.name for p in outbox.folder.iterdir()) if outbox.folder.exists() else []


def left(outbox):
    found = {}
    for parcel in outbox.left():
        found[parcel.name] = parcel.read()
        parcel.release()
    return found


def test_what_was_put_and_noted_is_left_for_the_next_process(outbox):
    parcel = outbox.put("b", b"two")
    parcel.note(b"line\n")
    parcel.release()
    outbox.put("a", b"one").release()
    assert list(left(outbox).items()) == [("a", b"one"), ("b", b"twoline\n")]


def test_what_is_held_is_left_for_nobody_else(outbox):
    parcel = outbox.put("a", b"one")
    assert left(outbox) == {}
    parcel.release()
    assert left(outbox) == {"a": b"one"}


def test_a_batch_found_by_one_is_held_against_another(outbox):
    outbox.put("a", b"one").release()
    (parcel,) = outbox.left()
    assert left(outbox) == {}
    parcel.remove()
    parcel.release()
    assert names(outbox) == []


def test_another_process_sees_the_lock(outbox):
    code = "import sys; from pathlib import Path; from govgate.adapters.outbox import FileOutbox\n"
    code += "print([p.name for p in FileOutbox(Path(sys.argv[1])).left()])"
    command = [sys.executable, "-c", code, str(outbox.folder)]
    parcel = outbox.put("a", b"one")
    assert subprocess.check_output(command) == b"[]\n"
    parcel.release()
    assert subprocess.check_output(command) == b"['a']\n"


def test_a_name_is_used_once(outbox):
    outbox.put("a", b"one").release()
    with pytest.raises(StoreError, match="name of its own"):
        outbox.put("a", b"two")
    assert left(outbox) == {"a": b"one"}
    assert names(outbox) == ["a"]


def test_an_unfinished_file_of_the_dead_is_swept_away(outbox):
    outbox.put("a", b"one").release()
    (outbox.folder / ".0123456789abcdef.tmp").write_bytes(b"hal")
    assert left(outbox) == {"a": b"one"}
    assert names(outbox) == ["a"]


def test_a_file_swept_away_before_it_was_locked_is_made_again(outbox, monkeypatch):
    import fcntl

    flock, swept = fcntl.flock, []

    def sweep_first(file, how):
        if not swept:
            swept.append([p.unlink() for p in outbox.folder.iterdir()])
        flock(file, how)

    monkeypatch.setattr(fcntl, "flock", sweep_first)
    outbox.put("a", b"one").release()
    assert left(outbox) == {"a": b"one"}


def test_an_outbox_behind_a_link_is_refused(outbox, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    outbox.folder.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(StoreError, match="link"):
        outbox.put("a", b"one")


def test_a_batch_that_is_a_link_is_refused(outbox, tmp_path):
    outbox.put("a", b"one").release()
    (tmp_path / "secret").write_bytes(b"secret")
    (outbox.folder / "b").symlink_to(tmp_path / "secret")
    with pytest.raises(StoreError, match="link"):
        left(outbox)


def test_only_the_owner_can_read_it(outbox):
    outbox.put("a", b"one").release()
    assert (outbox.folder / "a").stat().st_mode & 0o777 == 0o600
    assert outbox.folder.stat().st_mode & 0o777 == 0o700


def open_files(folder):
    """Count those below a folder: threads of other tests open and close files meanwhile."""
    found = []
    for name in Path("/proc/self/fd").iterdir():
        with suppress(OSError):
            found.append(str(name.readlink()))
    return sum(target.startswith(str(folder)) for target in found)


def breaking(monkeypatch, name, at, error):
    """Make the call number `at` of a system call fail."""
    real, calls = getattr(os, name), []

    def broken(*arguments, **options):
        calls.append(name)
        if len(calls) == at:
            raise OSError(error, os.strerror(error))
        return real(*arguments, **options)

    monkeypatch.setattr(os, name, broken)


@pytest.mark.parametrize("error", DISK_ERRORS)
@pytest.mark.parametrize(
    ("call", "at"),
    [("open", 1), ("open", 2), ("pwrite", 1), ("fsync", 1), ("link", 1), ("fsync", 2)],
)
def test_a_disk_that_fails_while_a_batch_is_put_keeps_nothing(outbox, monkeypatch, call, at, error):
    outbox.folder.mkdir()
    descriptors = open_files(outbox.folder)
    with monkeypatch.context() as patch:
        breaking(patch, call, at, error)
        with pytest.raises(StoreError, match="; "):
            outbox.put("a", b"one")
    assert names(outbox) == []
    assert open_files(outbox.folder) == descriptors


@pytest.mark.parametrize("error", DISK_ERRORS)
@pytest.mark.parametrize("call", ["ftruncate", "pwrite", "fsync"])
def test_a_line_that_could_not_be_noted_leaves_no_half_of_it(outbox, monkeypatch, call, error):
    parcel = outbox.put("a", b"one")
    parcel.note(b"first\n")
    with monkeypatch.context() as patch:
        breaking(patch, call, 1, error)
        with pytest.raises(StoreError, match="; "):
            parcel.note(b"a longer second line\n")
    assert parcel.read() == b"onefirst\n"
    parcel.note(b"third\n")
    parcel.release()
    assert left(outbox) == {"a": b"onefirst\nthird\n"}


def test_a_short_write_is_completed(outbox, monkeypatch):
    pwrite = os.pwrite
    monkeypatch.setattr(os, "pwrite", lambda file, data, at: pwrite(file, data[:1], at))
    parcel = outbox.put("a", b"one")
    parcel.note(b"line\n")
    parcel.release()
    assert left(outbox) == {"a": b"oneline\n"}


def test_a_folder_that_cannot_be_written_is_said_so(outbox):
    outbox.folder.write_bytes(b"a file")
    with pytest.raises(StoreError, match="; "):
        outbox.put("a", b"one")
