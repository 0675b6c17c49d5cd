import pytest
from mlflow.exceptions import MlflowException

from govgate.adapters.model_files import content_of_folder
from govgate.errors import DeniedError, StoreError
from govgate.integrations.mlflow.content import named_content, seal
from govgate.integrations.mlflow.destination import own_destination


@pytest.fixture
def model(served):
    folder = served / "1" / "models" / "m-1" / "artifacts"
    folder.mkdir(parents=True)
    (folder / "MLmodel").write_text("flavors: {}")
    return folder


@pytest.fixture
def destination(served):  # noqa: ARG001 -- sets the environment
    return own_destination(1)


@pytest.mark.parametrize("how", ["mlflow-artifacts:/1/models/m-1/artifacts", "{0}", "file://{0}"])
def test_a_model_in_the_servers_store_is_sealed_beside_it_and_frozen(
    model, served, destination, how
):
    judged = content_of_folder(model)

    sealed = seal(how.format(model), judged, destination)

    assert sealed.content == named_content(sealed.uri) == judged
    copy = served / sealed.uri.removeprefix("mlflow-artifacts:/")
    assert content_of_folder(copy) == judged
    assert copy.is_relative_to(served / "1" / "models")
    assert destination.sealing.is_frozen("1/models/m-1/artifacts/MLmodel")


def test_a_model_elsewhere_is_sealed_in_mlflows_first_experiment(tmp_path, served, destination):
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    (folder / "MLmodel").write_text("flavors: {}")

    sealed = seal(str(folder), content_of_folder(folder), destination)

    assert sealed.uri.startswith("mlflow-artifacts:/0/models/govgate-sealed-")
    assert content_of_folder(served / sealed.uri.removeprefix("mlflow-artifacts:/"))


@pytest.mark.usefixtures("model")
@pytest.mark.parametrize(
    "location",
    [
        "mlflow-artifacts:/../secrets",
        "mlflow-artifacts:/1/%2e%2e/%2e%2e/secrets",
        "mlflow-artifacts:/1/models/m-2/artifacts",
        "mlflow-artifacts:/1/models/m-1/artifacts/MLmodel",
        "mlflow-artifacts:/1/models",
        "mlflow-artifacts:/1",
        "mlflow-artifacts:/",
        "mlflow-artifacts:/govgate-frozen/1/models",
        "https://example.invalid/model",
        "http://169.254.169.254/latest",
        "models:/m-1",
        "runs:/0a/model",
        "ftp://example.invalid/model",
        "/no/such/folder",
    ],
)
def test_what_the_server_cannot_read_by_itself_is_an_error(location, destination):
    with pytest.raises((StoreError, MlflowException)):
        seal(location, "sha256:" + "0" * 64, destination)


def test_bytes_that_are_not_the_judged_ones_leave_no_copy(model, served, destination):
    judged = content_of_folder(model)
    (model / "MLmodel").write_text("flavors: {pyfunc: evil}")

    with pytest.raises(DeniedError) as caught:
        seal("mlflow-artifacts:/1/models/m-1/artifacts", judged, destination)

    assert caught.value.reason == "DIGEST_MISMATCH"
    assert [p for p in served.rglob("*") if "sealed-" in str(p) and p.is_file()] == []


@pytest.mark.parametrize(
    "location",
    [
        "mlflow-artifacts:/1/models/govgate-sealed-" + "a" * 63 + "/0123456789abcdef/artifacts",
        "mlflow-artifacts:/1/models/govgate-sealed-" + "a" * 64 + "/0123456789abcdef",
        "mlflow-artifacts:/1/models/govgate-sealed-"
        + "a" * 64
        + "/0123456789abcdef/artifacts/../x",
        "mlflow-artifacts:/1/x/govgate-sealed-" + "a" * 64 + "/0123456789abcdef/artifacts",
        "https://evil/1/models/govgate-sealed-" + "a" * 64 + "/0123456789abcdef/artifacts",
        "mlflow-artifacts://evil/models/govgate-sealed-" + "a" * 64 + "/0123456789abcdef/artifacts",
        "",
    ],
)
def test_nothing_but_a_sealed_place_is_taken_for_one(location):
    assert named_content(location) == ""


def test_a_server_that_serves_no_artifacts_reads_none(destination, monkeypatch):
    monkeypatch.delenv("_MLFLOW_SERVER_SERVE_ARTIFACTS")

    with pytest.raises(StoreError, match="serves no artifacts"):
        seal("mlflow-artifacts:/1/models/m-1/artifacts", "sha256:" + "0" * 64, destination)
