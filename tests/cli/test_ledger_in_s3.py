"""The main job with the ledger in a bucket, through the words."""

import errno
import json
import os
import re
import threading
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import botocore.auth
import pytest

from tests.conftest import Endpoint


def test_a_model_is_judged_and_the_ledger_verified_from_a_bucket(
    desk, frame, move, moto_endpoint, capsys
):
    bucket = moto_endpoint.bucket(locked=True)
    move(moto_endpoint, bucket, object_lock="true")
    assert desk("ledger", "create") == 0
    assert f"founded in s3://{bucket}/audit" in capsys.readouterr().out
    assert desk.assess(frame()) == 10
    assert desk.sign("olga") == desk.sign("rami") == 0
    assert desk.assess() == 0
    capsys.readouterr()
    assert desk("ledger", "verify") == 0
    assert "every entry, tile, signature and checkpoint holds" in capsys.readouterr().out
    assert desk("verify", desk.model) == 0
    assert not (desk.folder / "ledger").exists()
    log = moto_endpoint.client().get_object(Bucket=bucket, Key="audit/log.json")["Body"].read()
    assert b'"store":{"cas":true,"object_lock":true,"versioned":true}' in log


@pytest.mark.parametrize(("locked", "after"), [(True, 20), (False, 0)])
def test_a_file_with_personal_data_is_kept_in_a_bucket_and_still_erased(
    desk, move, moto_endpoint, capsys, locked, after
):
    people = desk.folder / "people.yaml"
    people.write_text(people.read_text().replace("[model-owner]", "[data-protection]"))
    bucket = moto_endpoint.bucket(locked=locked)
    move(moto_endpoint, bucket, object_lock=str(locked).lower())
    assert desk("ledger", "create") == 0
    file, back = desk.folder / "consent.csv", desk.folder / "back.csv"
    file.write_bytes(bytes(5_000_000) + b"Ann, yes")
    capsys.readouterr()
    about = ("--about", desk.model, "--personal", "--json")
    assert desk("evidence", "add", str(file), *about) == 0
    digest = json.loads(capsys.readouterr().out)["digest"]
    assert desk("evidence", "get", digest, "-o", str(back)) == 0
    assert back.read_bytes() == file.read_bytes()
    key = ("--as", "olga", "--key", str(desk.folder / "people" / "olga"))
    assert desk("evidence", "erase", digest, *key, "--reason", "request 17") == 0
    assert desk("evidence", "get", digest, "-o", str(back) + "2") == 3
    assert desk("ledger", "verify") == 0
    # What is left nobody can read; it may be deleted where that leaves no mark of deletion.
    client = moto_endpoint.client()
    found = client.list_objects_v2(Bucket=bucket, Prefix="audit/evidence/")["Contents"]
    for each in found:
        client.delete_object(Bucket=bucket, Key=each["Key"])
    assert desk("ledger", "verify", "--full") == after
    said = in_words(capsys)
    assert all((f"{each['Key'][6:]} was deleted: the marker" in said) is locked for each in found)


def test_a_ledger_is_founded_once(desk, move, moto_endpoint, capsys):
    move(moto_endpoint, moto_endpoint.bucket())
    assert desk("ledger", "create") == 0
    assert desk("ledger", "create") == 20
    assert "there is a log here already" in capsys.readouterr().err


def test_no_ledger_is_founded_in_a_bucket_that_lets_a_second_write_through(
    desk, move, rclone_endpoint, capsys
):
    move(rclone_endpoint, rclone_endpoint.bucket())
    assert desk("ledger", "create") == 21
    assert "single_writer: true" in " ".join(capsys.readouterr().err.split())


def test_a_bucket_that_lets_a_second_write_through_is_promised_nothing(
    desk, frame, move, rclone_endpoint, capsys
):
    move(rclone_endpoint, rclone_endpoint.bucket())
    path = desk.folder / "govgate.yaml"
    path.write_text(path.read_text().replace("  s3:\n", "  on_unavailable: spool\n  s3:\n"))
    assert desk.assess(frame()) == 21
    assert "lets a second write" in " ".join(capsys.readouterr().err.split())
    (kept,) = (desk.folder / ".govgate" / "outbox").iterdir()
    assert b"pending_since" not in kept.read_bytes()


