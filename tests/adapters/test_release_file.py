"""A release appears whole, or not at all, and never in another file's place."""

import stat

import pyarrow as pa
import pytest

from govgate.adapters.release_file import new_release
from govgate.adapters.tables import read_table
from govgate.errors import EvidenceError, StoreError

PIECES = pa.table({"a": [1, 2, 3], "b": ["x", "y, z", None]}).to_batches(max_chunksize=2)


@pytest.mark.parametrize("name", ["r.parquet", "r.csv"])
def test_what_was_written_is_read_again(tmp_path, name):
    path = tmp_path / name
    with new_release(path, PIECES) as hidden:
        assert not path.exists()
        assert stat.S_IMODE(hidden.stat().st_mode) == 0o600
    (batch,) = read_table(path).batches(["a", "b"])
    assert batch.to_pydict() == {"a": [1, 2, 3], "b": ["x", "y, z", None]}
    assert [found.name for found in tmp_path.iterdir()] == [name]


def test_what_was_found_wrong_is_gone(tmp_path):
    with pytest.raises(EvidenceError), new_release(tmp_path / "r.csv", PIECES):
        raise EvidenceError
    assert [*tmp_path.iterdir()] == []


def test_a_file_that_is_there_is_never_replaced(tmp_path):
    path = tmp_path / "r.csv"
    path.write_text("mine")
    with pytest.raises(StoreError, match="is there already"), new_release(path, PIECES):
        pass
    other = tmp_path / "s.csv"
    with pytest.raises(StoreError, match="cannot be written"), new_release(other, PIECES):
        other.write_text("mine")  # somebody was faster
    assert (path.read_text(), other.read_text()) == ("mine", "mine")
    assert len([*tmp_path.iterdir()]) == 2


@pytest.mark.parametrize("name", ["r.txt", "nowhere/r.csv"])
def test_a_place_that_cannot_be_is_refused(tmp_path, name):
    with pytest.raises((EvidenceError, StoreError), match=r"name it|folder of yours"):
        new_release(tmp_path / name, PIECES).__enter__()
