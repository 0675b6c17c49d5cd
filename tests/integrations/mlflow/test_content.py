from types import SimpleNamespace

import pytest
from mlflow.exceptions import MlflowException

from govgate.adapters.model_files import content_of_folder
from govgate.errors import StoreError
from govgate.integrations.mlflow.content import folder_of


@pytest.fixture
def model(tmp_path):
    folder = tmp_path / "artifacts" / "1" / "models" / "m-1" / "artifacts"
    folder.mkdir(parents=True)
    (folder / "MLmodel").write_text("flavors: {}")
    return folder


@pytest.fixture
def serving(tmp_path, monkeypatch):
    from mlflow.server import handlers

    monkeypatch.setenv("_MLFLOW_SERVER_SERVE_ARTIFACTS", "true")
    monkeypatch.setenv("_MLFLOW_SERVER_ARTIFACT_DESTINATION", str(tmp_path / "artifacts"))
    monkeypatch.setattr(handlers, "_artifact_repo", None)


@pytest.mark.parametrize("scheme", ["", "file://"])
def test_a_folder_of_the_server_is_read_in_place(model, scheme):
    with folder_of(f"{scheme}{model}") as folder:
        assert folder == model


@pytest.mark.usefixtures("serving")
def test_a_served_model_is_read_from_the_servers_destination(model):
    with folder_of("mlflow-artifacts:/1/models/m-1/artifacts") as folder:
        assert folder == model


@pytest.mark.usefixtures("serving")
def test_a_store_elsewhere_is_copied_for_the_digest_only(model, monkeypatch):
    from mlflow.server import handlers
    from mlflow.store.artifact.artifact_repo import ArtifactRepository
    from mlflow.store.artifact.local_artifact_repo import LocalArtifactRepository

    local = LocalArtifactRepository(str(model.parents[3]))

    class Elsewhere(ArtifactRepository):
        def log_artifact(self, local_file, artifact_path=None): ...
        def log_artifacts(self, local_dir, artifact_path=None): ...
        def list_artifacts(self, path=None):
            return local.list_artifacts(path)

        def _download_file(self, remote_file_path, local_path):
            local._download_file(remote_file_path, local_path)

    monkeypatch.setattr(handlers, "_artifact_repo", Elsewhere("elsewhere://bucket"))

    with folder_of("mlflow-artifacts:/1/models/m-1/artifacts") as folder:
        assert folder != model
        assert content_of_folder(folder) == content_of_folder(model)

    assert not folder.exists()


@pytest.mark.usefixtures("serving", "model")
@pytest.mark.parametrize(
    "location",
    [
        "mlflow-artifacts:/../secrets",
        "mlflow-artifacts:/1/%2e%2e/%2e%2e/secrets",
        "mlflow-artifacts:/1/models/m-2/artifacts",
        "mlflow-artifacts:/1/models/m-1/artifacts/MLmodel",
        "https://example.invalid/model",
        "http://169.254.169.254/latest",
        "models:/m-1",
        "runs:/0a/model",
        "ftp://example.invalid/model",
        "/no/such/folder",
    ],
)
def test_what_the_server_cannot_read_by_itself_is_an_error(location):
    with pytest.raises((StoreError, MlflowException)), folder_of(location):
        pytest.fail("it must not be read")


@pytest.mark.usefixtures("serving")
@pytest.mark.parametrize("path", ["../secrets", "1/../../secrets", "1/%2e%2e/%2e%2e/secrets"])
def test_no_store_is_asked_for_what_lies_outside_it(monkeypatch, path):
    from mlflow.server import handlers

    elsewhere = SimpleNamespace(download_artifacts=lambda *_: pytest.fail("it was asked"))
    monkeypatch.setattr(handlers, "_artifact_repo", elsewhere)

    with pytest.raises(MlflowException), folder_of(f"mlflow-artifacts:/{path}"):
        pytest.fail("it must not be read")


def test_a_server_that_serves_no_artifacts_reads_none(monkeypatch):
    monkeypatch.delenv("_MLFLOW_SERVER_SERVE_ARTIFACTS", raising=False)

    with (
        pytest.raises(StoreError, match="serves no artifacts"),
        folder_of("mlflow-artifacts:/1/models/m-1/artifacts"),
    ):
        pytest.fail("it must not be read")
