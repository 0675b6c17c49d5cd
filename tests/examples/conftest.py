"""The example pipelines, loaded from their folders as `python flow.py` does."""

import importlib.util
import shutil
import sys
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

PIPELINES = Path(__file__).parents[2] / "examples" / "pipelines"
PEOPLE = """\
people:
  - {id: tess, name: Tess, roles: [trainer]}
"""


@dataclass(frozen=True)
class Example:
    """One example: its flow, the module it reads its data with, and a project with its policy."""

    folder: Path
    flow: Any
    data: Any
    project: Path

    @staticmethod
    def findings(decision, gate):
        """What was looked at, to its finding."""
        (verdict,) = (v for v in decision.verdicts if v.gate == gate)
        return {finding.about: finding for finding in verdict.findings}

    def judge(self, trained, training, held_out):
        """Save a trained model, and have it judged as the flow does."""
        import mlflow

        from govgate.integrations.prefect import run_gates

        model = self.project / "model"
        shutil.rmtree(model, ignore_errors=True)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # of MLflow, about its own types
            mlflow.sklearn.save_model(trained.model, model, pip_requirements=["scikit-learn"])
        inputs = {
            "predictions": self.flow.predict(trained, held_out),
            "reference": training[trained.features],
            "current": held_out[trained.features],
        }
        decided = run_gates(
            str(model), trained_by="tess", inputs=inputs, project=self.project, enforce=False
        )
        return decided.decision


def load(name, data, monkeypatch, tmp_path):
    from govgate.project import create_project

    folder = PIPELINES / name
    monkeypatch.syspath_prepend(folder)
    modules = {}
    for module in dict.fromkeys((data, "flow")):
        spec = importlib.util.spec_from_file_location(module, folder / f"{module}.py")
        modules[module] = importlib.util.module_from_spec(spec)
        monkeypatch.setitem(sys.modules, module, modules[module])
        spec.loader.exec_module(modules[module])
    project = tmp_path / name
    create_project(project, name=name)
    shutil.copy(folder / "policy.yaml", project)
    (project / "people.yaml").write_text(PEOPLE)
    return Example(folder, modules["flow"], modules[data], project)


@pytest.fixture
def credit(monkeypatch, tmp_path):
    return load("credit", "data", monkeypatch, tmp_path)


@pytest.fixture
def census(monkeypatch, tmp_path):
    return load("census", "adult", monkeypatch, tmp_path)


@pytest.fixture
def release(monkeypatch, tmp_path):
    return load("release", "flow", monkeypatch, tmp_path)
