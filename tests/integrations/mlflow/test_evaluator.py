"""`mlflow.models.evaluate` with our evaluator: evidence in the ledger, numbers on the run."""

import importlib
import json
import warnings
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest

from govgate.adapters.model_files import content_of_folder
from govgate.errors import EvidenceError
from govgate.integrations.mlflow.evaluator import GovgateEvaluator
from govgate.project import create_project, open_project

POLICY = """\
name: credit
version: "1"
rules:
  - gate: bias
    bounds: {attributes: [sex], max_parity_gap: 0.1, min_impact_ratio: 0.8}
    rationale: Groups must be selected at like rates.
    owner: risk
  - gate: drift
    bounds: {}
    rationale: Judged on one population, promoted for no other.
    owner: risk
"""
SIZE = 2000


@pytest.fixture
def project(tmp_path):
    folder = tmp_path / "project"
    create_project(folder, name="credit")
    (folder / "policy.yaml").write_text(POLICY)
    return folder


@pytest.fixture
def mlflow(mlflow_server, temporary, mlflows_loaders):  # noqa: ARG001 -- loaders come first
    import mlflow

    with warnings.catch_warnings(action="ignore"):
        importlib.import_module("mlflow.models.evaluation.evaluators.classifier")
    mlflow.set_tracking_uri(mlflow_server.url)
    yield mlflow
    while mlflow.active_run():
        mlflow.end_run()


