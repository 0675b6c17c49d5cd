"""Every way to write or delete through MLflow's repositories, against what was judged."""

import asyncio
import io
import os
from pathlib import Path

import pytest
import requests
from mlflow.entities.multipart_upload import MultipartUploadPart
from mlflow.exceptions import MlflowException
from mlflow.store.artifact.artifact_repo import (
    ArtifactRepository,
    MultipartDownloadMixin,
    MultipartUploadMixin,
    PresignedUploadMixin,
    StreamUploadMixin,
)
from mlflow.store.artifact.artifact_repository_registry import (
    ArtifactRepositoryRegistry,
    get_artifact_repository,
)
from mlflow.store.artifact.local_artifact_repo import LocalArtifactRepository
from mlflow.store.artifact.s3_artifact_repo import S3ArtifactRepository

from govgate.errors import StoreError
from govgate.integrations.mlflow import frozen
from govgate.integrations.mlflow.artifacts import build_repo, cover_stock
from govgate.integrations.mlflow.destination import own_destination
from govgate.tree import digest_tree

MODEL = "1/models/m-1/artifacts"
SEALED = f"1/models/govgate-sealed-{'a' * 64}/0123456789abcdef/artifacts"


class Place:
    """A guarded artifact store with one frozen, one open and one sealed model in it."""

    def __init__(self, uri, folder):
        self.uri, self.folder = uri, folder
        self.repository = get_artifact_repository(f"govgate+{uri}")
        self.file = folder / "weights.bin"
        self.file.write_bytes(b"poisoned")
        for path in (MODEL, "1/models/m-2/artifacts"):
            self.stock(uri).log_artifact(self.local("model.bin", b"weights"), path)
        self.stock(uri).log_artifact(self.local("model.bin", b"weights"), SEALED)
        sealing = own_destination(1).sealing
        sealing.freeze(MODEL)
        sealing.freeze(SEALED.split("/0123", maxsplit=1)[0])

    def local(self, name, data=b"poisoned"):
        path = self.folder / name
        path.write_bytes(data)
        return str(path)

    def stock(self, uri):
        kind = S3ArtifactRepository if uri.startswith("s3") else LocalArtifactRepository
        return kind(uri)

    def bytes_at(self, path):
        got = self.stock(self.uri).download_artifacts(path, str(self.folder))
        with open(got, "rb") as file:  # noqa: PTH123
            return file.read()

    def untouched(self):
        return all(self.bytes_at(f"{at}/model.bin") == b"weights" for at in (MODEL, SEALED))


@pytest.fixture
def s3_uri(request, monkeypatch):
    def make(service):
        endpoint = request.getfixturevalue(f"{service}_endpoint")
        monkeypatch.setenv("MLFLOW_S3_ENDPOINT_URL", endpoint.url)
        monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        return f"s3://{endpoint.bucket()}/registry"

    return make


@pytest.fixture(params=["file", "moto", "rgw"])
def place(request, tmp_path, monkeypatch, s3_uri):
    uri = f"file://{tmp_path}/store" if request.param == "file" else s3_uri(request.param)
    monkeypatch.setenv("_MLFLOW_SERVER_SERVE_ARTIFACTS", "true")
    monkeypatch.setenv("_MLFLOW_SERVER_ARTIFACT_DESTINATION", f"govgate+{uri}")
    folder = tmp_path / "local"
    folder.mkdir()
    return Place(uri, folder)


def refused(reason, call, *words, **more):
    with pytest.raises(MlflowException) as caught:
        call(*words, **more)
    error = caught.value
    assert error.get_http_status_code() == 403, error.message
    assert error.error_class == "GOVGATE_DENIED"
    assert error.json_kwargs["govgate"]["reason"] == reason, error.message


def test_mlflow_still_sees_what_its_own_class_can_do(place):
    is_s3 = place.uri.startswith("s3")
    for mixin in (MultipartUploadMixin, MultipartDownloadMixin, PresignedUploadMixin):
        assert isinstance(place.repository, mixin) is is_s3
    assert isinstance(place.repository, StreamUploadMixin) is not is_s3


def test_what_was_not_judged_is_written_and_deleted_as_ever(place):
    path = "1/models/m-2/artifacts"
    place.repository.log_artifact(str(place.file), path)
    place.repository.log_artifacts(str(place.folder), f"{path}/more")
    assert place.bytes_at(f"{path}/weights.bin") == b"poisoned"
    place.repository.delete_artifacts(f"{path}/more")
    assert place.repository.list_artifacts(f"{path}/more") == []


