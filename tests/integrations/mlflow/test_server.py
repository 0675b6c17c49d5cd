"""The same refusals through a real `mlflow server`, as curl and MLflow's client see them."""

import shutil
from pathlib import Path

import pytest
import requests

from govgate.adapters.mlflow_registry import MlflowRegistry
from govgate.adapters.model_files import content_of_folder
from govgate.errors import DeniedError

API = ("api/2.0/mlflow", "ajax-api/2.0/mlflow")


class Curl:
    """Raw requests to a server, and a model logged over them."""

    def __init__(self, server):
        self.server, self.url = server, server.url
        self.registry = MlflowRegistry(server.url, content_of_folder)

    def ask(self, method, path, **body):
        return requests.request(method, f"{self.url}/{path}", json=body, timeout=30)

    def ok(self, method, path, **body):
        answer = self.ask(method, path, **body)
        assert answer.ok, answer.text
        return answer.json()

    def model(self, name, weights=b"weights"):
        """Log a model, register it, and give its version."""
        logged = self.ok("POST", f"{API[0]}/logged-models", experiment_id="0", name="m")
        info = logged["model"]["info"]
        path = info["artifact_uri"].removeprefix("mlflow-artifacts:").lstrip("/")
        self.put(f"{path}/MLmodel", b"flavors: {}\n")
        self.put(f"{path}/model.bin", weights)
        self.ask("POST", f"{API[0]}/registered-models/create", name=name)
        found = self.ok(
            "POST",
            f"{API[0]}/model-versions/create",
            name=name,
            source=f"models:/{info['model_id']}",
            model_id=info["model_id"],
            tags=[{"key": "govgate.decision", "value": "allowed"}],
        )
        return self.registry.version(name, found["model_version"]["version"]), path

    def put(self, path, data):
        address = f"{self.url}/api/2.0/mlflow-artifacts/artifacts/{path}"
        assert requests.put(address, data=data, timeout=30).ok

    def set_alias(self, version, alias="champion", api=API[0]):
        return self.ask(
            "POST",
            f"{api}/registered-models/alias",
            name=version.name,
            version=version.version,
            alias=alias,
        )


@pytest.fixture(scope="module")
def curl(mlflow_server):
    return Curl(mlflow_server)


def refused(answer, reason):
    body = answer.json()
    return (
        answer.status_code == 403
        and body["error_code"] == "PERMISSION_DENIED"
        and body["error_class"] == "GOVGATE_DENIED"
        and body["message"].startswith("[govgate] ")
        and body["govgate"]["reason"] == reason
    )


@pytest.mark.parametrize("api", API)
def test_an_alias_set_by_hand_is_refused_on_every_api(curl, api):
    version, _ = curl.model("by-hand")

    assert refused(curl.set_alias(version, api=api), "NO_ATTESTATION")


@pytest.mark.parametrize("api", API)
def test_a_stage_set_by_hand_is_refused_on_every_api(curl, api):
    version, _ = curl.model("by-hand")

    answer = curl.ask(
        "POST",
        f"{api}/model-versions/transition-stage",
        name=version.name,
        version=version.version,
        stage="production",
        archive_existing_versions=True,
    )

    assert refused(answer, "NO_ATTESTATION")


@pytest.mark.parametrize("key", ["govgate.decision", "GovGate.decision", "govgate.policy "])
def test_a_forged_tag_is_refused(curl, key):
    version, _ = curl.model("forged")
    named = {"name": version.name, "version": version.version, "key": key}

    set_it = curl.ask("POST", f"{API[1]}/model-versions/set-tag", **named, value="allowed")
    delete_it = curl.ask("DELETE", f"{API[1]}/model-versions/delete-tag", **named)

    assert refused(set_it, "RESERVED_TAG")
    assert refused(delete_it, "RESERVED_TAG")
    assert version.tags["govgate.decision"] == "pending"


@pytest.mark.parametrize("envelope", ["", "x", "{}", '{"payload": "e30="}', "[" * 20_000])
def test_an_attestation_of_nonsense_is_refused_and_never_a_fault(curl, envelope):
    version, _ = curl.model("nonsense")

    answer = curl.ask(
        "POST",
        f"{API[0]}/model-versions/set-tag",
        name=version.name,
        version=version.version,
        key="govgate.attestation",
        value=envelope,
    )

    assert answer.status_code == 403, answer.text


@pytest.mark.parametrize("alias", ["\uff23HAMPION", "champion\n", "Champion"])
def test_a_disguised_alias_is_refused(curl, alias):
    version, _ = curl.model("by-hand")

    assert curl.set_alias(version, alias).status_code == 403