def test_no_model_is_judged_where_the_bucket_has_gone(desk, frame, move, moto_endpoint, capsys):
    move(moto_endpoint, "no-such-bucket")
    assert desk.assess(frame()) == 21
    assert "make the bucket" in " ".join(capsys.readouterr().err.split())


# -- The life of a locked bucket ---------------------------------------------------------------


@pytest.fixture(params=["moto", "rgw"])
def locked(request, desk, frame, move, capsys):
    """A desk whose ledger is under lock, assessed under a policy that asks for 400 days."""
    endpoint = request.getfixturevalue(f"{request.param}_endpoint")
    bucket = endpoint.bucket(locked=True)
    # The gateway cannot refuse and lock in one bucket.
    two = {"mutable_bucket": endpoint.bucket()} if request.param == "rgw" else {}
    move(endpoint, bucket, object_lock="true", **two)
    desk.policy(retaining(desk, 400, "1"))
    assert desk("ledger", "create") == 0
    assert desk.assess(frame()) == 10
    capsys.readouterr()
    return Locked(desk, endpoint.client(), bucket)


def retaining(desk, days, version):
    text = (desk.folder / "policy.yaml").read_text()
    kept = [ln for ln in text.splitlines() if not ln.startswith(("version:", "retention_days:"))]
    return "\n".join([f'version: "{version}"', f"retention_days: {days}", *kept]) + "\n"


@dataclass
class Locked:
    desk: Any
    client: Any
    bucket: str

    def until(self, key):
        head = self.client.head_object(Bucket=self.bucket, Key=f"audit/{key}")
        return head["ObjectLockRetainUntilDate"]

    def days(self, key):
        return round((self.until(key) - datetime.now(UTC)) / timedelta(days=1))

    def doctor(self, capsys):
        self.desk("ledger", "doctor", "--json")
        found = json.loads(capsys.readouterr().out)
        return {h["about"]: (h["healthy"], h["said"]) for h in found}


COMMITS = [f"commits/{n:020d}" for n in range(4)]


def test_every_writer_locks_for_as_long_as_the_policy_in_force_asks(locked, capsys):
    assert locked.days(COMMITS[0]) == 400
    assert locked.days("checkpoints/00000000000000000003") == 400
    written = locked.until(COMMITS[0])
    locked.desk.policy(retaining(locked.desk, 183, "2"))
    assert locked.desk.sign("olga") == 0
    assert locked.days(COMMITS[3]) == 183
    assert locked.until(COMMITS[0]) == written, "a later policy shortens nothing"
    capsys.readouterr()
    assert locked.doctor(capsys)["retention"] == (True, "as long as the policy asks")


def test_the_doctor_says_what_is_locked_for_less_than_the_policy_asks(locked, capsys):
    assert locked.doctor(capsys)["retention"][0]
    locked.desk.policy(retaining(locked.desk, 3653, "2"))
    healthy, said = locked.doctor(capsys)["retention"]
    assert not healthy
    assert "objects are locked for less than the 3653 days" in said
    assert locked.desk("ledger", "verify") == 0, "what an earlier policy asked for is no lie"
    assert "locked for less than the policy in force asks" in capsys.readouterr().out


def test_verify_audits_the_versions_and_names_a_commit_that_was_hidden(locked, capsys):
    assert locked.desk("ledger", "verify", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["versions"] >= 6, told["locked_short"]) == (True, 0)
    locked.client.delete_object(Bucket=locked.bucket, Key=f"audit/{COMMITS[0]}")
    assert locked.desk("ledger", "verify") == 20
    assert f"{COMMITS[0]} was deleted: the marker" in in_words(capsys)
    healthy, said = locked.doctor(capsys)["entries"]
    assert (healthy, COMMITS[0] in said) == (False, True)