# Parts of the store that hold or are the frozen folder, and what may not be done there.
INSIDE = [MODEL, f"{MODEL}/code", "1//models/./m-1/artifacts", f"{MODEL}/"]
ABOVE = [None, "", ".", "1", "1/models", "1/models/m-1", "./1/models//m-1/"]


def test_nothing_is_written_into_a_frozen_folder(place):
    for path in INSIDE:
        refused("FROZEN_ARTIFACT", place.repository.log_artifact, str(place.file), path)
        refused("FROZEN_ARTIFACT", place.repository.log_artifacts, str(place.folder), path)
    assert place.untouched()


def test_nothing_is_deleted_that_holds_frozen_bytes(place):
    for path in (*ABOVE, *INSIDE, f"{MODEL}/model.bin"):
        refused("FROZEN_ARTIFACT", place.repository.delete_artifacts, path)
    assert place.untouched()


def test_no_folder_is_written_over_one_that_is_frozen_below(place):
    for path in (None, "", "1", "1/models/m-1"):
        refused("FROZEN_ARTIFACT", place.repository.log_artifacts, str(place.folder), path)
    assert place.untouched()


def test_a_name_that_only_begins_like_a_frozen_one_is_open(place):
    for path in ("1/models/m-10/artifacts", f"{MODEL}2", "1/models/m-1/artifact"):
        place.repository.log_artifact(str(place.file), path)
        place.repository.delete_artifacts(path)
    assert place.untouched()


DISGUISES = [
    SEALED,
    "1/models/govgate-sealed-x",
    "1/models/GOVGATE-SEALED-x",
    "1/models/govgate-sealed-x ",
    "1/models/govgate-sealed",
    "1/models/\uff47ovgate-sealed-x",
    "1/models/govgate\u200b-sealed-x",
    "1/models/govgate%2Dsealed-x",
    "1/models/govgate%252Dsealed-x",
    "1\\models\\govgate-sealed-x",
    "1/models%2Fgovgate-sealed-x",
    "1/models/m-2/../govgate-sealed-x",
    "1/models/m-2/%2e%2e/m-1",
    "govgate-frozen/1/models/m-1/artifacts",
    "GovGate-Frozen",
    "1/models/m-2/artifacts/govgate-frozen",
]


def test_the_servers_own_names_are_closed_in_every_disguise(place):
    for path in DISGUISES:
        refused("VAULT", place.repository.log_artifact, str(place.file), path)
        refused("VAULT", place.repository.log_artifacts, str(place.folder), path)
        refused("VAULT", place.repository.delete_artifacts, path)
    assert place.untouched()


def test_no_file_takes_one_of_the_servers_names(place):
    for name in ("govgate-frozen", "Govgate-Sealed-x"):
        local = place.local(name)
        refused("VAULT", place.repository.log_artifact, local, "1/models/m-2/artifacts")
        refused("VAULT", place.repository.log_artifacts, str(place.folder), "1/models/m-2")
        os.unlink(local)  # noqa: PTH108


def test_a_repository_that_begins_further_down_is_held_to_the_same(place):
    for root in ("1", "1/models/m-1", MODEL, f"{MODEL}/code"):
        below = build_repo(f"govgate+{place.uri}/{root}")
        refused("FROZEN_ARTIFACT", below.delete_artifacts)
        inside = MODEL.removeprefix(root).strip("/")
        refused("FROZEN_ARTIFACT", below.log_artifact, str(place.file), inside)
        if root.startswith(MODEL):
            refused("FROZEN_ARTIFACT", below.upload_archived_trace_data_bytes, b"x")
    assert place.untouched()


def test_the_plain_scheme_leads_through_the_guard_in_a_guarded_server(place):
    registry = ArtifactRepositoryRegistry()
    cover_stock(registry)
    around = registry.get_artifact_repository(f"{place.uri}/{MODEL}")
    refused("FROZEN_ARTIFACT", around.log_artifact, str(place.file))
    around = registry.get_artifact_repository(f"{place.uri}/{SEALED}")
    refused("VAULT", around.log_artifact, str(place.file))
    assert place.untouched()


def test_a_client_with_no_guarded_server_keeps_mlflows_own_schemes(monkeypatch):
    monkeypatch.delenv("_MLFLOW_SERVER_ARTIFACT_DESTINATION", raising=False)
    registry = ArtifactRepositoryRegistry()
    cover_stock(registry)
    assert registry.get_registered_artifact_repositories() == {}


