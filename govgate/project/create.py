"""A new project: settings, a first policy, people, keys, an empty ledger."""

import uuid
from pathlib import Path

from govgate.errors import ProjectError
from govgate.project.settings import FILE

_SETTINGS = """\
# govgate: where things are, and whose keys are trusted. Paths are from this file's folder.
name: {name}
policy: policy.yaml        # what is demanded before a model moves
people: people.yaml        # who may sign, in which role, with which key

ledger:
  folder: ledger           # the audit trail; keep it, back it up, show it to your auditor
  origin: "{origin}"       # its name for ever; do not change it

keys:                      # private keys, mode 0600; keep them out of git
  gate: keys/gate          # signs evidence and decisions (the pipeline)
  log: [keys/log]          # signs checkpoints of the ledger (the publisher)

trust:                     # public keys that signatures are checked against
  gate: [keys/gate.pub]
  log: [keys/log.pub]

registry:
  id: {registry}           # part of every decision; do not change it
  uri: {uri}
"""

_POLICY = """\
# What must hold before a model may carry a governed alias.
# `govgate gates list` shows every gate, `govgate gates show GATE` its bounds.
# Raise `version` with every change. Check with `govgate policy lint`.
name: {name}
version: "1"
valid_days: 30             # a decision allows nothing after this
retention_days: 3653       # a ledger in a locked bucket cannot be deleted for so long
free_aliases: [candidate]  # need no decision; every other alias does
revocation: {{by: [risk], release_by: [risk]}}  # who may stop a model, and let it go on

rules:
  - gate: bias
    # Each attribute is judged by itself; a list is an intersection, such as [sex, age_band].
    bounds:
      attributes: [sex]
      max_parity_gap: 0.10       # largest difference in selection rate
      min_impact_ratio: 0.80     # lowest rate over highest: the four-fifths rule
      max_opportunity_gap: null  # null: not judged
      max_odds_gap: null
    # How to read the table given as predictions=FILE.
    collect: {{label: label, prediction: prediction}}
    rationale: Four-fifths rule of 29 CFR 1607.4(D); groups must be selected at like rates.
    owner: risk
    controls: ["iso42001:A.5.4"]

  - gate: drift
    # Tables given as reference=FILE and current=FILE.
    bounds: {{}}
    rationale: A model judged on one population must not be promoted for another.
    owner: model-owner
    controls: ["iso42001:A.7.4"]

  - gate: sign-off
    bounds:
      threshold: {{model-owner: 1, risk: 1}}
    rationale: Two people in two roles, neither of them the trainer, answer for the model.
    owner: risk
    controls: ["iso42001:A.3.2"]
"""

_PEOPLE = """\
# Who trains, owns and approves models. One key belongs to one person, for ever.
# Make a key with `ssh-keygen -t ed25519`, and paste the line of its .pub file.
people:
  - id: tess
    name: Tess Trainer
    roles: [trainer]
  - id: olga
    name: Olga Owner
    roles: [model-owner]
    keys: []
  - id: rami
    name: Rami Risk
    roles: [risk]
    keys: []
"""

_GITIGNORE = """\
# private keys and what is made again
keys/*
!keys/*.pub
erasable-keys/
.govgate/
mlflow.db
mlartifacts/
"""


def create_project(
    folder: Path, *, name: str = "", uri: str = "http://127.0.0.1:5000"
) -> tuple[Path, ...]:
    """Write a new project; what is there already is never changed.

    Args:
        folder: Made when absent.
        name: Name of the project; the folder's name when empty.
        uri: Address of the MLflow registry.

    Returns:
        The files written, in order.

    Raises:
        ProjectError: The folder holds a project already, or cannot be written.
    """
    from govgate.adapters.keys import create_key

    if (folder / FILE).exists():
        msg = f"{folder / FILE} exists; edit it, or choose another folder"
        raise ProjectError(msg)
    name = name or folder.resolve().name
    origin = f"{uuid.uuid4().hex[:12]}.govgate.invalid/{_slug(name)}"
    registry = f"mlflow-{uuid.uuid4()}"
    texts = {
        "policy.yaml": _POLICY.format(name=_slug(name)),
        "people.yaml": _PEOPLE,
        ".gitignore": _GITIGNORE,
        FILE: _SETTINGS.format(name=_slug(name), origin=origin, registry=registry, uri=uri),
    }
    try:
        (folder / "keys").mkdir(parents=True, exist_ok=True, mode=0o700)
        for key in ("gate", "log"):
            create_key(folder / "keys" / key, f"{key}@{_slug(name)}")
        for path, text in texts.items():
            with (folder / path).open("x", encoding="utf-8") as file:
                file.write(text)
    except OSError as why:
        msg = f"the project cannot be written to {folder}: {why}; choose an empty folder"
        raise ProjectError(msg) from why
    create_ledger(folder)
    keys = ("keys/gate", "keys/gate.pub", "keys/log", "keys/log.pub")
    return tuple(folder / path for path in (FILE, "policy.yaml", "people.yaml", *keys))


def create_ledger(folder: Path) -> str:
    """Found the ledger that a project's govgate.yaml names.

    Args:
        folder: The project's folder.

    Returns:
        Where it is, in words.

    Raises:
        ProjectError: The settings or the log key cannot be read.
        PolicyError: The policy cannot be read.
        ConflictError: There is a ledger already.
        StoreError: The store did not answer, or lets a second write of a key through.
    """
    from govgate.adapters.clock import SystemClock
    from govgate.ledger import create_log
    from govgate.project.keys import log_vkeys
    from govgate.project.measuring import lint_policy
    from govgate.project.settings import read_settings
    from govgate.project.stores import features, open_store, place

    settings = read_settings(folder)
    origin = settings.ledger.origin
    retention_days = lint_policy(folder / settings.policy).retention_days
    store = open_store(folder, settings.ledger, retention_days)
    founding = log_vkeys(folder, settings)[0]
    create_log(store, origin, founding, SystemClock(), features(settings.ledger))
    return place(settings.ledger)


def _slug(name: str) -> str:
    kept = "".join(c if c.isascii() and c.isalnum() else "-" for c in name.lower())
    return kept.strip("-") or "govgate"


def create_person_key(path: Path, person: str) -> str:
    """Make an Ed25519 key for a person, mode 0600.

    Args:
        path: Where the private key goes; ".pub" is added for the public one.
        person: Comment in the key.

    Returns:
        The line for people.yaml.
    """
    from govgate.adapters.keys import create_key

    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    create_key(path, person)
    return path.with_name(path.name + ".pub").read_text(encoding="utf-8").strip()