@pytest.mark.parametrize("version", ["x", "1.5", "99999999999999999999"])
def test_a_malformed_version_is_400(curl, version):
    curl.model("by-hand")

    answer = curl.ask(
        "POST",
        f"{API[0]}/registered-models/alias",
        name="by-hand",
        version=version,
        alias="champion",
    )

    assert answer.status_code == 400, answer.text


def test_graphql_can_move_nothing(curl):
    answer = curl.ask("POST", "graphql", query="{__schema{mutationType{fields{name}}}}")

    fields = answer.json()["data"]["__schema"]["mutationType"]["fields"]
    assert {field["name"] for field in fields} == {
        "mlflowSearchDatasets",
        "mlflowSearchRuns",
        "testMutation",
    }


def test_mlflows_client_gives_up_at_once_with_the_whole_reason(curl):
    from mlflow import MlflowClient
    from mlflow.exceptions import RestException

    version, _ = curl.model("by-client")
    client = MlflowClient(tracking_uri=curl.url, registry_uri=curl.url)

    with pytest.raises(RestException) as caught:
        client.set_registered_model_alias("by-client", "champion", version.version)

    error = caught.value
    assert error.error_code == "PERMISSION_DENIED"
    assert error.error_class == "GOVGATE_DENIED"
    assert "[govgate] " in error.message
    assert error.json["govgate"]["reason"] == "NO_ATTESTATION"
    assert error.json["govgate"]["hint"] == f"govgate explain models:/by-client/{version.version}"
    assert curl.server.log.read_text().count("refused Place(model='by-client'") == 1


def test_a_decision_opens_the_way_and_only_for_the_judged_bytes(curl, tmp_path, monkeypatch):
    import mlflow

    version, path = curl.model("credit")
    content = curl.registry.content(version)
    decided = curl.server.governed.decide(version, content)

    curl.registry.attest(version, decided.envelope)
    curl.registry.set_alias(version, "champion")

    found = curl.registry.version("credit", "@champion")
    assert found.version == version.version
    assert found.tags["govgate.decision"] == "allowed"
    assert found.tags["govgate.signers"] == "olga (model-owner), rami (risk)"
    where = curl.ok(
        "GET", f"{API[0]}/model-versions/get-download-uri?name=credit&version={version.version}"
    )
    assert where["artifact_uri"] == found.tags["govgate.sealed_uri"]

    monkeypatch.setenv("MLFLOW_TRACKING_URI", curl.url)
    # What `mlflow gc`, or anybody with the disk, does to the original.
    shutil.rmtree(curl.server.artifacts / path)
    for uri in ("models:/credit@champion", f"models:/credit/{version.version}"):
        folder = tmp_path / uri[-8:].replace("/", "-")
        folder.mkdir()
        loaded = mlflow.artifacts.download_artifacts(uri, dst_path=folder)
        assert content_of_folder(Path(loaded)) == content
    assert curl.registry.content(found) == content
    assert curl.set_alias(version).ok

    deleted = curl.ask("DELETE", f"{API[0]}/registered-models/delete", name="credit")
    assert refused(deleted, "GOVERNED_IN_USE")


ARTIFACTS = ("api/2.0/mlflow-artifacts", "ajax-api/2.0/mlflow-artifacts")


@pytest.fixture(scope="module")
def judged(curl):
    """A version whose bytes were judged, and the folder they were judged in."""
    version, path = curl.model("judged")
    decided = curl.server.governed.decide(version, curl.registry.content(version))
    curl.registry.attest(version, decided.envelope)
    return curl.registry.version("judged", version.version), path


def intact(curl, judged):
    version, path = judged
    places = (path, version.tags["govgate.sealed_uri"].removeprefix("mlflow-artifacts:/"))
    return all((curl.server.artifacts / p / "model.bin").read_bytes() == b"weights" for p in places)


# Ways to write a path that is in the frozen folder {0}, or in the sealed one {1}.
WAYS_IN = [
    "{0}/model.bin",
    "{0}/code/evil.py",
    "{0}//model.bin",
    "{0}/./model.bin",
    "{0}%2Fmodel.bin",
    "{0}%252Fmodel.bin",
]
SEALED_WAYS_IN = [
    "{1}/model.bin",
    "{2}/MODELS/GOVGATE-SEALED-0/model.bin",
    "{2}/models/govgate%2Dsealed-0/model.bin",
    "{2}/models/govgate%252Dsealed-0/model.bin",
    "{2}/models/%EF%BD%87ovgate-sealed-0/model.bin",
    "govgate-frozen/x",
]