def test_a_link_into_a_frozen_folder_leads_nowhere_else(tmp_path, place):
    if place.uri.startswith("s3"):
        pytest.skip("a bucket holds no links")
    (tmp_path / "store" / "1" / "models" / "alias").symlink_to(tmp_path / "store" / MODEL)
    refused("FROZEN_ARTIFACT", place.repository.log_artifact, str(place.file), "1/models/alias")
    around = build_repo(str(tmp_path / "store" / "1" / "models" / "alias"))
    refused("FROZEN_ARTIFACT", around.log_artifact, str(place.file))


def test_an_upload_that_streams_is_refused_and_leaves_nothing(tmp_path, place):
    if place.uri.startswith("s3"):
        pytest.skip("only disks are streamed to")

    async def chunks():
        yield b"poisoned"

    stream = place.repository.log_artifact_from_stream
    refused("FROZEN_ARTIFACT", stream, io.BytesIO(b"poisoned"), "model.bin", MODEL)
    streaming = place.repository.log_artifact_from_async_stream
    refused("FROZEN_ARTIFACT", lambda: asyncio.run(streaming(chunks(), "model.bin", MODEL)))
    assert [p.name for p in (tmp_path / "store" / MODEL).iterdir()] == ["model.bin"]


def test_an_upload_that_began_before_the_freeze_does_not_land_after_it(tmp_path, place):
    if place.uri.startswith("s3"):
        pytest.skip("only disks are streamed to")
    path = "1/models/m-2/artifacts"

    async def chunks():
        yield b"poi"
        own_destination(1).sealing.freeze(path)
        yield b"soned"

    streaming = place.repository.log_artifact_from_async_stream
    refused("FROZEN_ARTIFACT", lambda: asyncio.run(streaming(chunks(), "model.bin", path)))
    assert place.bytes_at(f"{path}/model.bin") == b"weights"
    assert [p.name for p in (tmp_path / "store" / path).iterdir()] == ["model.bin"]


def test_an_upload_in_parts_is_refused_at_every_step_even_one_begun_before(place):
    if not place.uri.startswith("s3"):
        pytest.skip("only buckets take uploads in parts")
    repository, path = place.repository, "1/models/m-2/artifacts"
    begun = repository.create_multipart_upload("model.bin", 1, path)
    part = requests.put(begun.credentials[0].url, data=b"poisoned", timeout=30)
    assert part.ok, part.text
    parts = [MultipartUploadPart(1, part.headers["ETag"])]
    own_destination(1).sealing.freeze(path)

    end = repository.complete_multipart_upload
    refused("FROZEN_ARTIFACT", end, "model.bin", begun.upload_id, parts, path)
    refused("FROZEN_ARTIFACT", repository.create_multipart_upload, "model.bin", 1, path)
    abort = repository.abort_multipart_upload
    refused("FROZEN_ARTIFACT", abort, "model.bin", begun.upload_id, path)
    refused("FROZEN_ARTIFACT", repository.create_presigned_upload_url, f"{path}/model.bin")
    refused("VAULT", repository.create_presigned_upload_url, f"{SEALED}/model.bin")
    assert place.bytes_at(f"{path}/model.bin") == b"weights"


@pytest.mark.parametrize("api", ["api", "ajax-api"])
def test_the_routes_of_an_upload_in_parts_are_held_to_the_same(place, monkeypatch, api):
    if not place.uri.startswith("s3"):
        pytest.skip("only buckets take uploads in parts")
    from mlflow.server import app, handlers

    monkeypatch.setattr(handlers, "_artifact_repo", None)
    client = app.test_client()
    bodies = {
        "create": {"path": "model.bin", "num_parts": 1},
        "complete": {
            "path": "model.bin",
            "upload_id": "x",
            "parts": [{"part_number": 1, "etag": "e", "url": "u"}],
        },
        "abort": {"path": "model.bin", "upload_id": "x"},
    }
    for step, body in bodies.items():
        for path, reason in ((MODEL, "FROZEN_ARTIFACT"), (SEALED, "VAULT")):
            answer = client.post(f"/{api}/2.0/mlflow-artifacts/mpu/{step}/{path}", json=body)
            assert answer.status_code == 403, answer.text
            assert answer.get_json()["govgate"]["reason"] == reason
    open_one = "1/models/m-2/artifacts"
    made = client.post(f"/{api}/2.0/mlflow-artifacts/mpu/create/{open_one}", json=bodies["create"])
    assert made.status_code == 200, made.text


def test_a_store_that_does_not_answer_is_a_no(place, monkeypatch):
    def broken(*_):
        msg = "no answer; wait"
        raise StoreError(msg)

    monkeypatch.setattr("govgate.project.sealing.Sealing.is_frozen", broken)
    refused("VERIFY_UNAVAILABLE", place.repository.log_artifact, str(place.file), "1/models/m-2")


