"""What a vault promises, on a folder and on two S3 services, locked and not."""

import os
from datetime import UTC, datetime, timedelta

import pytest
from botocore.exceptions import ClientError

from govgate.adapters.model_files import content_of_folder, files_of
from govgate.adapters.vault_files import FileVault
from govgate.adapters.vault_s3 import Place, S3Vault
from govgate.errors import StoreError
from govgate.tree import digest_tree

PIECES = [b"a" * 300_000, b"", memoryview(b"b" * 10)]
BIG = 20 << 20
"""More than two parts of a multipart upload."""


class Now:
    def now(self):
        return datetime.now(UTC)


def in_s3(endpoint, bucket, prefix="p/", days=1):
    client = endpoint.client()
    return S3Vault(Place(lambda: client, bucket, prefix), Now(), days)


@pytest.fixture(params=["file", "moto", "moto locked", "moto versioned", "rgw", "rgw locked"])
def vault(request, tmp_path):
    service, _, kind = request.param.partition(" ")
    if service == "file":
        return FileVault(tmp_path / "vault", files_of)
    endpoint = request.getfixturevalue(f"{service}_endpoint")
    return in_s3(endpoint, endpoint.bucket(**({kind: True} if kind else {})))


def content(vault, folder):
    return {path: b"".join(map(bytes, pieces())) for path, pieces in vault.files(folder)}


def test_what_is_written_is_read_again(vault):
    vault.write("f/one", PIECES)
    vault.write("f/deep/er/two \u00e4", [])
    assert content(vault, "f") == {"one": b"a" * 300_000 + b"b" * 10, "deep/er/two \u00e4": b""}
    assert vault.read("f/deep/er/two \u00e4") == b""
    assert sorted(vault.folders("")) == ["f"]
    assert list(vault.folders("f")) == ["deep"]
    assert list(vault.folders("none")) == []


def test_a_large_file_goes_through_in_parts(vault):
    vault.write("f/big", (b"x" * (1 << 20) for _ in range(BIG >> 20)))
    (file,) = digest_tree(vault.files("f")).files
    assert file.size == BIG


def test_the_same_bytes_have_the_same_digest_everywhere(vault, tmp_path):
    model = tmp_path / "model"
    (model / "data").mkdir(parents=True)
    (model / "MLmodel").write_bytes(b"ab\n")
    (model / "data" / "x.bin").write_bytes(b"\0" * 100_000)
    for path, pieces in files_of(model):
        vault.write(f"m/{path}", pieces())
    assert digest_tree(vault.files("m")).content == content_of_folder(model)


def test_a_small_file_is_created_once(vault):
    assert vault.read("a/b") is None
    assert not vault.exists("a/b")
    assert not vault.holds("a")
    vault.create("a/b", b"first")
    vault.create("a/b", b"first")
    assert vault.read("a/b") == b"first"
    assert vault.exists("a/b")
    assert vault.holds("a")
    assert vault.holds("")
    assert not vault.exists("a")
    assert not vault.exists("a/b/c")
    assert not vault.holds("a/b/c")


def test_a_stamp_tells_of_new_bytes(vault):
    vault.write("f/x", [b"first"])
    vault.write("f/y", [b"first"])
    before = dict(vault.stamps("f"))
    assert before == {"x": vault.stamp("f/x"), "y": vault.stamp("f/y")}
    assert not vault.stamp("f/z")
    assert before == dict(vault.stamps("f"))
    if isinstance(vault, FileVault):
        path = vault._root / "f" / "x"
        mtime = path.stat().st_mtime_ns
        path.chmod(0o644)
        path.write_bytes(b"secon")
        os.utime(path, ns=(mtime, mtime))
    else:
        vault.write("f/x", [b"secon"])
    after = dict(vault.stamps("f"))
    assert after["x"] != before["x"]
    assert after["y"] == before["y"]


def test_what_is_discarded_is_gone(vault):
    vault.write("f/x", [b"1"])
    vault.write("g/x", [b"1"])
    vault.discard("f")
    vault.discard("never")
    assert not vault.holds("f")
    assert vault.holds("g")


@pytest.mark.parametrize("path", ["../x", "a/../../x", "a//b", "/../etc/passwd", "a/./b"])
def test_no_path_leads_outside(vault, path):
    for ask in (vault.read, vault.exists, lambda p: list(vault.files(p))):
        with pytest.raises(StoreError, match=";"):
            ask(path)
    with pytest.raises(StoreError):
        vault.write(path, [b""])


def test_a_file_in_a_folder_is_written_once(tmp_path):
    vault = FileVault(tmp_path, files_of)
    vault.write("f/x", [b"1"])
    with pytest.raises(StoreError, match="exists"):
        vault.write("f/x", [b"2"])
    assert vault.read("f/x") == b"1"


def test_a_locked_folder_has_no_writable_part(tmp_path):
    vault = FileVault(tmp_path, files_of)
    vault.write("f/deep/x", [b"1"])
    vault.lock("f")
    parts = [tmp_path / "f", *(tmp_path / "f").rglob("*")]
    assert [p for p in parts if p.stat().st_mode & 0o222] == []


def test_a_locked_object_cannot_be_deleted_before_its_time(rgw_endpoint):
    client, bucket = rgw_endpoint.client(), rgw_endpoint.bucket(locked=True)
    vault = in_s3(rgw_endpoint, bucket, days=2)
    vault.write("f/x", [b"1"])
    vault.lock("f")

    (version,) = client.list_object_versions(Bucket=bucket)["Versions"]
    named = {"Bucket": bucket, "Key": version["Key"], "VersionId": version["VersionId"]}
    with pytest.raises(ClientError):
        client.delete_object(**named)
    with pytest.raises(ClientError):
        client.delete_object(**named, BypassGovernanceRetention=True)
    retention = client.get_object_retention(**named)["Retention"]
    assert retention["Mode"] == "COMPLIANCE"
    assert retention["RetainUntilDate"] > datetime.now(UTC) + timedelta(days=1)


def test_a_bucket_without_object_lock_locks_nothing(moto_endpoint, rgw_endpoint):
    for endpoint in (moto_endpoint, rgw_endpoint):
        vault = in_s3(endpoint, endpoint.bucket())
        vault.write("f/x", [b"1"])
        vault.lock("f")
        vault.discard("f")
        assert not vault.holds("f")


def test_a_bucket_that_does_not_answer_is_a_failure_with_a_next_step(moto_endpoint):
    vault = in_s3(moto_endpoint, "no-such-bucket")
    asks = (
        lambda: vault.read("x"),
        lambda: vault.write("x", [b""]),
        lambda: vault.create("x", b""),
        lambda: vault.holds("x"),
        lambda: vault.stamps("x"),
        lambda: vault.lock("x"),
        lambda: list(vault.files("x")),
    )
    for ask in asks:
        with pytest.raises(StoreError, match="rights"):
            ask()
