"""A registry in a temporary file with a guard that does as told; models on a real server."""

import importlib
import json
import shutil
import sys
import warnings
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pytest
import requests

import govgate
from govgate.adapters.mlflow_registry import MlflowRegistry
from govgate.adapters.model_files import content_of_folder
from govgate.errors import DeniedError
from govgate.policy import plain_name
from govgate.project import open_guard
from govgate.project.book import GATE, Writing


@dataclass
class Accepted:
    tags: dict


@dataclass
class FakeGuard:
    """Reads an "envelope" that says in plain JSON what it is for."""

    free: set = field(default_factory=lambda: {"dev"})
    broken: Exception | None = None
    asked: list = field(default_factory=list)
    modes: dict = field(default_factory=dict)
    quarantined: set = field(default_factory=set)

    def mode(self, model):
        return self.modes.get(model, "enforce")

    def require_unquarantined(self, version):
        if version.version in self.quarantined:
            deny("QUARANTINED")

    def examine_order(self, envelope, version):
        said = self._read(envelope, version, None)
        return Accepted({"govgate.decision": "quarantined", **said.get("tags", {})})

    def resolve(self, envelope, version, alias, content):
        self.admit(envelope, version, alias, content)

    def is_free(self, _model, alias):
        return plain_name(alias) in self.free

    sealed_retention_days = 1

    def believe(self, envelope, version):
        if envelope == b"forged":
            deny("BAD_SIGNATURE")
        return self._read(envelope, version, None)["content"]

    def examine(self, envelope, version, content):
        said = self._read(envelope, version, content)
        return Accepted({"govgate.decision": "allowed", **said.get("tags", {})})

    def admit(self, envelope, version, alias, content):
        self.asked.append((alias, content))
        self.require_unquarantined(version)
        if alias not in self._read(envelope, version, content)["aliases"]:
            deny("TARGET_MISMATCH")

    def _read(self, envelope, version, content):
        if self.broken:
            raise self.broken
        try:
            said = json.loads(envelope)
        except ValueError:
            deny("MALFORMED")
        if [version.name, version.version, version.created_ms] != said["about"]:
            deny("SUBJECT_MISMATCH")
        if content not in {None, said["content"]}:
            deny("DIGEST_MISMATCH")
        return said


def deny(reason):
    msg = f"the guard says {reason}; assess again"
    raise DeniedError(msg, reason, "sha256:00")


class Registry:
    """A guarded store with hands: registers models, writes envelopes, edits rows."""

    def __init__(self, database, guard, models, stock=None):
        from mlflow.store.model_registry.sqlalchemy_store import SqlAlchemyStore

        from govgate.integrations.mlflow.assembly import guarded

        self.database, self.guard, self.models = database, guard, models
        uri = database if "://" in str(database) else f"sqlite:///{database}"
        self.store = guarded(stock or SqlAlchemyStore)(uri, guard)

    def register(self, name="credit", text="weights", tags=()):
        """Register a version of a model folder of its own; return MLflow's entity."""
        from mlflow.exceptions import MlflowException

        try:
            self.store.get_registered_model(name)
        except MlflowException:
            self.store.create_registered_model(name)
        folder = self.models / f"{name}-{len(list(self.models.iterdir()))}" / "artifacts"
        folder.mkdir(parents=True)
        (folder / "model.bin").write_text(text)
        version = self.store.create_model_version(name, str(folder), tags=list(tags))
        return self.store.get_model_version(name, version.version)

    def envelope(self, version, aliases=("champion",), **more):
        said = {
            "about": [version.name, str(version.version), version.creation_timestamp],
            "content": content_of_folder(Path(version.source)),
            "aliases": list(aliases),
        }
        return json.dumps({**said, **more})

    def tag(self, version, key, value):
        from mlflow.entities.model_registry import ModelVersionTag

        self.store.set_model_version_tag(version.name, version.version, ModelVersionTag(key, value))

    def attest(self, version, aliases=("champion",), **more):
        self.tag(version, "govgate.attestation", self.envelope(version, aliases, **more))

    def promoted(self, name="credit", alias="champion"):
        """Register, attest and promote a version."""
        version = self.register(name)
        self.attest(version, (alias, "stage:Production"))
        self.store.set_registered_model_alias(name, alias, version.version)
        return version

    def sealed(self, version):
        """Folder on disk of a version's sealed copy."""
        uri = self.tags(version)["govgate.sealed_uri"]
        return self.models.parents[1] / uri.removeprefix("mlflow-artifacts:/")

    def tags(self, version):
        return self.store.get_model_version(version.name, version.version).tags

    def sql(self, statement, *values):
        """Write straight into the database, as somebody with its password would."""
        import sqlite3

        with sqlite3.connect(self.database) as connection:
            connection.execute(statement, values)
        connection.close()