@pytest.fixture
def rows():
    return pd.DataFrame({"sex": ["f", "m"] * SIZE, "label": [1, 1, 0, 0] * (SIZE // 2)})


@pytest.fixture
def evaluate(mlflow, project):
    def evaluate(model, data, *, about, evaluators=("govgate",), **more):
        config = {"model": str(about), "project": str(project), **more.pop("config", {})}
        more = {"targets": "label", "model_type": "classifier", **more}
        with warnings.catch_warnings(action="ignore"):  # MLflow's own, of pandas 4 and more
            return mlflow.models.evaluate(
                model,
                data,
                evaluators=list(evaluators),
                evaluator_config={"govgate": config},
                **more,
            )

    return evaluate


def recorded(project):
    return [e for e in open_project(project).book.entries() if e.kind == "evidence/v1"]


def test_what_was_predicted_is_measured_recorded_and_logged(shop, evaluate, project, rows, mlflow):
    folder, _ = shop.save("evaluated")
    with mlflow.start_run() as run:
        result = evaluate(str(folder), rows, about=folder)

    (entry,) = recorded(project)
    assert entry.subject.content == content_of_folder(folder)
    assert entry.record["kind"] == "group-outcomes/v1"
    assert entry.record["population"]["rows"] == 2 * SIZE
    found = mlflow.MlflowClient().get_run(run.info.run_id)
    assert result.metrics["govgate/bias/parity gap sex"] == 0
    assert found.data.metrics["govgate/bias/parity gap sex"] == 0
    assert found.data.tags["govgate.evidence"] == entry.record_digest
    table = result.artifacts["govgate_findings"].content
    path = mlflow.artifacts.download_artifacts(result.artifacts["govgate_findings"].uri)
    assert json.loads(Path(path).read_text()) == table
    assert {f["gate"] for f in table["findings"]} == {"bias"}
    assert table["unmeasured"] == ["drift"]


def test_a_gap_is_found_in_predictions_that_the_data_holds(shop, evaluate, project, rows):
    folder, _ = shop.save("gap")
    rows["prediction"] = [0, 1] * SIZE
    result = evaluate(None, rows, about=folder, predictions="prediction")
    assert result.metrics["govgate/bias/parity gap sex"] == 1
    answers = {f["answer"] for f in result.artifacts["govgate_findings"].content["findings"]}
    assert "beyond" in answers
    assert len(recorded(project)) == 1


def test_more_tables_let_more_gates_measure(shop, evaluate, project, rows):
    folder, _ = shop.save("tables")
    ages = pd.DataFrame({"age": [float(n % 60) for n in range(2 * SIZE)]})
    tables = {"inputs": {"reference": ages, "current": ages}}
    result = evaluate(str(folder), rows, about=folder, config=tables)
    assert result.artifacts["govgate_findings"].content["unmeasured"] == []
    assert sorted(e.record["kind"] for e in recorded(project)) == [
        "column-drift/v1",
        "group-outcomes/v1",
    ]


def test_a_registered_version_is_named_so(shop, evaluate, project, rows):
    version, _, _ = shop.register("evaluated-version")
    uri = f"models:/evaluated-version/{version.version}"
    evaluate(uri, rows, about=uri)
    (entry,) = recorded(project)
    assert entry.subject.name == uri
    assert entry.subject.content == shop.registry.content(version)


def break_column(rows):
    return rows.rename(columns={"sex": "gender"})


def break_name(rows):
    return rows.assign(prediction=1)


@pytest.mark.parametrize("broken", [break_column, break_name])
def test_what_cannot_be_measured_fails_and_records_nothing(shop, evaluate, project, rows, broken):
    folder, _ = shop.save("broken")
    with pytest.raises(EvidenceError, match="; "):
        evaluate(str(folder), broken(rows), about=folder)
    assert recorded(project) == []


@dataclass
class Data:
    """As much of MLflow's dataset as is read."""

    features_data: pd.DataFrame
    predictions_data: list | None
    labels_data: list
    has_targets: bool = True
    targets_name: str = "label"


COUNTS = [
    (2, 2, 2, True),  # OK
    (0, 0, 0, False),  # NOT OK
    (2, None, 2, False),  # NOT OK
    (2, 1, 2, False),  # NOT OK
    (2, 2, 1, False),  # NOT OK
]


@pytest.mark.parametrize(("rows", "said", "labels", "fine"), COUNTS)
def test_each_row_needs_one_prediction_and_one_label(rows, said, labels, fine):
    from govgate.integrations.mlflow.evaluating import predicted

    frame = pd.DataFrame({"sex": ["f"] * rows})
    data = Data(frame, None if said is None else [1] * said, [0] * labels)
    if fine:
        columns = predicted(data, None, None, "prediction").to_dict("list")
        assert columns == {"sex": ["f", "f"], "label": [0, 0], "prediction": [1, 1]}
    else:
        with pytest.raises(EvidenceError, match="rows"):
            predicted(data, None, None, "prediction")


def test_a_bare_matrix_has_no_attributes(shop, evaluate, project):
    folder, _ = shop.save("matrix")
    with pytest.raises(EvidenceError, match="named columns"):
        evaluate(str(folder), [[1.0], [2.0]], about=folder, targets=[1, 0])
    assert recorded(project) == []


def test_evidence_about_another_model_than_the_one_that_predicts_is_refused(
    shop, evaluate, project, rows
):
    folder, _ = shop.save("predicting")
    other, _ = shop.save("innocent")
    with pytest.raises(EvidenceError, match="not"):
        evaluate(str(folder), rows, about=other)
    with pytest.raises(EvidenceError, match="not"):
        evaluate(lambda rows: [1] * len(rows), rows, about=other)
    assert recorded(project) == []


@pytest.mark.parametrize(
    "config", [{"modell": "x"}, {"inputs": {"nosuch": {"a": [1]}}}, {"model": "no/such/folder"}]
)
def test_settings_that_say_nothing_fail(shop, evaluate, project, rows, config):
    folder, _ = shop.save("settings")
    with pytest.raises(EvidenceError):
        evaluate(str(folder), rows, about=folder, config=config)
    assert recorded(project) == []


CAN = [
    ("classifier", {"model": "models:/credit/1"}, True),  # OK
    ("classifier", {}, False),  # NOT OK: every evaluation without a list asks every evaluator
    ("classifier", None, False),  # NOT OK
    ("classifier", {"project": "."}, False),  # NOT OK: about no bytes
    ("regressor", {"model": "models:/credit/1"}, False),  # NOT OK: no decisions of yes and no
    ("text", {"model": "models:/credit/1"}, False),  # NOT OK
    (None, {"model": "models:/credit/1"}, False),  # NOT OK
]


@pytest.mark.parametrize(("kind", "config", "can"), CAN)
def test_it_judges_only_what_it_can_and_was_asked_for(kind, config, can):
    assert GovgateEvaluator.can_evaluate(model_type=kind, evaluator_config=config) is can


def test_an_evaluation_that_does_not_name_it_goes_on_without_it(shop, mlflow, rows, project):
    folder, _ = shop.save("unnamed")
    with warnings.catch_warnings(action="ignore"):
        result = mlflow.models.evaluate(
            str(folder),
            rows,
            targets="label",
            model_type="classifier",
            evaluator_config={"log_explainer": False, "log_model_explainability": False},
        )
    assert not any(name.startswith("govgate") for name in result.metrics)
    assert recorded(project) == []
