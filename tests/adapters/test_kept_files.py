"""Files are read in blocks of one length, and written whole or not at all."""

import os
import stat

import pytest

from govgate.adapters import kept_files
from govgate.adapters.kept_files import blocks_of, write_new_file
from govgate.errors import EvidenceError, StoreError


def names_in(folder):
    return [path.name for path in folder.iterdir()]


@pytest.mark.parametrize("size", [0, 1, 7, 8, 9, 16, 17])
def test_all_blocks_but_the_last_are_of_one_length(tmp_path, size):
    data = os.urandom(size)
    (tmp_path / "f").write_bytes(data)
    found = list(blocks_of(tmp_path / "f", 8))
    assert b"".join(found) == data
    assert all(len(block) == 8 for block in found[:-1])
    assert all(found)


@pytest.mark.parametrize("what", ["nothing", "folder", "pipe"])
def test_what_is_no_file_is_refused_and_not_waited_for(tmp_path, what):
    if what == "folder":
        (tmp_path / "f").mkdir()
    elif what == "pipe":
        os.mkfifo(tmp_path / "f")
    with pytest.raises(EvidenceError, match=str(tmp_path / "f")):
        list(blocks_of(tmp_path / "f", 8))


def test_a_new_file_is_its_owners_alone(tmp_path):
    assert write_new_file(tmp_path / "f", [b"one", b"two"]) == 6
    assert (tmp_path / "f").read_bytes() == b"onetwo"
    assert stat.S_IMODE((tmp_path / "f").stat().st_mode) == 0o600
    assert names_in(tmp_path) == ["f"]


@pytest.mark.parametrize("there", ["file", "folder", "link", "dangling link"])
def test_nothing_is_written_over(tmp_path, there):
    path = tmp_path / "f"
    if there == "file":
        path.write_bytes(b"mine")
    elif there == "folder":
        path.mkdir()
    else:
        path.symlink_to(tmp_path if there == "link" else tmp_path / "nowhere")
    with pytest.raises(StoreError, match="name a new file"):
        write_new_file(path, [b"x"])
    assert names_in(tmp_path) == ["f"]
    assert there != "file" or path.read_bytes() == b"mine"


def test_a_file_that_appears_meanwhile_is_not_written_over(tmp_path):
    def blocks():
        yield b"ours"
        (tmp_path / "f").write_bytes(b"theirs")

    with pytest.raises(StoreError, match="name a new file"):
        write_new_file(tmp_path / "f", blocks())
    assert (tmp_path / "f").read_bytes() == b"theirs"
    assert names_in(tmp_path) == ["f"]


def test_of_what_breaks_off_nothing_is_left(tmp_path):
    def blocks():
        yield b"half"
        msg = "it does not hold; restore it"
        raise EvidenceError(msg)

    with pytest.raises(EvidenceError, match="does not hold"):
        write_new_file(tmp_path / "f", blocks())
    assert names_in(tmp_path) == []


@pytest.mark.parametrize("step", ["open", "fsync", "link"])
def test_a_full_disk_is_said_and_leaves_nothing(tmp_path, monkeypatch, step):
    def full(*_, **__):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(kept_files.os, step, full)
        with pytest.raises(StoreError, match="No space left"):
            write_new_file(tmp_path / "f", [b"x"])
    assert names_in(tmp_path) == []
