"""Between MLflow's evaluation and ours: which bytes, which rows, where the answer goes.

Source: MLflow 3.17.2, `mlflow.models.evaluation`.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd
import yaml
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException
from mlflow.models.evaluation.artifacts import JsonEvaluationArtifact
from mlflow.models.evaluation.base import EvaluationResult

from govgate.errors import EvidenceError
from govgate.integrations.mlflow.fetching import fetch, resolve
from govgate.integrations.mlflow.private_folder import PrivateFolder
from govgate.project import Evaluated

_FILE = "govgate/findings.json"


@contextmanager
def bytes_of(uri: str, model: Any) -> Iterator[tuple[str, Path]]:
    """Fetch the bytes that the evidence will be about; nothing of them is run.

    Args:
        uri: Where they are.
        model: The model that predicts, or None.

    Yields:
        Its name, and the folder.

    Raises:
        EvidenceError: They cannot be fetched, or are not those of the model that predicts.
    """
    private = PrivateFolder()
    try:
        try:
            asked = resolve(uri)
            folder = fetch(asked, private.path)
            said = yaml.safe_load((folder / "MLmodel").read_text(encoding="utf-8"))
        except (MlflowException, OSError, yaml.YAMLError) as why:
            msg = f"{uri} cannot be fetched ({why}); name the model that is evaluated"
            raise EvidenceError(msg) from why
        _require_same(uri, said, model)
        version = asked.version
        yield f"models:/{version.name}/{version.version}" if version else uri, folder
    finally:
        private.remove()


def _require_same(uri: str, said: Any, model: Any) -> None:
    if model is None:
        return
    predicting = getattr(getattr(model, "metadata", None), "model_uuid", None)
    if predicting is None or not isinstance(said, dict) or said.get("model_uuid") != predicting:
        msg = f"the model that predicts is not {uri}; name its own URI in evaluator_config"
        raise EvidenceError(msg)


def predicted(dataset: Any, model: Any, predictions: str | None, column: str) -> pd.DataFrame:
    """Put rows, labels and predictions side by side.

    Args:
        dataset: MLflow's evaluation dataset.
        model: The model that predicts, or None where the data holds the predictions.
        predictions: Column of the model's output, where that has several.
        column: Name for the predictions.

    Returns:
        One row a person, in the data's order.

    Raises:
        EvidenceError: The data is no frame or empty, or a name is taken twice.
    """
    rows = dataset.features_data
    if not isinstance(rows, pd.DataFrame) or rows.empty:
        msg = "the data has no rows in named columns; hand over a data frame that has"
        raise EvidenceError(msg)
    said = dataset.predictions_data if model is None else model.predict(rows)
    if isinstance(said, pd.DataFrame):
        said = _one(said, predictions)
    values = list(said) if said is not None else []
    labels = list(dataset.labels_data) if dataset.has_targets else []
    if len(values) != len(rows) or len(labels) != len(rows):
        msg = f"there are {len(rows)} rows, {len(values)} predictions and {len(labels)} labels; "
        raise EvidenceError(msg + "hand over one of each for each row")
    added = {str(dataset.targets_name): labels, column: values}
    if taken := sorted(set(map(str, rows.columns)) & added.keys()):
        msg = f"the data already holds a column {taken[0]!r}; name the predictions' with prediction"
        raise EvidenceError(msg)
    return rows.reset_index(drop=True).assign(**added)


def _one(said: pd.DataFrame, predictions: str | None) -> Any:
    name = predictions if predictions is not None else said.columns[0]
    if name not in said.columns or (predictions is None and len(said.columns) != 1):
        msg = f"the model answers {', '.join(map(str, said.columns))}; name one with predictions"
        raise EvidenceError(msg)
    return said[name]


def logged(done: Evaluated, metrics: Mapping[str, float], run_id: str) -> EvaluationResult:
    """Log numbers, the table of findings, and which evidence it is, to a run.

    Args:
        done: What was found.
        metrics: Numbers by name.
        run_id: The run.

    Returns:
        MLflow's evaluation result.
    """
    table = {
        "findings": [
            {"gate": gate, "answer": str(finding.answer), **finding.model_dump(mode="json")}
            for gate, finding in done.findings
        ],
        "evidence": {e.kind: e.digest for e in done.evidence},
        "subject": done.evidence[0].subject.model_dump(mode="json"),
        "unmeasured": list(done.unmeasured),
    }
    client = MlflowClient()
    for name, value in metrics.items():
        client.log_metric(run_id, name, value)
    client.set_tag(run_id, "govgate.evidence", ", ".join(e.digest for e in done.evidence))
    client.log_dict(run_id, table, _FILE)
    uri = f"{client.get_run(run_id).info.artifact_uri}/{_FILE}"
    return EvaluationResult(metrics, {"govgate_findings": JsonEvaluationArtifact(uri, table)})
