"""What it costs to be installed, and to verify before loading.

Bars: `import govgate` under 50 ms; our modules under 5 ms of `import mlflow` while GOVGATE_VERIFY
is unset; a verified load under 0.5 s more than MLflow's own, plus the time to hash the bytes.
Run: `python benchmarks/loading.py`.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path

from govgate.project import create_person_key, create_project, open_project
from govgate.records import Meaning

ROUNDS = 7
POLICY = """\
name: bench
version: "1"
rules:
  - {gate: sign-off, bounds: {threshold: {model-owner: 1}}, rationale: r, owner: o}
"""
CODE = "class M:\n    def predict(self, rows, params=None):\n        return rows\n\n\n"
CODE += "def _load_pyfunc(path):\n    return M()\n"


def main() -> int:
    empty, ours = (median_s(lambda c=c: run(c)) for c in ("pass", "import govgate"))
    plugins_s = statistics.median(plugin_s() for _ in range(ROUNDS))
    with tempfile.TemporaryDirectory() as place:
        folder, model = ready(Path(place) / "project")
        stock_s, verified_s, big_s = loads(folder, model)
    rows = [
        ("import govgate", ours - empty, 0.05),
        ("our modules in import mlflow", plugins_s, 0.005),
        ("mlflow.pyfunc.load_model, a folder", stock_s, None),
        ("govgate.load_model, the same", verified_s, stock_s + 0.5),
        ("govgate.load_model, 256 MiB more", big_s, None),
    ]
    print(f"{'median':<40}{'ms':>10}{'bar':>10}")
    for name, took, bar in rows:
        print(f"{name:<40}{took * 1e3:>10.1f}{'' if bar is None else f'{bar * 1e3:.0f}':>10}")
    return int(any(bar is not None and took > bar for _, took, bar in rows))


def run(code: str) -> str:
    environment = {k: v for k, v in os.environ.items() if k != "GOVGATE_VERIFY"}
    words = [sys.executable, "-c", code]
    done = subprocess.run(words, env=environment, capture_output=True, text=True, check=True)
    return done.stdout


def plugin_s() -> float:
    """Seconds to import our modules, once all is there that MLflow imports anyway."""
    timed = "import math, os, pathlib, re, time, typing; begun = time.perf_counter(); "
    timed += "import govgate.integrations.mlflow.context, govgate.integrations.mlflow.evaluator; "
    return float(run(timed + "print(time.perf_counter() - begun)"))


def median_s(call: object, rounds: int = ROUNDS) -> float:
    took = []
    for _ in range(rounds):
        begun = time.perf_counter()
        call()
        took.append(time.perf_counter() - begun)
    return statistics.median(took)


def ready(folder: Path) -> tuple[Path, Path]:
    """Make a project that allows a small model folder, and say where both are."""
    create_project(folder, name="bench")
    (folder / "policy.yaml").write_text(POLICY)
    line = create_person_key(folder / "people" / "olga", "olga")
    people = "people:\n  - {id: tess, name: Tess}\n"
    people += f'  - {{id: olga, name: Olga, roles: [model-owner], keys: ["{line}"]}}\n'
    (folder / "people.yaml").write_text(people)
    model = folder / "model"
    (model / "code").mkdir(parents=True)
    (model / "code" / "bench_model.py").write_text(CODE)
    flavour = "{loader_module: bench_model, code: code, python_version: 3.11.7}"
    (model / "MLmodel").write_text(f"flavors:\n  python_function: {flavour}\n")
    allow(folder, model)
    return folder, model


def allow(folder: Path, model: Path) -> None:
    project = open_project(folder)
    project.decide(project.request(str(model), trained_by="tess"))
    draft = project.draft_sign_off(str(model), "olga", "model-owner", Meaning.APPROVAL)
    project.sign(str(model), draft, folder / "people" / "olga")
    project.decide(project.request(str(model)))


def loads(folder: Path, model: Path) -> tuple[float, float, float]:
    warnings.simplefilter("ignore")
    os.environ["MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR"] = "false"
    import mlflow.pyfunc

    import govgate

    stock_s = median_s(lambda: mlflow.pyfunc.load_model(str(model)))
    verified_s = median_s(lambda: govgate.load_model(model, project=folder))
    with (model / "weights.bin").open("wb") as file:
        file.truncate(256 << 20)
    allow(folder, model)
    return stock_s, verified_s, median_s(lambda: govgate.load_model(model, project=folder), 3)


if __name__ == "__main__":
    sys.exit(main())
