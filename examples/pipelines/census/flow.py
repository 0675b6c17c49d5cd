"""Predict income on the UCI Adult data, and have the model judged: a Prefect flow on real people.

    python flow.py --project FOLDER --data DATA               the plain model
    python flow.py --project FOLDER --data DATA --remedied    the remedied one

FOLDER holds govgate.yaml; the MLflow registry it names must be running. DATA holds
adult_train.csv and adult_test.csv.
"""

import argparse
import os
import sys
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from adult import LABEL, NUMBERS, PROTECTED, PROXIES, WORDS, read_adult

from govgate.errors import GovgateError
from govgate.integrations.prefect import await_sign_off, promote, run_gates
from govgate.project import open_project


@dataclass(frozen=True)
class Trained:
    """A fitted model, and the columns it reads."""

    model: Any
    numbers: list[str]
    words: list[str]

    @property
    def features(self) -> list[str]:
        """Every column, in the order the model wants them."""
        return [*self.numbers, *self.words]


def census_pipeline(
    project: Path, data: Path, *, remedied: bool = False, promoted: bool = True, wait_s: float = 0.0
) -> None:
    """Run the whole pipeline.

    Args:
        project: The govgate project's folder.
        data: Folder of the two CSV files.
        remedied: Train without sex, race and what gives them away, on reweighed people.
        promoted: False stops once the gates have passed.
        wait_s: Seconds to wait for signatures before giving up.
    """
    adult = read_adult(data)
    trained = train_remedied(adult.training) if remedied else train_plain(adult.training)
    predictions = predict(trained, adult.held_out)
    name = register(trained, adult.training, project)
    print(f"{name}: wrong about {(predictions.predicted != predictions.income).mean():.2%}")

    decision = run_gates(  # 1: measure, record, decide; stops here when a gate fails
        name,
        trained_by="tess",
        aliases=["champion"],
        inputs={
            "predictions": predictions,
            "reference": adult.training[trained.features],
            "current": adult.held_out[trained.features],
        },
        project=project,
    )
    print(f"{name}: every measured gate passed")
    if not promoted:
        return
    await_sign_off(decision, timeout_s=wait_s)  # 2: people answer for it
    promote(decision)  # 3: judged once more, then the alias moves
    print(f"{name}: promoted to @champion")


def train_plain(training: Any) -> Trained:
    """Learn from everything there is."""
    return _fitted(training, NUMBERS, WORDS, weights=None)


def train_remedied(training: Any) -> Trained:
    """Leave out sex, race and what gives them away; weigh people so that income is independent."""
    kept = [word for word in WORDS if word not in {*PROTECTED, *PROXIES}]
    return _fitted(training, NUMBERS, kept, weights=reweighed(training))


def reweighed(training: Any) -> Any:
    """Weigh each row so that income and group are independent.

    Source: Kamiran and Calders (2012), "Data preprocessing techniques for classification
    without discrimination", section 4: P(group) P(income) / P(group, income).
    """
    group = training[PROTECTED].agg("/".join, axis=1)

    def share(values: Any) -> Any:
        return values.map(values.value_counts(normalize=True))

    return share(group) * share(training[LABEL]) / share(group + "/" + training[LABEL])


def predict(trained: Trained, held_out: Any) -> Any:
    """Score the held-out people; only what the gates must see."""
    scored = held_out[[*PROTECTED, LABEL]]
    return scored.assign(predicted=trained.model.predict(held_out[trained.features]))


def register(trained: Trained, training: Any, project: Path) -> str:
    """Log the model to the MLflow registry of the project.

    Returns:
        Its name, such as "models:/census/1".
    """
    import mlflow

    address = os.environ.get("MLFLOW_TRACKING_URI") or open_project(project).settings.registry.uri
    mlflow.set_tracking_uri(address)
    mlflow.set_experiment("census")
    sample = training[trained.features].head(100).astype(dict.fromkeys(trained.numbers, "float64"))
    with mlflow.start_run():
        logged = mlflow.sklearn.log_model(
            trained.model,
            name="model",
            registered_model_name="census",
            signature=mlflow.models.infer_signature(sample, trained.model.predict(sample)),
            # Said, not guessed: MLflow would load the model in a new process to find out.
            pip_requirements=[f"scikit-learn=={version('scikit-learn')}"],
        )
    return f"models:/census/{logged.registered_model_version}"


def _fitted(training: Any, numbers: list[str], words: list[str], weights: Any) -> Trained:
    from sklearn.compose import make_column_transformer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    model = make_pipeline(
        make_column_transformer(
            (StandardScaler(), numbers),
            (OneHotEncoder(handle_unknown="ignore", min_frequency=20), words),
        ),
        LogisticRegression(max_iter=500),
    )
    inputs, label = training[[*numbers, *words]], training[LABEL]
    model.fit(inputs, label, logisticregression__sample_weight=weights)
    return Trained(model, numbers, words)


def settle(project: Path) -> None:
    """Keep Prefect's own files in the project, its small server quick, and both tools quiet.

    They read these when they are imported. What is set already stays: set PREFECT_API_URL,
    and your own server is used.
    """
    home = project.resolve() / ".govgate" / "prefect"
    home.mkdir(parents=True, exist_ok=True)  # Prefect makes no parents
    for name, value in {
        "PREFECT_HOME": str(home),
        "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "120",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        # A refusal is this program's last line, not Prefect's traceback.
        "PREFECT_LOGGING_LEVEL": "CRITICAL",
        "DO_NOT_TRACK": "1",
        "MLFLOW_LOGGING_LEVEL": "WARNING",
        "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
        # SQLite locks less when task runs are written in batches.
        "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_FLUSH_INTERVAL": "5",
        "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_BATCH_SIZE": "500",
    }.items():
        os.environ.setdefault(name, value)


def main(argv: list[str] | None = None) -> int:
    """Run the pipeline as a Prefect flow.

    Returns:
        0 promoted, or ready to be signed; govgate's exit code otherwise, such as 10 denied.
    """
    parser = argparse.ArgumentParser(description="Train, judge and promote a model of income.")
    parser.add_argument("--project", type=Path, default=Path(), help="folder of govgate.yaml")
    parser.add_argument("--data", type=Path, required=True, help="folder of the two CSV files")
    parser.add_argument("--remedied", action="store_true", help="train the remedied model")
    parser.add_argument("--no-promote", action="store_true", help="stop once the gates have passed")
    parser.add_argument("--wait", type=float, default=0.0, help="seconds to wait for signatures")
    chosen = parser.parse_args(argv)
    settle(chosen.project)
    from prefect import flow

    try:
        # The same function runs without Prefect: call it, and the gates run in threads.
        flow(census_pipeline, name="census-pipeline")(
            chosen.project,
            chosen.data,
            remedied=chosen.remedied,
            promoted=not chosen.no_promote,
            wait_s=chosen.wait,
        )
    except GovgateError as why:
        print(why.args[0], file=sys.stderr)
        return why.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
