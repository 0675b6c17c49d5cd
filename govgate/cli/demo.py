"""govgate demo: the main job from end to end, on a real MLflow server and a real pipeline."""

import argparse
import json
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from govgate.cli.asking import add_verb
from govgate.errors import DeniedError, ProjectError

if TYPE_CHECKING:
    from govgate.cli.stage import Stage

_MARK = ".govgate-demo"
_SERVER_START_S = 180.0
_FORBIDDEN = 403
_PEOPLE = (
    ("tess", "Tess Trainer", "trainer"),
    ("olga", "Olga Owner", "model-owner"),
    ("rami", "Rami Risk", "risk"),
)


def add_to(verbs: Any) -> None:
    """Add this verb to the parser."""
    what = "show the main job: refused, explained, remedied, signed, promoted, verified"
    parser = add_verb(verbs, "demo", what)
    parser.add_argument("--folder", type=Path, default=Path("demo"), help="left for you to explore")
    parser.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Play the demo in its folder.

    Returns:
        0 everything ended as it should.
    """
    from govgate.cli.stage import Stage, free_port, govgate, interruptible

    folder = chosen.folder.resolve()
    address = f"http://127.0.0.1:{free_port()}"
    _prepare(folder, address)
    stage = Stage(folder)
    with interruptible():
        stage.say("Start a real MLflow registry that refuses what was not judged")
        # By its folder, so that whoever lists processes sees whose it is.
        words = govgate("server", "--project", str(folder))
        with stage.server(words, f"{address}/health", timeout_s=_SERVER_START_S):
            _refused(stage, address)
            _promoted(stage)
    stage.say("Prove it, offline: the server is stopped")
    stage.run(govgate("ledger", "verify"))
    stage.run(govgate("verify", "models:/credit/2"))
    _where_next(folder)
    return 0


def _refused(stage: "Stage", address: str) -> None:
    from govgate.cli.stage import govgate

    flow = [sys.executable, "pipeline/flow.py", "--project", "."]
    stage.say("A Prefect flow trains a credit model and asks for @champion: refused, it is unfair")
    stage.run(flow, expect=DeniedError.exit_code)
    stage.say("Why, and what would pass?")
    stage.run(govgate("explain", "models:/credit/1"))
    stage.say("The remedied model passes every measured gate; only the sign-offs are missing")
    stage.run([*flow, "--remedied", "--no-promote"])
    stage.say("Somebody sets @champion by hand: the registry itself says no")
    body = {"name": "credit", "alias": "champion", "version": "2"}
    url = f"{address}/api/2.0/mlflow/registered-models/alias"
    if stage.ask(url, json.dumps(body)) != _FORBIDDEN:
        msg = "the registry did not refuse; this must never happen: report it"
        raise ProjectError(msg)


def _promoted(stage: "Stage") -> None:
    from govgate.cli.stage import govgate

    model = "models:/credit/2"
    stage.say("Two people in two roles sign with their own keys")
    for person, _, role in _PEOPLE[1:]:
        words = ("--as", person, "--role", role, "--key", f"people/{person}", "--yes")
        stage.run(govgate("sign", model, *words))
    stage.say("Promote: judged once more, recorded, verified by the registry, alias moved")
    stage.run(govgate("promote", model))


def _prepare(folder: Path, address: str) -> None:
    # The project, its people and a copy of the example pipeline.
    from govgate.project import create_person_key, create_project

    if folder.exists() and any(folder.iterdir()) and not (folder / _MARK).exists():
        msg = f"{folder} is not empty and no earlier demo; choose another with --folder"
        raise ProjectError(msg)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / _MARK).touch()
    create_project(folder, name="credit", uri=address)
    source = _examples() / "credit"
    shutil.copytree(source, folder / "pipeline", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(source / "policy.yaml", folder / "policy.yaml")
    lines = ["people:"]
    for person, name, role in _PEOPLE:
        public = create_person_key(folder / "people" / person, person)
        lines += [f"  - id: {person}", f"    name: {name}", f"    roles: [{role}]"]
        lines += [f'    keys: ["{public}"]']
    (folder / "people.yaml").write_text("\n".join(lines) + "\n", encoding="utf-8")


def _examples() -> Path:
    # Inside an installed govgate, or beside it in a checkout.
    package = Path(__file__).resolve().parent.parent
    for place in (package / "examples", package.parent / "examples" / "pipelines"):
        if (place / "credit" / "flow.py").is_file():
            return place
    msg = "the example pipelines are not installed; install govgate again"
    raise ProjectError(msg)


def _where_next(folder: Path) -> None:
    from govgate.cli.show import console

    out = console()
    out.print("\nWhere to look next:")
    for path, what in (
        ("policy.yaml", "what was demanded"),
        ("pipeline/flow.py", "the pipeline: three lines of it are govgate's"),
        ("ledger/", "the audit trail; change one byte and run `govgate ledger verify` again"),
        ("people.yaml", "who may sign; their private keys are in people/, for the demo only"),
    ):
        out.print(f"  {folder.name}/{path:<20}{what}")
    out.print(f"  cd {folder.name} && govgate server    the registry again, with its web page")
    out.print(f"  cd {folder.name} && govgate explain models:/credit/1")
