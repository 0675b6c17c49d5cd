"""The collector of table profiles, from files as users have them."""

import pyarrow as pa
import pytest
from pyarrow import csv, parquet

from govgate.adapters.tables import read_table
from govgate.collect import find_collector
from govgate.collect.table_profile import (
    TableProfileBody,
    TableProfileCollector,
    TableProfileOptions,
)
from govgate.errors import EvidenceError
from govgate.gate import Bounds
from govgate.profile import to_bytes

ROWS = {
    "age": [31, 45, 31, 60, 22] * 40,
    "income": [1000.5, 2500.25, 900.5, 4000.75, None] * 40,
    "city": ["Bern", "Kyiv", "Bern", "Lima", "Lima"] * 40,
    "member": [True, False, True, True, None] * 40,
    "name": [f"Ann Smith {i}" for i in range(200)],
}


def measure(source, **options):
    collector = TableProfileCollector()
    tables = {"table": read_table(source)}
    return collector.measure(tables, TableProfileOptions(**options), Bounds())


def test_it_is_found_by_its_kind():
    assert isinstance(find_collector("table-profile/v1").collector, TableProfileCollector)


def test_parquet_csv_and_frames_give_the_same_counts(tmp_path):
    table = pa.table(ROWS)
    parquet.write_table(table, tmp_path / "t.parquet", row_group_size=30)
    csv.write_csv(table, tmp_path / "t.csv")
    bodies = [
        measure(source).body for source in (tmp_path / "t.parquet", tmp_path / "t.csv", table)
    ]
    assert bodies[0].columns == bodies[1].columns == bodies[2].columns
    assert bodies[0].plan == bodies[1].plan == bodies[2].plan


def test_the_body_is_read_back_and_names_nobody():
    seen = measure(pa.table(ROWS))
    body = TableProfileBody.model_validate_json(seen.body.model_dump_json())
    assert to_bytes(body.profile()) == to_bytes(seen.body.profile())
    assert seen.population == {"rows": 200, "columns": 5}
    assert seen.body.plan.columns["name"].kind == "text"
    assert "Ann" not in seen.body.model_dump_json()
    assert body.partitions[0].sha256 == read_table(pa.table(ROWS)).digest


def test_only_the_columns_that_are_asked_for_are_counted():
    assert [*measure(pa.table(ROWS), columns=("age", "city")).body.columns] == ["age", "city"]
    assert "name" not in measure(pa.table(ROWS), exclude=("name",)).body.columns
    assert measure(pa.table(ROWS), kinds={"age": "category"}).body.columns["age"].categories


def test_another_table_is_counted_by_the_first_one_s_plan():
    plan = measure(pa.table(ROWS)).body.plan
    other = {**ROWS, "age": [90] * 200}
    assert measure(pa.table(other), plan=plan).body.plan == plan


@pytest.mark.parametrize(
    ("rows", "options", "message"),
    [
        ({"age": []}, {}, "has no rows"),
        (ROWS, {"columns": ("height",)}, "has no column 'height'"),
        (ROWS, {"exclude": tuple(ROWS)}, "0 columns cannot be counted"),
        (ROWS, {"kinds": {"income": "text"}}, "'income' holds float values"),
        ({"age": [[1]]}, {}, "nested values"),
    ],
)
def test_what_cannot_be_counted_is_refused(rows, options, message):
    with pytest.raises(EvidenceError, match=message):
        measure(pa.table(rows), **options)


def test_a_plan_is_given_alone_and_a_table_without_rows_has_no_profile():
    plan = measure(pa.table(ROWS)).body.plan
    with pytest.raises(EvidenceError, match="give it alone"):
        measure(pa.table(ROWS), plan=plan, exclude=("age",))
    with pytest.raises(EvidenceError, match="has no rows; profile one that has"):
        measure(pa.table(ROWS).slice(0, 0), plan=plan)
    with pytest.raises(EvidenceError, match="has no column 'city'"):
        measure(pa.table(ROWS).drop_columns("city"), plan=plan)
