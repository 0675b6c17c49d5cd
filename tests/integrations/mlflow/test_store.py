import os
import subprocess
import sys
from types import SimpleNamespace

import pytest
from mlflow.tracking.registry import UnsupportedModelRegistryStoreURIException

from govgate.errors import ProjectError
from govgate.integrations.mlflow.store import build_store

MLFLOW_SERVER = [
    *(sys.executable, "-m", "mlflow", "server"),
    *("--port", "0", "--workers", "1"),
]


def run(code, **environment):
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_mlflow_imports_without_a_warning_and_knows_the_scheme():
    ran = run(
        "import mlflow, sys\n"
        "from mlflow.tracking._model_registry.utils import _get_store_registry\n"
        "build = _get_store_registry().get_store_builder('govgate+sqlite:///x.db')\n"
        "assert build.__module__ == 'govgate.integrations.mlflow.store'\n"
        "assert 'govgate.project' not in sys.modules, 'a client must not pay for the guard'\n"
    )

    assert ran.returncode == 0, ran.stderr


def test_the_plugin_module_needs_nothing_of_mlflow():
    ran = run(
        "import sys, govgate.integrations.mlflow.store\n"
        "assert not [name for name in sys.modules if name.startswith('mlflow')]\n"
    )

    assert ran.returncode == 0, ran.stderr


def test_a_broken_plugin_closes_the_registry_and_opens_no_other(monkeypatch):
    from mlflow.server.handlers import ModelRegistryStoreRegistryWrapper
    from mlflow.tracking import registry

    def broken():
        raise ImportError(name="govgate")

    point = SimpleNamespace(name="govgate+sqlite", load=broken)
    monkeypatch.setattr(registry, "get_entry_points", lambda _: [point])
    with pytest.warns(UserWarning, match=r"govgate\+sqlite"):
        stores = ModelRegistryStoreRegistryWrapper()

    with pytest.raises(UnsupportedModelRegistryStoreURIException):
        stores.get_store_builder("govgate+sqlite:///registry.db")


def test_without_a_project_no_store_is_built(tmp_path, monkeypatch):
    monkeypatch.setenv("GOVGATE_PROJECT", str(tmp_path))

    with pytest.raises(ProjectError, match=r"govgate\.yaml"):
        build_store(f"govgate+sqlite:///{tmp_path}/registry.db")

    assert not (tmp_path / "registry.db").exists()


@pytest.mark.parametrize(
    ("found", "setting", "opens"),
    [
        ("3.17.2", "", True),  # OK
        ("3.17.9", "", True),  # OK: the same minor version
        ("3.18.0", "yes-3.18.0", True),  # OK: somebody took the risk, for this one
        ("3.18.0", "", False),  # NOT OK
        ("3.18.0", "yes", False),  # NOT OK
        ("3.18.0", "yes-3.18.1", False),  # NOT OK: for another
        ("3.18.0", "yes-3.18", False),  # NOT OK
        ("3.170.0", "", False),  # NOT OK: begins alike
        ("4.17.0", "", False),  # NOT OK
        ("", "", False),  # NOT OK
    ],
)
def test_an_untested_mlflow_opens_no_store_unless_somebody_takes_the_risk(
    governed, database, monkeypatch, found, setting, opens
):
    from govgate.project import tested

    monkeypatch.setenv("GOVGATE_PROJECT", str(governed.folder))
    monkeypatch.setenv("GOVGATE_UNTESTED_MLFLOW", setting)
    monkeypatch.setattr(tested, "version", lambda _: found)
    uri = f"govgate+sqlite:///{database}"

    if opens:
        build_store(uri)._dispose_engine()
        return
    with pytest.raises(ProjectError, match=f"not tested.*GOVGATE_UNTESTED_MLFLOW=yes-{found}"):
        build_store(uri)