@pytest.fixture(scope="session")
def blank_database(tmp_path_factory):
    from mlflow.store.model_registry.sqlalchemy_store import SqlAlchemyStore

    path = tmp_path_factory.mktemp("blank") / "registry.db"
    SqlAlchemyStore(f"sqlite:///{path}")._dispose_engine()
    return path


@pytest.fixture
def database(blank_database, tmp_path):
    return shutil.copy(blank_database, tmp_path / "registry.db")


@pytest.fixture
def guard():
    return FakeGuard()


@pytest.fixture
def served(tmp_path, monkeypatch):
    """The folder that this process serves artifacts from, as a worker of a guarded server."""
    from mlflow.server import handlers

    folder = tmp_path / "artifacts"
    monkeypatch.setenv("_MLFLOW_SERVER_SERVE_ARTIFACTS", "true")
    monkeypatch.setenv("_MLFLOW_SERVER_ARTIFACT_DESTINATION", f"govgate+file://{folder}")
    monkeypatch.setattr(handlers, "_artifact_repo", None)
    return folder


@pytest.fixture
def registry(database, guard, served):
    models = served / "1" / "models"
    models.mkdir(parents=True)
    made = Registry(database, guard, models)
    yield made
    made.store._dispose_engine()


@pytest.fixture
def refused():
    """Expect a refusal as clients see it; give its "govgate" part."""
    from contextlib import contextmanager

    from mlflow.exceptions import MlflowException

    @contextmanager
    def expect(reason):
        with pytest.raises(MlflowException) as caught:
            yield caught
        error = caught.value
        assert error.get_http_status_code() == 403, error.message
        assert error.error_class == "GOVGATE_DENIED"
        assert error.message.startswith("[govgate] ")
        assert error.json_kwargs["govgate"]["reason"] == reason, error.message

    return expect


_API = "api/2.0/mlflow"
_MLMODEL = """\
flavors:
  python_function:
    loader_module: {module}
    code: code
{more}    python_version: 3.11.0
model_uuid: {module}
"""
_CODE = """\
from pathlib import Path

Path({marker!r}).write_text("run")


class Model:
    def predict(self, rows, params=None):
        return [{answer}] * len(rows)


def _load_pyfunc(path):
    return Model()
"""


class Shop:
    """Puts models with code of their own on a server, and has them decided."""

    def __init__(self, server, folder):
        self.server, self.folder, self.governed = server, folder, server.governed
        self.registry = MlflowRegistry(server.url, content_of_folder)

    def post(self, path, **body):
        answer = requests.post(f"{self.server.url}/{_API}/{path}", json=body, timeout=30)
        assert answer.ok, answer.text
        return answer.json()

    def put(self, path, text):
        address = f"{self.server.url}/api/2.0/mlflow-artifacts/artifacts/{path}"
        assert requests.put(address, data=text.encode(), timeout=30).ok

    def code(self, marker, answer=1):
        return _CODE.format(marker=str(marker), answer=answer)

    def files(self, name, answer=1, more=""):
        """Give the files of a model, and the file its code writes when it is run."""
        module = "model_" + name.replace("-", "_")
        marker = self.folder / f"{name}.run"
        text = _MLMODEL.replace("{module}", module).replace("{more}", more)
        return {"MLmodel": text, f"code/{module}.py": self.code(marker, answer)}, marker

    def log(self, name, *, run=None, **more):
        files, marker = self.files(name, **more)
        origin = {"source_run_id": run} if run else {}
        logged = self.post("logged-models", experiment_id="0", name="m", **origin)["model"]["info"]
        path = logged["artifact_uri"].removeprefix("mlflow-artifacts:").lstrip("/")
        for file, text in files.items():
            self.put(f"{path}/{file}", text)
        return logged["model_id"], path, marker

    def register(self, name, **more):
        model_id, path, marker = self.log(name, **more)
        requests.post(
            f"{self.server.url}/{_API}/registered-models/create", json={"name": name}, timeout=30
        )
        found = self.post(
            "model-versions/create", name=name, source=f"models:/{model_id}", model_id=model_id
        )
        version = self.registry.version(name, found["model_version"]["version"])
        return version, path, marker

    def promoted(self, name, **more):
        version, path, marker = self.register(name, **more)
        decided = self.governed.decide(version, self.registry.content(version))
        self.registry.attest(version, decided.envelope)
        self.registry.set_alias(version, "champion")
        return version, path, marker

    def alias_away(self, name, alias="champion"):
        address = f"{self.server.url}/{_API}/registered-models/alias"
        body = {"name": name, "alias": alias}
        assert requests.delete(address, json=body, timeout=30).ok

    def save(self, name, **more):
        """Write a model to a folder on this machine."""
        files, marker = self.files(name, **more)
        folder = self.folder / name
        for file, text in files.items():
            (folder / file).parent.mkdir(parents=True, exist_ok=True)
            (folder / file).write_text(text)
        return folder, marker

    def load(self, uri, **more):
        return govgate.load_model(uri, project=self.governed.folder, **more)

    def refused(self, uri, marker, **more):
        with pytest.raises(DeniedError) as caught:
            self.load(uri, **more)
        assert "; " in str(caught.value.args[0])
        assert not marker.exists()
        return caught.value.reason