def test_verify_names_bytes_that_were_put_over_what_nobody_signed(locked, capsys):
    # When the log was founded is signed nowhere: only the versions tell.
    key = "audit/log.json"
    before = locked.client.get_object(Bucket=locked.bucket, Key=key)["Body"].read()
    forged = re.sub(rb'"created":"....', b'"created":"1999', before)
    locked.client.put_object(Bucket=locked.bucket, Key=key, Body=forged)
    assert locked.desk("ledger", "verify") == 20
    assert "log.json reads as version" in capsys.readouterr().err


def test_a_folder_has_no_versions_to_audit(desk, frame, capsys):
    assert desk.assess(frame()) == 10
    capsys.readouterr()
    assert desk("ledger", "verify", "--json") == 0
    assert json.loads(capsys.readouterr().out)["versions"] is None


# -- Buckets that are not as they should be ----------------------------------------------------


def in_words(capsys):
    return " ".join(capsys.readouterr().err.split())


def outbox(desk):
    folder = desk.folder / ".govgate" / "outbox"
    return sorted(p.name for p in folder.iterdir()) if folder.exists() else []


@pytest.fixture(params=["moto", "rgw"])
def shared(request, desk, frame, move, capsys):
    """A desk whose ledger is in a bucket, assessed once."""
    endpoint = request.getfixturevalue(f"{request.param}_endpoint")
    bucket = endpoint.bucket()
    move(endpoint, bucket)
    assert desk("ledger", "create") == 0
    assert desk.assess(frame()) == 10
    capsys.readouterr()
    return Locked(desk, endpoint.client(), bucket)


def settings(desk, old, new):
    path = desk.folder / "govgate.yaml"
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))


def test_another_bucket_in_the_settings_is_no_empty_ledger(shared, capsys, request):
    service = request.node.callspec.params["shared"]
    other = request.getfixturevalue(f"{service}_endpoint").bucket()
    settings(shared.desk, shared.bucket, other)
    assert shared.desk.assess() == 20
    assert "restore it from a copy" in in_words(capsys)
    assert list(shared.client.list_objects_v2(Bucket=other).get("Contents", ())) == []


def test_a_bucket_that_was_emptied_is_not_begun_again(shared, capsys):
    found = shared.client.list_objects_v2(Bucket=shared.bucket)["Contents"]
    for each in found:
        shared.client.delete_object(Bucket=shared.bucket, Key=each["Key"])
    for words in (("assess", shared.desk.model), ("ledger", "verify"), ("ledger", "gc")):
        assert shared.desk(*words) == 20
        assert in_words(capsys)
    assert shared.desk.sign("olga") == 20
    left = shared.client.list_objects_v2(Bucket=shared.bucket).get("Contents", ())
    assert [each["Key"] for each in left if "/probe/" not in each["Key"]] == []


def test_who_may_not_write_is_told_so_and_nothing_is_recorded(
    rgw_endpoint, desk, frame, move, capsys
):
    bucket = rgw_endpoint.bucket()
    move(rgw_endpoint, bucket)
    assert desk("ledger", "create") == 0
    deny = {"Effect": "Deny", "Principal": "*", "Action": "s3:PutObject"}
    deny["Resource"] = f"arn:aws:s3:::{bucket}/audit/commits/*"
    policy = json.dumps({"Version": "2012-10-17", "Statement": [deny]})
    client = rgw_endpoint.client()
    client.put_bucket_policy(Bucket=bucket, Policy=policy)
    assert desk.assess(frame()) == 21
    said = in_words(capsys)
    assert "AccessDenied" in said
    assert "do not repeat it" in said
    waiting = outbox(desk)
    assert len(waiting) == 1
    client.delete_bucket_policy(Bucket=bucket)
    assert desk("ledger", "flush") == 0
    assert outbox(desk) == []
    assert desk.assess(frame()) == 10
    assert desk("ledger", "verify") == 0


