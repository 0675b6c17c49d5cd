import multiprocessing
import os

import pytest

from govgate.adapters.witness_memory import FileMemory
from govgate.errors import StoreError


def count_up(path, times):
    memory = FileMemory(path)
    for _ in range(times):
        with memory.turn():
            memory.write(b"%d" % (int(memory.read() or b"0") + 1))


def test_what_is_written_is_read_by_the_next(tmp_path):
    path = tmp_path / "new" / "state"
    assert FileMemory(path).read() is None
    with FileMemory(path).turn():
        FileMemory(path).write(b"a" * 100)
        FileMemory(path).write(b"b")
    assert FileMemory(path).read() == b"b"
    assert sorted(p.name for p in path.parent.iterdir()) == ["state", "state.lock"]


def test_no_two_processes_take_a_turn_at_once(tmp_path):
    path = tmp_path / "state"
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=count_up, args=(path, 25)) for _ in range(3)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    assert FileMemory(path).read() == b"75"


def test_an_interrupted_write_leaves_the_old_note(tmp_path, monkeypatch):
    memory = FileMemory(tmp_path / "state")
    memory.write(b"old")

    def full(_descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StoreError, match="No space"):
        memory.write(b"new")
    assert memory.read() == b"old"


def test_a_memory_that_cannot_be_used_is_said_so(tmp_path):
    (tmp_path / "file").write_text("")
    (tmp_path / "folder").mkdir()
    with pytest.raises(StoreError), FileMemory(tmp_path / "file" / "state").turn():
        pass
    for broken in (
        FileMemory(tmp_path / "folder").read,
        lambda: FileMemory(tmp_path / "folder").write(b"x"),
    ):
        with pytest.raises(StoreError, match="never delete"):
            broken()
