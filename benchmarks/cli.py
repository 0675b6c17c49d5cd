"""Whole-process seconds of the command line, side by side with `mlflow --version`.

Bars: `govgate --help` under 0.4 s, `govgate check` on ready evidence under 1.0 s,
`govgate demo` under 120 s. Run: `python benchmarks/cli.py [--demo]`.
"""

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from govgate.project import create_person_key, create_project, open_project
from govgate.records import Evidence

GOVGATE = [sys.executable, "-m", "govgate"]
ROUNDS = 7


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--demo", action="store_true", help="time the demo too (about 1 min)")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        model = ready(Path(place) / "project")
        check = [*GOVGATE, "check", str(model), "--project", str(model.parent)]
        peer = seconds([sys.executable, "-m", "mlflow", "--version"], rounds=3)
        rows = [
            ("govgate --help", seconds([*GOVGATE, "--help"]), 0.4),
            ("govgate check, 1 piece of evidence in the ledger", seconds(check, code=10), 1.0),
        ]
        if chosen.demo:
            demo = [*GOVGATE, "demo", "--folder", str(Path(place) / "demo")]
            rows.append(("govgate demo", seconds(demo, rounds=1), 120.0))
    print(f"{'command (median of runs)':<52}{'s':>8}{'bar':>8}{'mlflow/this':>13}")
    print(f"{'mlflow --version':<52}{peer:>8.2f}{'':>8}{1:>13.1f}")
    for name, took, bar in rows:
        print(f"{name:<52}{took:>8.2f}{bar:>8.1f}{peer / took:>13.1f}")
    return int(any(took > bar for _, took, bar in rows))


def ready(folder: Path) -> Path:
    """Make a project whose ledger holds evidence about a model folder."""
    create_project(folder, name="bench")
    line = create_person_key(folder / "people" / "tess", "tess")
    person = f'people:\n  - {{id: tess, name: Tess, keys: ["{line}"]}}\n'
    (folder / "people.yaml").write_text(person)
    model = folder / "model"
    model.mkdir()
    (model / "MLmodel").write_text("flavors: {}\n")
    project = open_project(folder)
    request = project.request(str(model), trained_by="tess")
    cells = [{"groups": [g], "selected": 900, "passed_over": 1100} for g in "fm"]
    evidence = Evidence(
        subject=request.subject,
        kind="group-outcomes/v1",
        taken_at=datetime.now(UTC),  # noqa: TID251 -- evidence of now
        taken_by="benchmark",
        population={"rows": 4000},
        materials={},
        body={"attributes": ["sex"], "cells": cells},
    )
    project.record([evidence])
    project.decide(request)
    return model


def seconds(words: list[str], *, rounds: int = ROUNDS, code: int = 0) -> float:
    """Median wall seconds of a whole process that ends with `code`."""
    took = []
    for _ in range(rounds):
        begun = time.perf_counter()
        done = subprocess.run(words, capture_output=True, check=False)
        took.append(time.perf_counter() - begun)
        if done.returncode != code:
            sys.exit(f"{words} ended with {done.returncode}: {done.stderr.decode()[-500:]}")
    return statistics.median(took)


if __name__ == "__main__":
    sys.exit(main())
