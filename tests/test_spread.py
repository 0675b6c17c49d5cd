"""Counts of many parts add up to those of the whole, in whatever order they come."""

from functools import partial

import pyarrow as pa
import pytest
from pyarrow import parquet

from govgate.adapters.tables import read_table
from govgate.errors import EvidenceError
from govgate.profile import plan_for, to_bytes
from govgate.spread import count_table, profile_table

ROWS = pa.table({"n": [*range(90)], "word": ["x", None, "y"] * 30})


class Backwards:
    """Workers that give the last part first, or leave one out, or give one twice."""

    deadline_s = 60.0

    def __init__(self, leave_out=0, *, twice=False):
        self._leave_out, self._twice = leave_out, twice

    def run(self, job, parts):
        for part in [*parts][::-1][self._leave_out :]:
            yield part.name, job(part)
            if self._twice:
                yield part.name, job(part)


@pytest.fixture
def folder(tmp_path):
    for part in range(9):
        parquet.write_table(ROWS.slice(part * 10, 10), tmp_path / f"{part}.parquet")
    return tmp_path


def test_the_order_of_the_parts_changes_nothing(folder):
    there, back = (read_table(folder, workers=workers) for workers in (None, Backwards()))
    plan = plan_for(there.batches(["n", "word"]), cells=[["word"]])
    assert to_bytes(profile_table(back, plan)) == to_bytes(profile_table(there, plan))
    cells = [count_table(table, ["word"], categorical=["word"]) for table in (there, back)]
    assert [*cells[0]] == [*cells[1]] == [((None,), 30), (("x",), 30), (("y",), 30)]
    assert back.digest == there.digest


@pytest.mark.parametrize(
    ("workers", "said"),
    [
        (Backwards(leave_out=1), r"left out part '8\.parquet' of"),
        (Backwards(twice=True), r"gave part '8\.parquet' of .* twice"),
    ],
    ids=["missing", "twice"],
)
def test_a_part_that_is_missing_or_there_twice_is_refused_by_name(folder, workers, said):
    table = read_table(folder, workers=workers)
    for job in (lambda: table.digest, lambda: count_table(table, ["word"])):
        with pytest.raises(EvidenceError, match=said):
            job()


def test_more_combinations_than_are_allowed_are_refused_over_all_parts(folder):
    table = read_table(folder)
    assert len(count_table(table, ["n"], most=90)) == 90
    with pytest.raises(EvidenceError):
        count_table(table, ["n"], most=89)


def refuse_word(pieces, word):
    for piece in pieces:
        if word in piece.column("word").to_pylist():
            msg = "the word is there; take it out"
            raise EvidenceError(msg)
        yield piece


def test_what_looks_at_the_pieces_first_may_refuse_them(folder):
    table = read_table(folder)
    assert len(count_table(table, ["word"], through=partial(refuse_word, word="z"))) == 3
    with pytest.raises(EvidenceError, match="take it out"):
        count_table(table, ["word"], through=partial(refuse_word, word="y"))
