"""The tree digest: the worked bytes of its page, and every way to bend a folder."""

import os
import re
from functools import partial
from pathlib import Path

import pytest

from govgate.adapters.model_files import content_of_folder
from govgate.errors import EvidenceError
from govgate.tree import tree_digest

PAGE = Path(__file__).parents[1] / "docs" / "spec" / "tree-digest.md"


@pytest.fixture
def model(tmp_path) -> Path:
    (tmp_path / "data").mkdir()
    (tmp_path / "MLmodel").write_bytes(b"ab\n")
    (tmp_path / "data" / "x.bin").write_bytes(b"")
    return tmp_path


def test_the_page_shows_these_very_bytes(model):
    (shown,) = re.findall(r"sha256:[0-9a-f]{64}", PAGE.read_text())
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