@pytest.mark.parametrize("api", ARTIFACTS)
@pytest.mark.parametrize("method", ["PUT", "DELETE"])
@pytest.mark.parametrize("way", [*WAYS_IN, *SEALED_WAYS_IN])
def test_no_way_over_http_changes_judged_bytes(curl, judged, api, method, way):
    version, path = judged
    sealed = version.tags["govgate.sealed_uri"].removeprefix("mlflow-artifacts:/")
    spelt = way.format(path, sealed, path.split("/")[0])

    answer = raw(curl, method, f"/{api}/artifacts/{spelt}", b"poisoned")

    reason = "FROZEN_ARTIFACT" if way in WAYS_IN else "VAULT"
    assert refused(answer, reason), answer.text
    assert intact(curl, judged)


def raw(curl, method, path, body=b""):
    """Send a path as it is; requests would tidy it up."""
    asked = requests.Request(method, curl.url, data=body).prepare()
    asked.url = curl.url + path
    with requests.Session() as session:
        return session.send(asked, timeout=30)


@pytest.mark.parametrize("api", ARTIFACTS)
@pytest.mark.parametrize(
    "way", ["{0}/../artifacts/model.bin", "..%2F..%2Fetc", "{0}%2F..%2F..%2Fx"]
)
def test_a_path_upwards_is_no_way_either(curl, judged, api, way):
    answer = raw(curl, "PUT", f"/{api}/artifacts/{way.format(judged[1])}", b"poisoned")

    assert answer.status_code in {400, 403, 404}, answer.text
    assert intact(curl, judged)


@pytest.mark.parametrize("api", ARTIFACTS)
def test_no_folder_is_deleted_that_holds_judged_bytes(curl, judged, api):
    parts = judged[1].split("/")
    for length in range(1, len(parts) + 1):
        answer = curl.ask("DELETE", f"{api}/artifacts/{'/'.join(parts[:length])}")
        assert refused(answer, "FROZEN_ARTIFACT"), answer.text
    assert intact(curl, judged)


def test_an_experiment_placed_around_the_store_is_no_way_around_the_guard(curl, judged):
    """MLflow lets a client say where a run's artifacts lie, and writes there itself."""
    place = curl.server.artifacts / judged[1]
    for number, uri in enumerate((f"file://{place}", str(place), f"govgate+file://{place}")):
        name = f"around-{number}"
        found = curl.ok("POST", f"{API[0]}/experiments/create", name=name, artifact_location=uri)
        run = curl.ok("POST", f"{API[0]}/runs/create", experiment_id=found["experiment_id"])
        identity = run["run"]["info"]["run_id"]
        for path in ("model.bin", "../../artifacts/model.bin"):
            answer = requests.post(
                f"{curl.url}/ajax-api/2.0/mlflow/upload-artifact",
                params={"run_uuid": identity, "path": path},
                data=b"poisoned",
                timeout=30,
            )
            assert answer.status_code in {400, 403}, answer.text
    assert intact(curl, judged)
    assert not list(place.parent.rglob(identity))


def test_what_was_not_judged_is_written_and_deleted_as_ever(curl):
    _, path = curl.model("free")
    curl.put(f"{path}/model.bin", b"newer")
    assert curl.ask("DELETE", f"{ARTIFACTS[0]}/artifacts/{path}/model.bin").ok
    assert not (curl.server.artifacts / path / "model.bin").exists()


@pytest.fixture
def flask_client(curl, monkeypatch):
    """The Flask app alone, as it runs under gunicorn, over the same store."""
    from mlflow.server import app, handlers

    destination = f"govgate+file://{curl.server.artifacts}"
    monkeypatch.setenv("_MLFLOW_SERVER_SERVE_ARTIFACTS", "true")
    monkeypatch.setenv("_MLFLOW_SERVER_ARTIFACT_DESTINATION", destination)
    monkeypatch.setattr(handlers, "_artifact_repo", None)
    return app.test_client()


@pytest.mark.parametrize("api", ARTIFACTS)
def test_gunicorns_routes_are_held_to_the_same(curl, judged, flask_client, api):
    for way in (*WAYS_IN, *SEALED_WAYS_IN):
        spelt = way.format(judged[1], judged[1], judged[1].split("/")[0])
        for send in (flask_client.put, flask_client.delete):
            answer = send(f"/{api}/artifacts/{spelt}", data=b"poisoned")
            assert answer.status_code == 403, answer.text
            assert answer.get_json()["error_class"] == "GOVGATE_DENIED"
    assert intact(curl, judged)


def test_a_row_written_into_the_database_does_not_resolve(curl):
    import sqlite3

    version, _ = curl.model("tampered")
    with sqlite3.connect(curl.server.database, timeout=20) as connection:
        connection.execute(
            "INSERT INTO registered_model_aliases (workspace, name, alias, version)"
            " VALUES ('default', 'tampered', 'champion', ?)",
            (int(version.version),),
        )
    connection.close()

    with pytest.raises(DeniedError) as caught:
        curl.registry.version("tampered", "@champion")

    assert caught.value.reason == "NO_ATTESTATION"
