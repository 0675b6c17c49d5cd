"""The main job with the ledger in a bucket, through the words."""

import json
import shutil

import pytest

FOLDER = (
    "  folder: ledger           # the audit trail; keep it, back it up, show it to your auditor\n"
)


@pytest.fixture
def move(desk):
    """Put the ledger of the desk's project into a bucket, in govgate.yaml only."""

    def to(endpoint, bucket, **more):
        fields = {"bucket": bucket, "prefix": "audit", "endpoint": endpoint.url} | more
        lines = "".join(f"    {name}: {value}\n" for name, value in fields.items())
        path = desk.folder / "govgate.yaml"
        text = path.read_text()
        assert FOLDER in text
        path.write_text(text.replace(FOLDER, f"  s3:\n{lines}"))
        shutil.rmtree(desk.folder / "ledger")

    return to


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


def test_a_file_with_personal_data_is_kept_in_a_locked_bucket_and_still_erased(
    desk, move, moto_endpoint, capsys
):
    people = desk.folder / "people.yaml"
    people.write_text(people.read_text().replace("[model-owner]", "[data-protection]"))
    move(moto_endpoint, moto_endpoint.bucket(locked=True), object_lock="true")
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


def test_no_model_is_judged_where_the_bucket_has_gone(desk, frame, move, moto_endpoint, capsys):
    move(moto_endpoint, "no-such-bucket")
    assert desk.assess(frame()) == 21
    assert "make the bucket" in " ".join(capsys.readouterr().err.split())
