"""A dataset's digest is the one that evidence names, whole, in lineage."""

import json
import warnings

import pandas as pd
import pytest

import govgate
from govgate.adapters.tables import read_table
from govgate.errors import EvidenceError


@pytest.fixture
def rows():
    return pd.DataFrame({"sex": ["f", "m"], "label": [1.0, 0.0]})


@pytest.fixture(params=["frame", "csv", "parquet"])
def source(request, rows, tmp_path):
    if request.param == "frame":
        return rows
    path = tmp_path / f"scored.{request.param}"
    rows.to_csv(path, index=False) if request.param == "csv" else rows.to_parquet(path)
    return path


def test_the_whole_digest_is_in_the_source_and_its_start_is_the_digest(source):
    from mlflow.data import get_source

    dataset = govgate.mlflow_dataset(source)
    whole = get_source(dataset).to_dict()["tags"]["sha256"]
    assert f"sha256:{whole}" == read_table(source).digest
    assert dataset.digest == whole[:32]


def test_a_server_gives_back_what_was_logged(source, mlflow_server, monkeypatch):
    import mlflow

    monkeypatch.setenv("MLFLOW_TRACKING_URI", mlflow_server.url)
    mlflow.set_tracking_uri(None)
    with warnings.catch_warnings(action="ignore"), mlflow.start_run() as run:
        mlflow.log_input(govgate.mlflow_dataset(source, name="scored"), context="evaluation")
    (used,) = mlflow.get_run(run.info.run_id).inputs.dataset_inputs
    whole = json.loads(used.dataset.source)["tags"]["sha256"]
    assert f"sha256:{whole}" == read_table(source).digest
    assert (used.dataset.name, used.dataset.digest) == ("scored", whole[:32])
    assert mlflow.data.get_source(used).to_dict()["tags"]["sha256"] == whole


def test_rows_after_the_ten_thousandth_count(rows):
    many = pd.concat([rows] * 6000, ignore_index=True)
    other = many.copy()
    other.loc[len(other) - 1, "label"] = 1.0
    assert govgate.mlflow_dataset(many).digest != govgate.mlflow_dataset(other).digest


def test_columns_can_be_named_of_a_frame_only(rows, tmp_path):
    assert govgate.mlflow_dataset(rows, targets="label").targets == "label"
    rows.to_csv(tmp_path / "rows.csv", index=False)
    with pytest.raises(EvidenceError, match="frame"):
        govgate.mlflow_dataset(tmp_path / "rows.csv", targets="label")


def test_what_is_no_table_is_refused(tmp_path):
    with pytest.raises(EvidenceError):
        govgate.mlflow_dataset(tmp_path / "absent.csv")


def test_the_digest_of_the_rows_stays_when_the_file_is_written_again(tmp_path):
    frame = pd.DataFrame({"age": [30, 40], "sex": ["f", "m"]})
    frame.to_parquet(tmp_path / "a.parquet")
    frame[::-1].to_csv(tmp_path / "b.csv", index=False)
    made = [govgate.mlflow_dataset(tmp_path / name, rows=True) for name in ("a.parquet", "b.csv")]
    one, other = (json.loads(each.to_dict()["source"])["tags"] for each in made)
    assert one["rows"] == other["rows"]
    assert one["sha256"] != other["sha256"]