def test_what_is_judged_is_read_where_it_is_written_and_not_from_a_replica(
    registry, database, guard, tmp_path, monkeypatch, governed
):
    import shutil

    from mlflow.entities.model_registry import ModelVersionTag
    from mlflow.exceptions import MlflowException

    replica = shutil.copy(database, tmp_path / "replica.db")  # lags for ever
    version = registry.promoted()
    sealed = registry.tags(version)["govgate.sealed_uri"]
    monkeypatch.setenv("GOVGATE_PROJECT", str(governed.folder))
    monkeypatch.setenv("_MLFLOW_SERVER_READ_REPLICA_BACKEND_STORE", f"sqlite:///{replica}")
    store = build_store(f"govgate+sqlite:///{database}")
    store._guard = guard

    with pytest.raises(MlflowException):
        store.get_registered_model("credit")
    assert store.get_model_version_by_alias("credit", "champion").version == version.version
    assert store.get_model_version_download_uri("credit", "1") == sealed
    store.set_registered_model_alias("credit", "champion", "1")
    tag = ModelVersionTag("govgate.attestation", registry.envelope(version))
    store.set_model_version_tag("credit", "1", tag)
    guard.quarantined.add("1")
    with pytest.raises(MlflowException, match="QUARANTINED"):
        store.get_model_version_by_alias("credit", "champion")
    store._dispose_engine()


@pytest.mark.parametrize("lost", ["keys/gate.pub", "keys/log.pub", "policy.yaml", "people.yaml"])
def test_without_keys_policy_or_people_no_store_is_built(governed, tmp_path, monkeypatch, lost):
    import shutil

    project = shutil.copytree(governed.folder, tmp_path / "project")
    (project / lost).unlink()
    monkeypatch.setenv("GOVGATE_PROJECT", str(project))

    with pytest.raises(ProjectError):
        build_store(f"govgate+sqlite:///{tmp_path}/registry.db")


def test_a_server_without_keys_does_not_start(governed, tmp_path):
    import shutil

    project = shutil.copytree(governed.folder, tmp_path / "project")
    (project / "keys" / "gate.pub").unlink()
    database = f"sqlite:///{tmp_path}/mlflow.db"
    stores = ["--backend-store-uri", database, "--registry-store-uri", f"govgate+{database}"]
    artifacts = ["--artifacts-destination", f"govgate+file://{tmp_path}/artifacts"]
    ran = subprocess.run(
        [*MLFLOW_SERVER, *stores, *artifacts],
        env={**os.environ, "GOVGATE_PROJECT": str(project)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert ran.returncode == 1
    assert "gate.pub" in ran.stderr


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--artifacts-destination", "mlartifacts"], "is not guarded"),
        (["--no-serve-artifacts"], "serves no artifacts"),
    ],
)
def test_a_server_whose_artifacts_are_not_guarded_does_not_start(governed, tmp_path, more, said):
    database = f"sqlite:///{tmp_path}/mlflow.db"
    stores = ["--backend-store-uri", database, "--registry-store-uri", f"govgate+{database}"]
    ran = subprocess.run(
        [*MLFLOW_SERVER, *stores, *more],
        env={**os.environ, "GOVGATE_PROJECT": str(governed.folder)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert ran.returncode == 1
    assert said in ran.stderr


@pytest.mark.parametrize(
    ("serves", "named", "said"),
    [
        ("true", "mlartifacts", "is not guarded"),  # NOT OK
        ("true", "s3://bucket/prefix", "is not guarded"),  # NOT OK
        ("true", "", "is not guarded"),  # NOT OK
        ("", "govgate+file:///a", "serves no artifacts"),  # NOT OK
    ],
)
def test_a_worker_without_a_guard_builds_no_store(tmp_path, monkeypatch, serves, named, said):
    monkeypatch.setenv("_MLFLOW_SERVER_FILE_STORE", "sqlite:///x.db")
    monkeypatch.setenv("_MLFLOW_SERVER_SERVE_ARTIFACTS", serves)
    monkeypatch.setenv("_MLFLOW_SERVER_ARTIFACT_DESTINATION", named)

    with pytest.raises(ProjectError, match=said):
        build_store(f"govgate+sqlite:///{tmp_path}/registry.db")