def test_who_may_not_read_is_told_so_and_nothing_is_written(
    rgw_endpoint, desk, frame, move, capsys
):
    bucket = rgw_endpoint.bucket()
    move(rgw_endpoint, bucket)
    assert desk("ledger", "create") == 0
    client = rgw_endpoint.client()
    deny = {"Effect": "Deny", "Principal": "*", "Action": "s3:GetObject"}
    deny["Resource"] = f"arn:aws:s3:::{bucket}/*"
    policy = json.dumps({"Version": "2012-10-17", "Statement": [deny]})
    client.put_bucket_policy(Bucket=bucket, Policy=policy)
    assert desk.assess(frame()) == 21
    said = in_words(capsys)
    assert "AccessDenied" in said
    assert "do not repeat it" in said
    found = [each["Key"] for each in client.list_objects_v2(Bucket=bucket)["Contents"]]
    assert [key for key in found if "/probe/" not in key] == ["audit/log.json"]
    client.delete_bucket_policy(Bucket=bucket)
    assert desk.assess(frame()) == 10
    assert outbox(desk) == []
    assert desk("ledger", "verify") == 0


def test_a_clock_that_is_far_off_is_said_to_be(
    rgw_endpoint, desk, frame, move, capsys, monkeypatch
):
    move(rgw_endpoint, rgw_endpoint.bucket())
    assert desk("ledger", "create") == 0
    real = botocore.auth.get_current_datetime
    late = timedelta(hours=3)
    monkeypatch.setattr(botocore.auth, "get_current_datetime", lambda *a, **k: real(*a, **k) - late)
    assert desk.assess(frame()) == 21
    assert "set this machine's clock" in in_words(capsys)
    monkeypatch.undo()
    assert outbox(desk) == []
    assert desk.assess(frame()) == 10


def test_keys_of_somebody_else_are_said_to_be(rgw_endpoint, desk, frame, move, capsys, monkeypatch):
    move(rgw_endpoint, rgw_endpoint.bucket())
    assert desk("ledger", "create") == 0
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAOTHER")
    assert desk.assess(frame()) == 21
    assert "give credentials of this store" in in_words(capsys)
    assert outbox(desk) == []


class Expiring(BaseHTTPRequestHandler):
    """Answers whatever is asked as S3 answers a token whose time is over."""

    def answer(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        code = b"<Error><Code>ExpiredToken</Code><Message>The token has expired.</Message></Error>"
        self.send_response(400)
        self.send_header("Content-Length", str(len(code)))
        self.end_headers()
        self.wfile.write(code)

    do_GET = do_PUT = do_HEAD = answer  # noqa: N815 -- the names that http.server calls

    def log_message(self, *said):
        pass


def test_a_token_whose_time_is_over_is_said_to_be(desk, frame, move, capsys):
    with ThreadingHTTPServer(("127.0.0.1", 0), Expiring) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        move(Endpoint(f"http://127.0.0.1:{server.server_port}", 0), "bucket")
        assert desk.assess(frame()) == 21
        server.shutdown()
    assert "give fresh credentials" in in_words(capsys)
    assert outbox(desk) == []


def test_a_full_disk_under_the_outbox_stops_the_write(shared, frame, capsys, monkeypatch):
    before = shared.client.list_objects_v2(Bucket=shared.bucket)["Contents"]
    real = os.fsync

    def full(fd):
        if "outbox" in Path(f"/proc/self/fd/{fd}").readlink().parts:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        real(fd)

    monkeypatch.setattr(os, "fsync", full)
    assert shared.desk.assess(frame()) == 21
    assert "free some space" in in_words(capsys)
    monkeypatch.undo()
    after = shared.client.list_objects_v2(Bucket=shared.bucket)["Contents"]
    assert [o["Key"] for o in after] == [o["Key"] for o in before]
    assert outbox(shared.desk) == []
    assert shared.desk.assess(frame()) == 10
    assert shared.desk("ledger", "verify") == 0
