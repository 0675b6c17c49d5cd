"""govgate digest: one name for the rows, another for the bytes, without a project."""

import json

import pandas as pd
import pytest

from govgate.cli.main import main


@pytest.fixture
def people():
    return pd.DataFrame({"age": [30, 40], "name": ["a", "b"]})


def said(capsys, *words):
    assert main(["digest", *words, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_other_bytes_of_the_same_rows_have_the_same_name(people, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    people.to_parquet("a.parquet")
    people[::-1].to_csv("b.csv", index=False)
    one, other = said(capsys, "a.parquet"), said(capsys, "b.csv")
    assert one["rows"] == other["rows"]
    assert one["bytes"] != other["bytes"]
    assert (one["row_count"], one["columns"]) == (2, 2)
    assert main(["digest", "a.parquet"]) == 0
    assert one["rows"] in capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "data", "says"),
    [
        # NOT OK: no such file, an empty one, a truncated one
        ("t.parquet", None, "there is no file"),
        ("t.csv", b"", "is empty"),
        ("t.parquet", b"PAR1", "cannot be read as a table"),
    ],
)
def test_what_is_no_table_is_refused(tmp_path, capsys, name, data, says):
    if data is not None:
        (tmp_path / name).write_bytes(data)
    assert main(["digest", str(tmp_path / name)]) == 3
    assert says in capsys.readouterr().err


def test_a_nested_column_is_refused_by_name(tmp_path, capsys):
    pd.DataFrame({"tags": [["a"], ["b"]]}).to_parquet(tmp_path / "t.parquet")
    assert main(["digest", str(tmp_path / "t.parquet")]) == 3
    assert "column 'tags' holds list" in capsys.readouterr().err
