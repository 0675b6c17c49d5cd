"""Frames: queries that must give the same rows each time they are read."""

import itertools

import duckdb
import polars as pl
import pyarrow as pa
import pytest

from govgate.adapters.tables import read_table
from govgate.errors import EvidenceError

ROWS = {"sex": ["f", "m", None], 'a"ge`': [30, 40, 50]}


def duck():
    return duckdb.from_arrow(pa.table(ROWS))


def lazily():
    return pl.DataFrame(ROWS).lazy()


@pytest.mark.parametrize("make", [duck, lazily, lambda: pl.DataFrame(ROWS)], ids=range(3))
def test_a_frame_of_any_library_gives_the_same_rows_and_digest(make):
    table, plain = read_table(make()), read_table(ROWS)
    assert table.columns == plain.columns
    assert table.digest == plain.digest
    for column in ROWS:
        (one,), (two,) = (list(t.batches([column], categorical=[column])) for t in (table, plain))
        assert one.equals(two)
    assert [part.name for part in table.each(lambda part: part)] == ["frame"]
    assert [part.rows for part in table.each(lambda part: part)] == [3]


def test_a_query_that_gives_other_rows_the_second_time_is_refused():
    number = itertools.count()
    moving = pl.DataFrame(ROWS).lazy().with_columns(
        pl.col("sex").map_batches(lambda _: pl.Series(["f", "m", str(next(number))]), pl.String)
    )  # fmt: skip
    table = read_table(moving)
    assert table.digest
    with pytest.raises(EvidenceError, match="polars frame gave other rows, or another order"):
        list(table.batches(["sex"]))
    # a column that stands still is still the same
    assert [b.num_rows for b in table.batches(['a"ge`'])] == [3]


def test_a_query_that_gives_fewer_rows_the_second_time_is_refused():
    connection = duckdb.connect()
    connection.execute("create table t as select range as n from range(10)")
    table = read_table(connection.table("t"))
    assert table.digest
    connection.execute("delete from t where n > 4")
    with pytest.raises(EvidenceError, match="DuckDB relation gave other rows"):
        list(table.batches(["n"]))


def test_a_query_that_fails_quotes_no_cell():
    relation = duckdb.sql("select cast(x as int) as n from (values ('1'), ('Jane Doe')) t(x)")
    with pytest.raises(EvidenceError, match="the DuckDB relation cannot be read") as caught:
        list(read_table(relation).batches(["n"]))
    assert "Jane" not in str(caught.value)


def test_a_lazy_frame_that_cannot_be_planned_is_refused():
    with pytest.raises(EvidenceError, match="the polars frame cannot be read as a table"):
        read_table(lazily().select("gone"))


def test_columns_that_are_read_apart_have_the_same_rows():
    connection = duckdb.connect()
    connection.execute("create table t as select range as n, range as m from range(10)")
    table = read_table(connection.table("t"))
    assert sum(batch.num_rows for batch in table.batches(["n"])) == 10
    connection.execute("delete from t where n > 4")
    with pytest.raises(EvidenceError, match="DuckDB relation gave other rows"):
        list(table.batches(["m"]))
