"""`mlflow.models.evaluate(..., evaluators=["govgate"])`: what the policy asks, as evidence.

MLflow loads this module while it is imported itself, so nothing of MLflow is imported here.

Source: MLflow 3.17.2, `mlflow.models.evaluation.base.ModelEvaluator`.
"""

import math
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from govgate.project import Evaluated

_KNOWN = frozenset({"model", "project", "prediction", "inputs"})
"""What `evaluator_config` may hold."""

_TABLE = "predictions"
"""Name of the table that an evaluation makes, as collectors ask for it."""

_NOT_IN_A_NAME = re.compile(r"[^\w. /-]+")
"""What MLflow allows in no name of a metric."""


class GovgateEvaluator:
    """Measures predictions as `govgate assess` does, and records the evidence."""

    @classmethod
    def can_evaluate(cls, *, model_type: str, evaluator_config: Any, **_: Any) -> bool:
        """Tell whether it was asked by its own settings, and for decisions of yes and no."""
        asked = isinstance(evaluator_config, Mapping) and "model" in evaluator_config
        return asked and model_type == "classifier"

    def evaluate(
        self,
        *,
        dataset: Any,
        run_id: str,
        evaluator_config: Mapping[str, Any],
        model: Any = None,
        predictions: str | None = None,
        **_: Any,
    ) -> Any:
        """Measure, record, and log what was found to the run.

        Args:
            dataset: MLflow's evaluation dataset, made of a data frame.
            run_id: Where metrics and the table of findings go.
            evaluator_config: `model`, the URI of the bytes that the evidence is about; and
                `project`, `prediction` and `inputs`, which may be left out.
            model: MLflow's pyfunc model, or None where the data holds the predictions.
            predictions: Column of the model's output, where that has several.

        Returns:
            MLflow's evaluation result.

        Raises:
            EvidenceError: Something asked for cannot be measured; nothing was recorded.
        """
        from govgate.integrations.mlflow.evaluating import bytes_of, logged, predicted
        from govgate.project import evaluate, open_project

        _refuse_unknown(evaluator_config)
        column = str(evaluator_config.get("prediction", "prediction"))
        folder = evaluator_config.get("project")
        project = open_project(Path(folder) if folder is not None else None)
        with bytes_of(str(evaluator_config["model"]), model) as (name, path):
            frame = predicted(dataset, model, predictions, column)
            inputs = {**evaluator_config.get("inputs", {}), _TABLE: frame}
            done = evaluate(project, name, path, inputs)
        return logged(done, _metrics(done), run_id)


def _refuse_unknown(config: Mapping[str, Any]) -> None:
    from govgate.errors import EvidenceError

    if unknown := sorted(config.keys() - _KNOWN):
        msg = f"evaluator_config holds {', '.join(unknown)}; known: {', '.join(sorted(_KNOWN))}"
        raise EvidenceError(msg)


def _metrics(done: "Evaluated") -> dict[str, float]:
    """Numbers by "govgate/GATE/ABOUT"; what is said in words stands in the table only."""
    return {
        _NOT_IN_A_NAME.sub("", f"govgate/{gate}/{finding.about}"): float(finding.observed)
        for gate, finding in done.findings
        if not isinstance(finding.observed, str) and math.isfinite(finding.observed)
    }
