"""govgate profile, as a person at a terminal meets it; no project is needed."""

import json

import pyarrow as pa
import pytest
from pyarrow import parquet

from govgate.cli.main import main
from govgate.profile import from_bytes, merge


@pytest.fixture
def table(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    rows = {"x": [0.5, 1.5, 2.5, 9.0] * 50, "id": [*range(200)], "c": [*"aabc"] * 50}
    parquet.write_table(pa.table(rows), "before.parquet")
    rows["x"] = [x + 1 for x in rows["x"]]
    parquet.write_table(pa.table(rows), "now.parquet")
    return tmp_path


def test_two_tables_are_counted_by_one_plan(table, capsys):
    words = ["profile", "--table", "before.parquet", "-o", "before.json", "--exclude", "id"]
    assert main(words) == 0
    out = capsys.readouterr().out
    assert "before.json: 200 rows in 2 columns counted" in out
    assert "No row is in it" in out
    words = [
        "profile",
        "--table",
        "now.parquet",
        "-o",
        "now.json",
        "--like",
        "before.json",
        "--json",
    ]
    assert main(words) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["rows"] == 200
    assert said["columns"] == {"c": "category", "x": "number"}
    assert said["plan"] in out
    before, now = (from_bytes((table / f"{n}.json").read_bytes()) for n in ("before", "now"))
    assert before.plan == now.plan
    assert now.columns["x"].numbers.lowest == before.columns["x"].numbers.lowest + 1
    with pytest.raises(Exception, match="is in both profiles"):
        merge(before, now)


def test_columns_are_chosen(table):
    assert main(["profile", "--table", "now.parquet", "-o", "x.json", "--column", "x"]) == 0
    assert [*from_bytes((table / "x.json").read_bytes()).columns] == ["x"]


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["--table", "none.parquet", "-o", "p.json"], 3, "there is no file none.parquet"),
        (["--table", "now.parquet", "-o", "now.parquet"], 2, "exists; name a new file"),
        (["--table", "now.parquet", "-o", "p.json", "--like", "none"], 3, "none cannot be read"),
        (
            ["--table", "now.parquet", "-o", "p.json", "--like", "now.parquet"],
            3,
            "no table profile",
        ),
        (["--table", "now.parquet", "-o", "p.json", "--column", "z"], 3, "has no column 'z'"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_written(table, capsys, words, code, message):
    assert main(["profile", *words]) == code
    assert message in capsys.readouterr().err
    assert not (table / "p.json").exists()
