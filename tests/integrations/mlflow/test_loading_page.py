"""docs/how-to/load-models-safely.md does what it says, block by block."""

import importlib
import os
import re
import subprocess
import sys
import warnings
from pathlib import Path

import pandas as pd
import pytest

from govgate.integrations.mlflow.evaluator import _KNOWN
from govgate.integrations.mlflow.hook import _KNOWN as ARGUMENTS
from govgate.project import open_project

PAGE = (Path(__file__).parents[3] / "docs" / "how-to" / "load-models-safely.md").read_text()
BLOCKS = re.findall(r"^```python\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
LOAD, REFUSED, SERVE, EVALUATE, DATASET = BLOCKS
BIAS = """\
  - gate: bias
    bounds: {attributes: [sex], max_parity_gap: 0.1, min_impact_ratio: 0.8}
    rationale: Groups must be selected at like rates.
    owner: risk
"""


@pytest.fixture(scope="module")
def loans(shop):
    """Version 1 is promoted, version 2 is only registered."""
    version, _, _ = shop.promoted("loans")
    shop.register("loans", answer=2)
    return version


@pytest.fixture(autouse=True)
def ready(temporary, mlflows_loaders, loans, shop, monkeypatch):  # noqa: ARG001 -- all are needed
    monkeypatch.setenv("GOVGATE_PROJECT", str(shop.governed.folder))
    monkeypatch.setenv("MLFLOW_TRACKING_URI", shop.server.url)


def run(block, **names):
    exec(compile(block, "load-models-safely.md", "exec"), names)  # noqa: S102 -- our own page
    return names


def test_a_promoted_model_loads_and_an_undecided_one_does_not(capsys):
    names = run(LOAD, rows=[[1], [2]])
    assert capsys.readouterr().out == "[1, 1]\n"
    run(REFUSED, govgate=names["govgate"])
    assert capsys.readouterr().out == "NO_ATTESTATION\n"


@pytest.mark.parametrize(("name", "code"), [("champion", 0), ("2", 1)])
def test_the_variable_alone_makes_a_script_refuse(tmp_path, name, code):
    script = tmp_path / "serve.py"
    script.write_text(SERVE if name == "champion" else SERVE.replace("@champion", f"/{name}"))
    line = re.search(r"^(GOVGATE_VERIFY=\w+) python serve.py$", PAGE, re.MULTILINE)
    words = line[1].split("=")
    done = subprocess.run(
        [sys.executable, script],
        env={**os.environ, words[0]: words[1]},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == code, done.stderr
    assert ("NO_ATTESTATION" in done.stderr or "carries no decision" in done.stderr) is bool(code)


def test_an_evaluation_records_and_a_dataset_is_logged_whole(shop, tmp_path, monkeypatch, loans):
    import shutil

    import mlflow

    folder = tmp_path / "project"
    shutil.copytree(shop.governed.folder, folder)
    (folder / "policy.yaml").write_text((folder / "policy.yaml").read_text() + BIAS)
    monkeypatch.setenv("GOVGATE_PROJECT", str(folder))
    before = sum(1 for _ in open_project(folder).book.entries())
    scored = pd.DataFrame({"sex": ["f", "m"] * 2000, "label": [1, 1, 0, 0] * 1000})
    with warnings.catch_warnings(action="ignore"):
        importlib.import_module("mlflow.models.evaluation.evaluators.classifier")
        names = run(EVALUATE, mlflow=mlflow, scored=scored)
        mlflow.end_run()
        run(DATASET, mlflow=mlflow, scored=scored, govgate=importlib.import_module("govgate"))
    assert names["result"].metrics["govgate/bias/parity gap sex"] == 0
    written = open_project(folder).book.entries(start=before)
    found = [e for e in written if e.kind == "evidence/v1"]
    assert [e.subject.name for e in found] == [f"models:/loans/{loans.version}"]


def test_the_page_lists_every_setting_of_the_evaluator():
    table = PAGE.split("| `evaluator_config` | |\n")[1].split("\n\n")[0]
    assert set(re.findall(r"^\| `(\w+)`", table, re.MULTILINE)) == _KNOWN


def test_the_specification_names_the_arguments_that_the_hook_was_written_for():
    spec = (Path(__file__).parents[3] / "docs" / "spec" / "loading.md").read_text()
    assert [name for name in ARGUMENTS if f"`{name}`" not in spec] == []
