"""The guard holds in every way that MLflow's server is run: one server each, few questions."""

import subprocess
import sys
from contextlib import ExitStack, contextmanager

import requests

from tests.conftest import found_project, need
from tests.integrations.mlflow.bypasses.databases import add_alias
from tests.integrations.mlflow.bypasses.lab import AJAX, API, JUDGED, Side
from tests.integrations.mlflow.bypasses.probe import reason_of
from tests.tools.mlflow_server import Stores, free_port, guarded_server, in_folder
from tests.tools.postgres import postgres, programs

_AUDIT = (sys.executable, "-m", "govgate", "audit", "registry")
INI = """\
[mlflow]
default_permission = EDIT
database_uri = sqlite:///{folder}/auth.db
admin_username = admin
admin_password = a-long-password
authorization_function = mlflow.server.auth:authenticate_request_basic_auth
"""


@contextmanager
def running(folder, *more, stores=None, environment=None):
    """A guarded server of a project of its own."""
    port = free_port()
    governed = found_project(folder / "project", f"http://127.0.0.1:{port}")
    stores = stores or in_folder(folder)
    with guarded_server(
        folder, governed.folder, stores, *more, port=port, environment=environment
    ) as server:
        side = Side(server, governed)
        try:
            yield side
        finally:
            side.engine.dispose()


def ask_the_few_questions(side):
    """Refused by hand over both APIs, opened by a decision, shut to rows and to other bytes."""
    version = side.model()
    for api in (API, AJAX):
        assert reason_of(side.set_alias(version, api=api)) == "NO_ATTESTATION"
        assert reason_of(side.set_stage(version, api=api)) == "NO_ATTESTATION"
    assert reason_of(side.set_tag(version, "govgate.decision")) == "RESERVED_TAG"
    assert side.alias_of(version.name) == ""

    answer = side.attest(version, side.decided(version))
    assert answer.ok, answer.text
    assert side.set_alias(version).ok
    assert side.served(version.name) == JUDGED
    other = side.model(version.name, {"model.bin": b"evil"})
    assert reason_of(side.set_alias(other)) == "NO_ATTESTATION"
    named = {"name": version.name, "version": version.version}
    deleted = side.ask("DELETE", f"{API}/model-versions/delete", **named)
    assert reason_of(deleted) == "GOVERNED_IN_USE"

    third = side.model()
    add_alias(side, third)
    assert reason_of(side.resolve(third.name)) == "NO_ATTESTATION"


def ask_about_uploads_in_parts(side, client):
    """Neither an upload begun before the decision ends after it, nor does its address do harm."""
    version = side.model()
    begun = upload(side, "create", version.path, num_parts=1)
    assert begun.ok, begun.text
    said = begun.json()
    part = requests.put(said["credentials"][0]["url"], data=b"evil", timeout=60)
    assert part.ok
    parts = [{"part_number": 1, "etag": part.headers["ETag"]}]
    assert side.attest(version, side.decided(version)).ok
    assert side.set_alias(version).ok

    ended = upload(side, "complete", version.path, upload_id=said["upload_id"], parts=parts)
    assert reason_of(ended) == "FROZEN_ARTIFACT"
    assert reason_of(upload(side, "create", version.path, num_parts=1)) == "FROZEN_ARTIFACT"
    sealed = side.tags(version)["govgate.sealed_uri"].removeprefix("mlflow-artifacts:/")
    assert reason_of(upload(side, "create", sealed, num_parts=1)) == "VAULT"

    # Whoever has the bucket's credentials ends it past the server.
    bucket, _, prefix = side.server.stores.artifacts.removeprefix("s3://").partition("/")
    key = f"{prefix}/{version.path}/model.bin"
    named = {"Bucket": bucket, "Key": key, "UploadId": said["upload_id"]}
    done = [{"PartNumber": 1, "ETag": parts[0]["etag"]}]
    client.complete_multipart_upload(**named, MultipartUpload={"Parts": done})
    assert client.get_object(Bucket=bucket, Key=key)["Body"].read() == b"evil"
    assert side.served(version.name) == JUDGED


def upload(side, step, folder, **more):
    address = f"api/2.0/mlflow-artifacts/mpu/{step}/{folder}"
    return side.ask("POST", address, path="model.bin", **more)


def test_four_workers(tmp_path):
    with running(tmp_path, "--workers", "4") as side:
        ask_the_few_questions(side)
        version = side.model()
        # Each on a connection of its own, so that every worker is asked.
        for _ in range(40):
            side.session.close()
            assert reason_of(side.set_alias(version)) == "NO_ATTESTATION"


def test_gunicorn(tmp_path):
    with running(tmp_path, "--workers", "2", "--gunicorn-opts", "--timeout 120") as side:
        ask_the_few_questions(side)


def test_a_static_prefix(tmp_path):
    with running(tmp_path, "--static-prefix", "/registry") as side:
        ask_the_few_questions(side)
        version = side.model()
        for path in (API, AJAX):
            bare = side.server.url.removesuffix("/registry")
            body = {"name": version.name, "version": "1", "alias": "champion"}
            address = f"{bare}/{path}/registered-models/alias"
            side.session.post(address, json=body, timeout=60)
        assert side.alias_of(version.name) == ""


def test_basic_auth_refuses_the_admin_too_and_names_who_asked(tmp_path):
    ini = tmp_path / "basic_auth.ini"
    ini.write_text(INI.format(folder=tmp_path))
    environment = {
        "MLFLOW_AUTH_CONFIG_PATH": str(ini),
        "MLFLOW_FLASK_SERVER_SECRET_KEY": "a secret of this test",
    }
    with running(tmp_path, "--app-name", "basic-auth", environment=environment) as side:
        assert side.ask("POST", f"{API}/registered-models/create", name="x").status_code == 401

        side.session.auth = ("admin", "a-long-password")
        made = {"username": "alice", "password": "another-long-password"}
        side.ok("POST", "api/2.0/mlflow/users/create", **made)
        side.session.auth = ("alice", "another-long-password")
        version = side.model()
        assert side.tags(version)["govgate.registered_by"] == "alice"
        assert reason_of(side.set_alias(version)) == "NO_ATTESTATION"

        side.session.auth = ("admin", "a-long-password")
        assert reason_of(side.set_alias(version)) == "NO_ATTESTATION"
        assert reason_of(side.set_tag(version, "govgate.decision")) == "RESERVED_TAG"

        assert side.attest(version, side.decided(version)).ok
        assert side.tags(version)["govgate.recorded_by"] == "admin"
        side.session.auth = ("alice", "another-long-password")
        assert side.set_alias(version).ok
        assert side.served(version.name) == JUDGED


def test_postgresql_and_a_bucket(tmp_path, rgw_endpoint):
    need(programs(), "PostgreSQL (apt-get install postgresql)")
    with ExitStack() as parts:
        database = parts.enter_context(postgres()).database("registry")
        stores = Stores(database, f"s3://{rgw_endpoint.bucket()}/models")
        environment = {"MLFLOW_S3_ENDPOINT_URL": rgw_endpoint.url}
        side = parts.enter_context(running(tmp_path, stores=stores, environment=environment))
        ask_the_few_questions(side)
        ask_about_uploads_in_parts(side, rgw_endpoint.client())
        ran = subprocess.run(
            [*_AUDIT, "--project", str(side.governed.folder)],
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert ran.returncode == 10, ran.stderr
        assert "NO_ATTESTATION" in ran.stdout
