"""The tree digest: the worked bytes of its page, and every way to bend a folder."""

import os
import re
import threading
from functools import partial
from pathlib import Path

import pytest

from govgate import tree
from govgate.adapters.model_files import content_of_folder, files_of
from govgate.errors import EvidenceError, StoreError
from govgate.tree import Near, digest_tree, tree_digest

PAGE = Path(__file__).parents[1] / "docs" / "spec" / "tree-digest.md"


@pytest.fixture
def model(tmp_path) -> Path:
    (tmp_path / "data").mkdir()
    (tmp_path / "MLmodel").write_bytes(b"ab\n")
    (tmp_path / "data" / "x.bin").write_bytes(b"")
    return tmp_path


def test_the_page_shows_these_very_bytes(model):
    (shown,) = re.findall(r"sha256:[0-9a-f]{64}", PAGE.read_text())
    root = re.findall(r"^[0-9a-f]{64}$", PAGE.read_text(), re.MULTILINE)
    assert [digest_tree(files_of(model)).signing_root] == root
    assert content_of_folder(model) == shown
    pieces = {"data/x.bin": [], "MLmodel": [b"a", b"b\n"]}
    assert tree_digest((path, partial(iter, given)) for path, given in pieces.items()) == shown


def test_what_mlflow_adds_to_a_download_is_no_part_of_the_model(model):
    before = content_of_folder(model)
    (model / "registered_model_meta").write_text("x")
    assert content_of_folder(model) == before
    (model / "data" / "registered_model_meta").write_text("x")
    assert content_of_folder(model) != before


@pytest.mark.parametrize(
    "bend",
    [
        lambda m: (m / "MLmodel").write_bytes(b"ab"),
        lambda m: (m / "MLmodel").rename(m / "mlmodel"),
        lambda m: (m / "more").write_bytes(b""),
        lambda m: (m / "data" / "x.bin").unlink(),
        lambda m: (m / "data" / "x.bin").rename(m / "x.bin"),
    ],
    ids=["byte", "name", "new file", "file gone", "moved"],
)
def test_every_change_is_another_digest(model, bend):
    before = content_of_folder(model)
    bend(model)
    assert content_of_folder(model) != before


@pytest.mark.parametrize(
    "bend",
    [
        lambda m: (m / "link").symlink_to(m / "MLmodel"),
        lambda m: (m / "data" / "link").symlink_to("/etc"),
        lambda m: os.mkfifo(m / "pipe"),
        lambda m: (m / "a\nb").write_text(""),
        lambda m: (m / "a\\b").write_text(""),
        lambda m: [p.unlink() for p in (m / "MLmodel", m / "data" / "x.bin")],
    ],
    ids=["link", "link to a folder", "device", "line feed", "backslash", "empty"],
)
def test_what_cannot_be_named_is_refused(model, bend):
    bend(model)
    with pytest.raises(EvidenceError, match=";"):
        content_of_folder(model)


def test_no_folder_is_refused(tmp_path):
    with pytest.raises(EvidenceError, match="MLmodel"):
        content_of_folder(tmp_path / "none")


def test_many_files_in_any_order_give_one_digest_and_are_open_a_few_at_a_time():
    opened, most = set(), []

    def pieces(name):
        opened.add(name)
        most.append(len(opened))
        yield name.encode()
        opened.remove(name)

    names = [f"{n % 7}/{n}" for n in range(1000)]
    forward = tree_digest((n, partial(pieces, n)) for n in names)
    backward = tree_digest((n, partial(pieces, n)) for n in reversed(names))
    assert forward == backward
    assert max(most) <= 4


def test_a_listing_runs_only_so_far_ahead_of_the_reading():
    listed, held = [], threading.Event()

    def slow():
        for n in range(10_000):
            listed.append(n)
            yield str(n), lambda: [b""] if held.wait(20) else []

    work = threading.Thread(target=tree_digest, args=(slow(),))
    work.start()
    work.join(0.2)
    assert len(listed) < 100
    held.set()
    work.join()


