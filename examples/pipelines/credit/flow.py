"""Train a credit model, have it judged, promote it: a Prefect flow with three lines of govgate.

    python flow.py --project FOLDER                            the plain model
    python flow.py --project FOLDER --remedied                 the remedied one
    python flow.py --project FOLDER --remedied --no-promote    stop once the gates have passed

FOLDER holds govgate.yaml; the MLflow registry it names must be running.
"""

import argparse
import os
import sys
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from data import FEATURES, PROTECTED, PROXIES, make_loans, without_identifiers

from govgate.errors import GovgateError
from govgate.integrations.prefect import await_sign_off, promote, run_gates
from govgate.project import open_project


@dataclass(frozen=True)
class Trained:
    """A fitted model, and the columns it reads."""

    model: Any
    features: list[str]


def credit_pipeline(
    project: Path, *, remedied: bool = False, promoted: bool = True, wait_s: float = 0.0
) -> None:
    """Run the whole pipeline.

    Args:
        project: The govgate project's folder.
        remedied: Train without the proxies, on reweighed decisions.
        promoted: False stops once the gates have passed.
        wait_s: Seconds to wait for signatures before giving up.
    """
    loans = make_loans()
    training = without_identifiers(loans.training)
    held_out = without_identifiers(loans.held_out)
    trained = train_remedied(training) if remedied else train_plain(training)
    predictions = predict(trained, held_out)
    name = register(trained, training, project)
    print(f"{name}: right about {(predictions.predicted == predictions.repaid).mean():.1%}")

    decision = run_gates(  # 1: measure, record, decide; stops here when a gate fails
        name,
        trained_by="tess",
        aliases=["champion"],
        inputs={
            "predictions": predictions,
            "reference": training[trained.features],
            "current": held_out[trained.features],
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
    """Learn from the officers' decisions, habit and all."""
    return _fitted(training, FEATURES, weights=None)


def train_remedied(training: Any) -> Trained:
    """Leave the proxies out, and weigh the decisions as if no group had been marked down."""
    kept = [column for column in FEATURES if column not in PROXIES]
    return _fitted(training, kept, weights=reweighed(training))


def reweighed(training: Any) -> Any:
    """Weigh each row so that decision and group are independent.

    Source: Kamiran and Calders (2012), "Data preprocessing techniques for classification
    without discrimination", section 4: P(group) P(decision) / P(group, decision).
    """
    group = training[PROTECTED].agg("/".join, axis=1)
    granted = training["granted"].astype(str)

    def share(values: Any) -> Any:
        return values.map(values.value_counts(normalize=True))

    return share(group) * share(granted) / share(group + "/" + granted)


def predict(trained: Trained, held_out: Any) -> Any:
    """Score people whose answer is known; no identifier, only what the gates must see."""
    scored = held_out[[*PROTECTED, "repaid"]]
    return scored.assign(predicted=trained.model.predict(held_out[trained.features]))


def register(trained: Trained, training: Any, project: Path) -> str:
    """Log the model to the MLflow registry of the project.

    Returns:
        Its name, such as "models:/credit/1".
    """
    import mlflow

    address = os.environ.get("MLFLOW_TRACKING_URI") or open_project(project).settings.registry.uri
    mlflow.set_tracking_uri(address)
    mlflow.set_experiment("credit")
    sample = training[trained.features].head(100).astype("float64")
    with mlflow.start_run():
        logged = mlflow.sklearn.log_model(
            trained.model,
            name="model",
            registered_model_name="credit",
            signature=mlflow.models.infer_signature(sample, trained.model.predict(sample)),
            # Said, not guessed: MLflow would load the model in a new process to find out.
            pip_requirements=[f"scikit-learn=={version('scikit-learn')}"],
        )
    return f"models:/credit/{logged.registered_model_version}"


def _fitted(training: Any, features: list[str], weights: Any) -> Trained:
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    model = make_pipeline(StandardScaler(), LogisticRegression())
    inputs = training[features].astype("float64")
    model.fit(inputs, training["granted"], logisticregression__sample_weight=weights)
    return Trained(model, features)


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
    parser = argparse.ArgumentParser(description="Train, judge and promote a credit model.")
    parser.add_argument("--project", type=Path, default=Path(), help="folder of govgate.yaml")
    parser.add_argument("--remedied", action="store_true", help="train the remedied model")
    parser.add_argument("--no-promote", action="store_true", help="stop once the gates have passed")
    parser.add_argument("--wait", type=float, default=0.0, help="seconds to wait for signatures")
    chosen = parser.parse_args(argv)
    settle(chosen.project)
    from prefect import flow

    try:
        # The same function runs without Prefect: call it, and the gates run in threads.
        flow(credit_pipeline, name="credit-pipeline")(
            chosen.project,
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