@pytest.fixture(scope="session")
def mlflows_loaders():
    """MLflow 3.17.2 warns of itself when its loaders are imported."""
    with warnings.catch_warnings(action="ignore"):
        for name in ("mlflow.pyfunc", "mlflow.sklearn"):
            importlib.import_module(name)


@pytest.fixture(scope="session")
def shop(mlflow_server, tmp_path_factory):
    return Shop(mlflow_server, tmp_path_factory.mktemp("shop"))


@pytest.fixture
def temporary(tmp_path, monkeypatch):
    """Where private folders are made, empty at first; no tracking server is set."""
    import mlflow

    place = tmp_path / "private"
    place.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(place))
    monkeypatch.setattr(sys, "path", sys.path[:])
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    monkeypatch.delenv("GOVGATE_PROJECT", raising=False)
    mlflow.set_tracking_uri(None)
    return place


class Real:
    """A registry and the project that guards it."""

    def __init__(self, registry, governed, folder):
        self.registry, self.store, self.governed = registry, registry.store, governed
        self.folder = folder

    def decided(self, version, aliases=("champion",), people=("olga", "rami")):
        content = content_of_folder(Path(version.source))
        return self.governed.decide(version, content, aliases, people).envelope.decode()

    def attest(self, version, envelope):
        self.registry.tag(version, "govgate.attestation", envelope)

    def attested(self, name="credit", aliases=("champion",), text="weights"):
        version = self.registry.register(name, text)
        self.attest(version, self.decided(version, aliases))
        return version

    def promoted(self):
        version = self.attested()
        self.store.set_registered_model_alias("credit", "champion", "1")
        return version

    def alias(self, version="1", alias="champion", name="credit"):
        return partial(self.store.set_registered_model_alias, name, alias, version)

    def stage(self, stage, version="1"):
        return partial(
            self.store.transition_model_version_stage,
            "credit",
            version,
            stage,
            archive_existing_versions=True,
        )

    def tag(self, version, key, value):
        return partial(self.registry.tag, version, key, value)

    def elsewhere(self, change):
        """Copy the project, change its settings, and decide there with the same keys."""
        folder = Path(shutil.copytree(self.governed.folder, self.folder / "elsewhere"))
        settings = (folder / "govgate.yaml").read_text()
        (folder / "govgate.yaml").write_text(change(settings))
        return Real(self.registry, type(self.governed)(folder), self.folder)

    @property
    def guard(self):
        return self.store._guard

    def amend(self, text, version="2"):
        """Put sections before the policy's rules, as its next version."""
        self.rewrite("rules:", text.rstrip() + "\nrules:")
        self.rewrite('version: "1"', f'version: "{version}"')

    def write(self, record, kind, subject, person=None):
        """Append a record as the gate runner or a person would; return its envelope."""
        project = self.governed.project()
        writing = Writing(kind, subject, record)
        if person is None:
            index = project.book.write([writing], project.book.gate_signer(), GATE)
        else:
            index = project.write_as([writing], person, self.governed.key(person))
        project.book.publish()
        return next(project.book.entries(start=index)).envelope.decode()

    def rewrite(self, old, new):
        policy = self.governed.folder / "policy.yaml"
        policy.write_text(policy.read_text().replace(old, new))


@pytest.fixture
def real(governed, registry, tmp_path):
    own = type(governed)(Path(shutil.copytree(governed.folder, tmp_path / "project")))
    registry.guard = registry.store._guard = open_guard(own.folder)
    return Real(registry, own, tmp_path)