@pytest.mark.parametrize("fault", [OSError("disk"), StoreError("broke off; try again")])
def test_a_file_that_cannot_be_read_fails_the_whole(fault):
    def broken():
        yield b"x"
        raise fault

    files = [(str(n), partial(iter, [b"x"])) for n in range(100)]
    files.insert(50, ("broken", broken))
    with pytest.raises(type(fault)):
        tree_digest(files)


def test_a_sink_that_leaves_bytes_behind_is_found():
    with pytest.raises(StoreError, match="part of a"):
        digest_tree([("a", partial(iter, [b"x", b"y"]))], lambda _, pieces: next(iter(pieces)))


@pytest.mark.parametrize(
    "path", ["", ".", "..", "a/../b", "a//b", "/a", "a/", "./a", "a\\b", "a\nb"]
)
def test_a_path_that_cannot_stand_in_a_tree_is_refused(path):
    with pytest.raises(EvidenceError, match="rename"):
        tree_digest([(path, partial(iter, [b"x"]))])


def test_the_same_path_twice_is_refused():
    with pytest.raises(EvidenceError, match="rename"):
        tree_digest([("a", partial(iter, [])), ("a", partial(iter, [b"x"]))])


def test_a_file_that_becomes_a_link_while_it_is_read_is_refused(model):
    (listed,) = (file for file in files_of(model) if file[0] == "MLmodel")
    (model / "MLmodel").rename(model / "kept")
    (model / "MLmodel").symlink_to(model / "kept")
    with pytest.raises(OSError, match="symbolic"):
        tree_digest([listed])


def near(size, real=None):
    data = b"x" * (size if real is None else real)
    return Near(size, lambda: [data[:3], data[3:]])


# What it is said to be, what it is, and how many more beside it: below, on and above every limit.
SHAPES = [
    (0, None, 0),
    (1, None, 63),
    (1, None, 64),
    (1, None, 65),
    (8192, None, 200),
    ((1 << 19) - 1, None, 3),
    (1 << 19, None, 3),
    ((1 << 19) + 1, None, 3),
    (1, 1 << 20, 3),
    (1 << 20, 1, 3),
    (-1, 5, 3),
]


@pytest.mark.parametrize(("size", "real", "more"), SHAPES)
def test_files_read_many_at_a_time_give_the_digest_of_files_read_one_at_a_time(size, real, more):
    files = [(str(n), near(size, real)) for n in range(more + 1)]
    alone = [(path, pieces.pieces) for path, pieces in files]
    assert digest_tree(files) == digest_tree(alone)
    assert digest_tree(files, lambda _, pieces: list(pieces)) == digest_tree(alone)


def test_small_near_files_are_handed_over_many_at_a_time(monkeypatch):
    handed = []
    real = tree._hashed
    monkeypatch.setattr(tree, "_hashed", lambda b, s: handed.append(len(b)) or real(b, s))
    files = [(str(n), near(8192)) for n in range(640)]
    digest_tree(files)
    assert sorted(handed) == [64] * 10
    handed.clear()
    digest_tree([("far", lambda: [b"x"]), ("large", near(1 << 20)), *files[:2]])
    assert sorted(handed) == [1, 1, 2]


def test_each_file_that_is_copied_has_a_thread_of_its_own():
    together = threading.Barrier(4)
    files = [(str(n), near(1)) for n in range(4)]
    digest_tree(files, lambda _, pieces: [together.wait(20), *pieces])
    assert not together.broken


def test_one_bad_file_among_many_small_ones_fails_the_whole():
    def gone():
        msg = "gone"
        raise FileNotFoundError(msg)

    files = [(str(n), near(1)) for n in range(100)]
    files[50] = ("50", Near(1, gone))
    with pytest.raises(FileNotFoundError):
        digest_tree(files)
