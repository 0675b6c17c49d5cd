"""A project with a registry that only remembers, and one Prefect server for all tests here."""

import atexit
import gc
import os
import tempfile
import warnings
from dataclasses import dataclass, field
from pathlib import Path

import pytest

HOME = tempfile.TemporaryDirectory(prefix="govgate-prefect-", ignore_cleanup_errors=True)
atexit.register(HOME.cleanup)
# Prefect reads these when it is imported, which no other test does.
os.environ.update(
    PREFECT_HOME=HOME.name,
    DO_NOT_TRACK="1",
    PREFECT_SERVER_ANALYTICS_ENABLED="false",
    PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_FLUSH_INTERVAL="5",
    PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_BATCH_SIZE="500",
    PREFECT_LOGGING_LEVEL="CRITICAL",
)

POLICY = """\
name: credit
version: "1"
rules:
  - gate: bias
    bounds: {attributes: [sex], max_opportunity_gap: null, max_odds_gap: null}
    collect: {label: null, prediction: predicted}
    rationale: Like rates.
    owner: risk
  - gate: drift
    bounds: {}
    severity: DRIFT
    rationale: The same population.
    owner: model-owner
  - gate: sign-off
    bounds: {threshold: {model-owner: 1, risk: 1}}
    rationale: Two people answer.
    owner: risk
"""
ROLES = {"tess": "trainer", "olga": "model-owner", "rami": "risk"}
MODEL = "models:/credit/1"


@dataclass
class RememberingRegistry:
    """One model of one version, which takes whatever alias it is told."""

    aliases: dict[str, str] = field(default_factory=dict)

    def version(self, name, version):
        from govgate.ports import ModelVersion

        return ModelVersion(name, version, 1_700_000_000_000, "models:/m-1", "", {}, ())

    def content(self, _):
        return "sha256:" + "ab" * 32

    def attest(self, version, envelope):
        pass

    def set_alias(self, version, alias):
        self.aliases[alias] = version.version


@dataclass(frozen=True)
class Bank:
    """A project folder, and what its registry remembers."""

    folder: Path
    registry: RememberingRegistry

    def inputs(self, *, fair=True, drifted=False):
        import numpy as np
        import pandas as pd

        rng = np.random.default_rng(7)
        rows = 4000
        sex = np.where(np.arange(rows) % 2, "f", "m")
        share = 0.6 if fair else np.where(sex == "f", 0.3, 0.7)
        income = pd.DataFrame({"income": rng.normal(50, 10, rows)})
        return {
            "predictions": pd.DataFrame(
                {"sex": sex, "predicted": (rng.random(rows) < share).astype("int64")}
            ),
            "reference": income,
            "current": income + (30 if drifted else 0),
        }

    def gates(self, **chosen):
        from govgate.integrations.prefect import run_gates

        inputs = chosen.pop("inputs", None) or self.inputs()
        asked = {"trained_by": "tess", "aliases": ["champion"], "project": self.folder}
        return run_gates(MODEL, inputs=inputs, **asked | chosen)

    def kinds(self):
        """Kinds of the ledger's entries, in order."""
        from govgate.project import open_project

        return [entry.kind for entry in open_project(self.folder).book.entries()]

    def sign(self, *people, reject=False):
        from govgate.project import open_project
        from govgate.records import Meaning

        meaning = Meaning.REJECTION if reject else Meaning.APPROVAL
        project = open_project(self.folder)
        for person in people:
            draft = project.draft_sign_off(MODEL, person, ROLES[person], meaning)
            project.sign(MODEL, draft, self.folder / "keys" / person)


@pytest.fixture
def bank(tmp_path, monkeypatch):
    return make_bank(tmp_path / "bank", monkeypatch)


@pytest.fixture
def lenient_bank(tmp_path, monkeypatch):
    """As `bank`; drift only warns."""
    return make_bank(tmp_path / "bank", monkeypatch, drift="warn")


def make_bank(folder, monkeypatch, drift="block"):
    from govgate.adapters.keys import create_key
    from govgate.project import Project, create_project

    create_project(folder, name="bank")
    (folder / "policy.yaml").write_text(POLICY.replace("DRIFT", drift))
    people = ["people:"]
    for person, role in ROLES.items():
        create_key(folder / "keys" / person, person)
        line = (folder / "keys" / f"{person}.pub").read_text().strip()
        people.append(f'  - {{id: {person}, name: {person}, roles: [{role}], keys: ["{line}"]}}')
    (folder / "people.yaml").write_text("\n".join(people) + "\n")
    registry = RememberingRegistry()
    monkeypatch.setattr(Project, "registry", registry)
    return Bank(folder, registry)


@pytest.fixture(scope="session")
def prefect_server():
    """A server of Prefect's own, on a database that is thrown away; gives the database's file."""
    from prefect.settings import (
        PREFECT_API_DATABASE_CONNECTION_URL,
        PREFECT_FLOWS_HEARTBEAT_FREQUENCY,
        temporary_settings,
    )
    from prefect.testing.utilities import prefect_test_harness

    # Without the heartbeat a flow ends at once, not up to a second later.
    quiet = {PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None}
    with prefect_test_harness(server_startup_timeout=120), temporary_settings(quiet):
        yield Path(PREFECT_API_DATABASE_CONNECTION_URL.value().rpartition("://")[2])


@pytest.fixture(autouse=True)
def _no_sockets_left():
    """Prefect leaves its clients' sockets to the garbage collector, which warns in a later test."""
    yield
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


@pytest.fixture(params=["script", "flow"])
def run(request):
    """Call a function from a plain script's place, and from inside a flow run."""
    if request.param == "script":
        return lambda call: call()
    request.getfixturevalue("prefect_server")
    return run_in_flow


def run_in_flow(call, **options):
    from prefect import flow

    @flow(**options)
    def pipeline():
        return call()

    return pipeline()


@pytest.fixture
def broken(monkeypatch):
    """Replace what one gate measures."""
    from govgate.project import Project

    honest = Project.measure_gate

    def replace(gate, measure):
        def measured(self, name, request, inputs):
            return measure() if name == gate else honest(self, name, request, inputs)

        monkeypatch.setattr(Project, "measure_gate", measured)

    return replace
