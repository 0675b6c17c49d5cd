"""Attacks that a lock does not prevent, on real buckets: who finds them, and what is never done."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from govgate.adapters.clock import SystemClock
from govgate.adapters.s3 import Bucket, Retention, S3Store, S3Versions
from govgate.adapters.two_buckets import TwoBucketStore
from govgate.errors import StoreError, TamperedError
from govgate.ledger import Locking, audit_versions, clear_partials, verify_log
from govgate.ledger.checkpoint import checkpoint_key
from govgate.ledger.commit import commit_key
from tests.ledger.conftest import World

DAY = timedelta(days=1)
LOCKING = Locking(183 * DAY, 400 * DAY)
LOCK = Retention(400, SystemClock())


class Vault:
    """A log under lock, published at 1 and 260 and with two commits after that; and its bucket."""

    def __init__(self, endpoint, *, two):
        self.client, self.bucket = endpoint.client(), endpoint.bucket(locked=True)
        keeping = S3Store(self.client, Bucket(self.bucket, "a/"), retention=LOCK, proven=not two)
        self.mutable = endpoint.bucket() if two else self.bucket
        settling = S3Store(self.client, Bucket(self.mutable, "a/"))
        self.world = World(store=TwoBucketStore(settling, keeping) if two else keeping).create()
        for count in (1, 259):
            self.world.append(count)
            self.world.publish()
        self.world.append(2)
        self.last = self.world.append(text="x" * 60_000).start

    def audit(self):
        return audit_versions(S3Versions(self.client, Bucket(self.bucket, "a/")), LOCKING)

    def named(self):
        return "\n".join(map(str, self.audit().problems))

    def put(self, key, data, **more):
        self.client.put_object(Bucket=self.bucket, Key=f"a/{key}", Body=data, **more)

    def hide(self, key):
        """Delete a key, which the lock allows: a marker goes in front of it."""
        self.client.delete_object(Bucket=self.bucket, Key=f"a/{key}")
        if self.mutable != self.bucket:
            self.client.delete_object(Bucket=self.mutable, Key=f"a/{key}")

    def first(self, key):
        found = self.client.list_object_versions(Bucket=self.bucket, Prefix=f"a/{key}")
        return [v["VersionId"] for v in found["Versions"] if v["Key"] == f"a/{key}"][-1]


@pytest.fixture(params=["moto", "moto two", "rgw two"])
def vault(request):
    service, _, two = request.param.partition(" ")
    return Vault(request.getfixturevalue(f"{service}_endpoint"), two=bool(two))


def test_a_sound_bucket_has_no_problems(vault):
    audit = vault.audit()
    assert (audit.problems, audit.short) == ((), 0)
    assert audit.versions >= 15


def test_bytes_put_over_the_first_are_found_and_the_first_named(vault):
    keys = ("tile/0/000", commit_key(0), checkpoint_key(260), "log.json", "tile/0/000.p/1")
    first = {key: vault.first(key) for key in keys}
    for key in keys:
        vault.put(key, b"forged")
    said = vault.named().splitlines()
    for key in keys:
        (line,) = (line for line in said if line.startswith(f"{key} reads as"))
        assert f"version {first[key]} holds what was written first" in line
    assert len(said) == len(keys)


def test_a_tile_that_was_shadowed_can_be_brought_back(vault):
    before = vault.world.store.read("tile/0/000")
    vault.put("tile/0/000", b"forged")
    assert verify_log(vault.world.store, vault.world.trust).problems != ()
    found = vault.client.list_object_versions(Bucket=vault.bucket, Prefix="a/tile/0/000")
    (now,) = (v["VersionId"] for v in found["Versions"] if v["IsLatest"] and v["Size"] == 6)
    vault.client.delete_object(Bucket=vault.bucket, Key="a/tile/0/000", VersionId=now)
    assert vault.world.store.read("tile/0/000") == before
    assert vault.audit().problems == ()
    verify_log(vault.world.store, vault.world.trust).raise_if_bad()


def test_a_mark_of_deletion_is_found_with_what_it_hides(vault):
    keys = (commit_key(1), "tile/entries/000", checkpoint_key(1), "log.json")
    first = {key: vault.first(key) for key in keys}
    for key in keys:
        vault.hide(key)
        with pytest.raises(TamperedError, match=f"{key} in .* was deleted, and its version"):
            vault.world.store.read(key)
    said = vault.named().splitlines()
    for key in keys:
        (line,) = (line for line in said if line.startswith(f"{key} was deleted: the marker"))
        assert f"hides version {first[key]}" in line
    assert len(said) == len(keys)


def test_no_append_takes_the_place_of_a_commit_that_was_deleted(vault):
    key = commit_key(vault.last)
    vault.hide(key)
    with pytest.raises(TamperedError, match=f"{key} in .* was deleted"):
        vault.world.append()
    for store in (vault.world.store, getattr(vault.world.store, "_settling", vault.world.store)):
        assert key not in set(store.keys("commits/"))
    with pytest.raises(TamperedError, match="was deleted"):
        vault.world.publish()


def test_no_append_takes_the_place_of_a_published_commit_that_was_deleted(vault):
    for start in (1, 260, 262):
        vault.hide(commit_key(start))
    with pytest.raises(TamperedError):
        vault.world.append()
    assert [*vault.world.store.keys("commits/")] == [commit_key(0)]


def test_the_entries_of_a_commit_that_was_deleted_are_not_silently_left_out(vault):
    vault.hide(commit_key(vault.last))
    with pytest.raises(TamperedError, match="was deleted"):
        list(vault.world.log().entries())
    report = verify_log(vault.world.store, vault.world.trust)
    assert any(commit_key(vault.last) in str(why) for why in report.problems)


def test_a_commit_written_while_it_was_looked_for_is_read(moto_endpoint, monkeypatch):
    vault = Vault(moto_endpoint, two=False)
    real, key = S3Versions.last_of, commit_key(263)

    def written_meanwhile(versions, wanted):
        monkeypatch.setattr(S3Versions, "last_of", real)
        vault.put(key, b"just now")
        return real(versions, wanted)

    monkeypatch.setattr(S3Versions, "last_of", written_meanwhile)
    assert vault.world.store.read(key) == b"just now"


def test_a_place_that_was_marked_before_it_was_taken_holds_nobody_up(rgw_endpoint):
    vault = Vault(rgw_endpoint, two=True)
    for start in range(263, 266):
        vault.hide(commit_key(start))
    assert vault.world.append(2).start == 263
    vault.world.publish()
    verify_log(vault.world.store, vault.world.trust).raise_if_bad()
    assert vault.named().count("was deleted") == 2, "the places that are still free"


def test_the_newest_checkpoint_is_not_signed_again_where_it_was_hidden(vault):
    old = vault.world.store.read(checkpoint_key(1))
    vault.hide(checkpoint_key(260))
    vault.client.put_object(Bucket=vault.mutable, Key="a/checkpoint", Body=old)
    before = [*vault.world.store.keys("checkpoints/")]
    assert before == [checkpoint_key(1)]
    vault.world.publish()  # of 263: the commits say what it is, whatever was hidden
    report = verify_log(vault.world.store, vault.world.trust)
    assert (report.size, report.problems) == (263, ())
    assert checkpoint_key(260) in vault.named()
    with pytest.raises(TamperedError, match="was deleted"):
        vault.world.store.read(checkpoint_key(260))


def test_what_was_hidden_and_brought_back_is_whole(moto_endpoint):
    vault = Vault(moto_endpoint, two=False)
    key = commit_key(vault.last)
    marker = vault.client.delete_object(Bucket=vault.bucket, Key=f"a/{key}")["VersionId"]
    vault.client.delete_object(Bucket=vault.bucket, Key=f"a/{key}", VersionId=marker)
    vault.world.append()
    vault.world.publish()
    verify_log(vault.world.store, vault.world.trust).raise_if_bad()
    assert vault.audit().problems == ()


def test_an_old_checkpoint_put_back_deceives_nobody(vault):
    old = vault.world.store.read(checkpoint_key(1))
    where = {"Bucket": vault.mutable, "Key": "a/checkpoint"}
    vault.client.put_object(**where, Body=old)
    report = verify_log(vault.world.store, vault.world.trust)
    assert (report.size, report.problems) == (260, ())
    assert vault.audit().problems == ()
    vault.world.publish()
    assert vault.world.store.read("checkpoint") == vault.world.store.read(checkpoint_key(263))


def test_cleared_tiles_and_the_same_bytes_twice_are_no_problem(vault):
    vault.put(commit_key(0), vault.world.store.read(commit_key(0)))
    vault.client.delete_object(Bucket=vault.bucket, Key="a/tile/entries/000.p/1")
    assert clear_partials(vault.world.store, vault.world.log().checkpoint().checkpoint).removed == 1
    assert vault.audit().problems == ()


def test_what_is_not_locked_long_enough_is_named(vault):
    soon = datetime.now(UTC) + 10 * DAY
    later = datetime.now(UTC) + 200 * DAY
    lock = {"ObjectLockMode": "COMPLIANCE", "ContentMD5": "ndTkYSaMgDT1yFZOFVxnpg=="}
    vault.put("evidence/sha256/aa/a", b"x")
    vault.put("evidence/sha256/aa/b", b"x", **lock, ObjectLockRetainUntilDate=soon)
    vault.put("evidence/sha256/aa/c", b"x", **lock, ObjectLockRetainUntilDate=later)
    lock["ObjectLockMode"] = "GOVERNANCE"
    vault.put("evidence/sha256/aa/d", b"x", **lock, ObjectLockRetainUntilDate=later)
    audit = vault.audit()
    a, b, d = map(str, audit.problems)
    assert "aa/a is not locked" in a
    assert f"aa/b is locked until {soon:%Y-%m-%d}, less than 183 days" in b
    assert "aa/d is not locked" in d
    assert audit.short == 1


def test_versions_are_kept_where_versioning_was_switched_off(rgw_endpoint):
    client, bucket = rgw_endpoint.client(), rgw_endpoint.bucket(versioned=True)
    client.put_object(Bucket=bucket, Key="log.json", Body=b"x")
    off = {"Status": "Suspended"}
    client.put_bucket_versioning(Bucket=bucket, VersioningConfiguration=off)
    client.put_object(Bucket=bucket, Key="log.json", Body=b"y")
    versions = S3Versions(client, Bucket(bucket))
    assert versions.kept()
    assert "written first" in str(audit_versions(versions, None).problems)


@pytest.mark.parametrize("service", ["moto", "rgw", "rclone"])
def test_a_bucket_without_versions_keeps_none(request, service):
    endpoint = request.getfixturevalue(f"{service}_endpoint")
    assert not S3Versions(endpoint.client(), Bucket(endpoint.bucket())).kept()


@pytest.mark.parametrize("page", [2, 3, 1000])
@pytest.mark.parametrize("service", ["moto", "rgw"])
def test_versions_come_in_the_order_of_keys_over_all_pages(request, service, page):
    endpoint = request.getfixturevalue(f"{service}_endpoint")
    client, bucket = endpoint.client(), endpoint.bucket(versioned=True)
    for key in ("a", "b", "b", "c", "c", "c", "d"):
        client.put_object(Bucket=bucket, Key=f"p/{key}", Body=key.encode())
    client.delete_object(Bucket=bucket, Key="p/b")
    client.delete_object(Bucket=bucket, Key="p/d")

    def small(params, **_):
        params["MaxKeys"] = page

    client.meta.events.register("provide-client-params.s3.ListObjectVersions", small)
    found = list(S3Versions(client, Bucket(bucket, "p/")).all())
    assert [v.key for v in found] == ["a", "b", "b", "b", "c", "c", "c", "d", "d"]
    assert [v.key for v in found if v.latest] == ["a", "b", "c", "d"]
    assert [v.key for v in found if v.marker] == ["b", "d"]
    written = [v for v in found if not v.marker]
    assert [S3Versions(client, Bucket(bucket, "p/")).read(v) for v in written] == [
        v.key.encode() for v in written
    ]


def test_who_may_not_see_the_versions_does_not_pass_the_audit(rgw_endpoint):
    vault = Vault(rgw_endpoint, two=True)
    deny = {"Effect": "Deny", "Principal": "*", "Action": "s3:ListBucketVersions"}
    deny["Resource"] = f"arn:aws:s3:::{vault.bucket}"
    policy = json.dumps({"Version": "2012-10-17", "Statement": [deny]})
    vault.client.put_bucket_policy(Bucket=vault.bucket, Policy=policy)
    with pytest.raises(StoreError, match="s3:ListBucketVersions"):
        vault.audit()