@pytest.fixture
def sealed(place):  # noqa: ARG001 -- sets where the server's destination is
    """A truly sealed copy; the path of its one file."""
    sealing = own_destination(1).sealing
    judged = digest_tree(sealing.vault.files(MODEL)).content
    return sealing.seal(sealing.vault.files(MODEL), "1", judged).folder + "/model.bin"


def served(place, path, to):
    """What a loader gets from the server, over either of its ways."""
    local = place.repository.get_local_path(path)
    if local is None:
        to.mkdir(exist_ok=True)
        local = place.repository.download_artifacts(path, str(to))
        url = place.repository.get_download_presigned_url(path).url
        assert requests.get(url, timeout=30).content == Path(local).read_bytes()
    return Path(local).read_bytes()


def overwrite(place, path, data):
    """Do what somebody with the disk or the bucket's keys can."""
    if place.uri.startswith("file"):
        Path(place.uri.removeprefix("file://"), path).write_bytes(data)
    else:
        place.stock(place.uri).log_artifact(place.local("model.bin", data), path.rsplit("/", 1)[0])


def test_a_sealed_file_is_served_as_long_as_it_is_the_judged_one(place, sealed, tmp_path):
    assert served(place, sealed, tmp_path / "to") == b"weights"
    overwrite(place, sealed, b"weights")
    assert place.repository.download_artifacts(sealed, str(tmp_path))
    assert served(place, sealed, tmp_path / "to") == b"weights"


def test_a_sealed_file_overwritten_by_who_holds_the_storage_is_not_served(place, sealed, tmp_path):
    overwrite(place, sealed, b"poisone")
    if place.uri.startswith("file"):
        refused("DIGEST_MISMATCH", place.repository.get_local_path, sealed)
    else:
        refused("DIGEST_MISMATCH", place.repository.get_download_presigned_url, sealed)
    with pytest.raises(MlflowException, match="not the file that was judged"):
        place.repository.download_artifacts(sealed, str(tmp_path))


def test_a_file_added_to_a_sealed_place_is_not_served(place, sealed, tmp_path):
    added = sealed.replace("model.bin", "evil.py")
    if place.uri.startswith("file"):
        overwrite(place, added, b"import os")
    else:
        folder = sealed.rsplit("/", 1)[0]
        place.stock(place.uri).log_artifact(place.local("evil.py"), folder)
    with pytest.raises(MlflowException, match="not the file that was judged"):
        place.repository.download_artifacts(added, str(tmp_path))


def test_without_its_manifest_a_sealed_file_is_not_served(place, sealed, tmp_path):
    manifest = sealed.replace("artifacts/model.bin", "sealed.json")
    if place.uri.startswith("file"):
        overwrite(place, manifest, b"{}")
    else:
        place.stock(place.uri).log_artifact(
            place.local("sealed.json", b"{}"), sealed.rsplit("/", 2)[0]
        )
    with pytest.raises(MlflowException, match="not the file that was judged"):
        place.repository.download_artifacts(sealed, str(tmp_path))


ASKS = {
    *("log_artifact", "log_artifacts", "delete_artifacts"),
    *("log_artifact_from_stream", "log_artifact_from_async_stream"),
    *("create_multipart_upload", "complete_multipart_upload", "abort_multipart_upload"),
    *("create_presigned_upload_url", "upload_archived_trace_data_bytes"),
    *("get_local_path", "get_download_presigned_url"),
}
THROUGH_THOSE = {"upload_trace_data", "upload_archived_trace_data", "upload_attachment"}
READS = {
    *("artifact_dir", "max_workers", "list_artifacts", "download_artifacts"),
    *("download_trace_data", "download_trace_data_to_file", "download_archived_trace_data"),
    *("download_trace_attachment", "download_trace_attachment_to_file"),
    *("parse_s3_compliant_uri", "get_s3_file_upload_extra_args"),
    *("flush_async_logging",),
}


@pytest.mark.parametrize("stock", [LocalArtifactRepository, S3ArtifactRepository])
def test_every_public_method_of_mlflows_repositories_was_thought_of(stock):
    public = {name for name in dir(stock) if not name.startswith("_")}
    assert public - ASKS - THROUGH_THOSE - READS == set()
    guarded = frozen._guarded(stock)
    assert [n for n in public & ASKS if getattr(guarded, n) is getattr(stock, n)] == []
    kept = {n for n in public & THROUGH_THOSE if hasattr(ArtifactRepository, n)}
    assert [n for n in kept if getattr(stock, n) is not getattr(ArtifactRepository, n)] == []
