"""Facts about files, buckets and addresses, from real ones."""

import hashlib
import os
from types import SimpleNamespace

import pyarrow as pa
import pytest
from botocore.exceptions import EndpointConnectionError
from pydantic import ValidationError

from govgate.collect.encryption import EncryptionCollector, EncryptionOptions
from govgate.errors import StoreError
from govgate.gates.encryption import Encryption, EncryptionBounds
from govgate.ports import Found, Item
from tests.parquet_footer.conftest import written  # noqa: F401 -- a fixture


def survey(around, *places, **options):
    options = {"connections": ()} | options
    return EncryptionCollector().survey(around, EncryptionOptions(places=places, **options))


def forms(measured):
    return {(f.form, f.files) for place in measured.body.places for f in place.files}


def unsatisfied(measured, **bounds):
    found = Encryption().judge(measured.body, EncryptionBounds(**bounds))
    return {f.about.partition(",")[0]: f.remedy for f in found if not f.satisfied}


def test_files_of_a_folder_are_named_by_their_bytes_and_counted(around, tmp_path):
    data = tmp_path / "data" / "deep"
    data.mkdir(parents=True)
    for n in range(3):
        (data / f"{n}.parquet.age").write_text(f"Ada Lovelace {n}")
    (data / "key.pem").write_text("-----BEGIN PRIVATE KEY-----\nMC4=\n-----END PRIVATE KEY-----\n")
    measured = survey(around, "data")
    assert forms(measured) == {("text", 3), ("key, in clear", 1)}
    assert measured.population == {"files": 4}
    (place,) = measured.body.places
    assert (place.looked_into, place.there, place.counted_all) == (4, 4, True)
    assert "Lovelace" not in measured.body.model_dump_json()
    assert "encrypt" in unsatisfied(measured)["files in clear or unknown"]


@pytest.mark.parametrize(
    ("how", "form", "clear"),
    [
        ({}, "parquet", ("ssn", "income", "home.zip", "home.rooms.list.element")),
        ({"uniform_encryption": True}, "parquet-modular", ()),
        ({"uniform_encryption": True, "plaintext_footer": True}, "parquet-modular", ()),
        (
            {"column_keys": {"c": ["ssn"]}},
            "parquet, partly in clear behind a hidden footer",
            (),
        ),
        (
            {"column_keys": {"c": ["ssn"]}, "plaintext_footer": True},
            "parquet, partly encrypted",
            ("income", "home.zip", "home.rooms.list.element"),
        ),
    ],
)
def test_parquet_is_looked_into_column_by_column(around, written, how, form, clear):  # noqa: F811
    path = written(**how)
    path.chmod(0o600)
    measured = survey(around, str(path))
    (seen,) = measured.body.places[0].files
    assert (seen.form, seen.columns_in_clear) == (form, clear)
    assert bool(unsatisfied(measured)) is (form != "parquet-modular")
    if clear and how:
        assert not unsatisfied(measured, columns_in_clear=clear)
        assert unsatisfied(measured, columns_in_clear=clear[1:])


@pytest.mark.parametrize("at", [0, 1, 4, 7])
def test_a_column_in_clear_behind_a_hidden_footer_is_seen_wherever_it_is(around, tmp_path, at):
    crypto = b"\x1c\x1c\x00\x00\x00"
    end = crypto + len(crypto).to_bytes(4, "little") + b"PARE"
    body = bytearray(hashlib.shake_256(b"x").digest(4 << 20))
    (tmp_path / "locked").write_bytes(body + end)
    body[at << 19 : (at + 1) << 19] = b"Ada Lovelace 1815 " * 29128
    (tmp_path / "partly").write_bytes(body[: 4 << 20] + end)
    assert forms(survey(around, "locked")) == {("parquet-modular", 1)}
    assert forms(survey(around, "partly")) == {
        ("parquet, partly in clear behind a hidden footer", 1)
    }


def test_a_broken_parquet_file_is_not_an_encrypted_one(around, tmp_path):
    (tmp_path / "a").write_bytes(b"PAR1" + os.urandom(5000) + b"PARE")
    assert forms(survey(around, "a")) == {("parquet, broken", 1)}


@pytest.mark.parametrize(
    ("mode", "open_to"),
    [
        (0o600, "owner"),
        (0o640, "group"),
        (0o620, "group"),
        (0o604, "everyone"),
        (0o601, "everyone"),
    ],
)
def test_a_mode_says_who_may_open_a_file(around, tmp_path, mode, open_to):
    path = tmp_path / "a"
    path.write_bytes(b"x")
    path.chmod(mode)
    measured = survey(around, "a")
    assert measured.body.places[0].files[0].open_to == open_to
    assert ("files open to others" in unsatisfied(measured)) is (open_to != "owner")


def test_more_files_than_are_looked_into_are_counted_and_refused(around, tmp_path):
    for n in range(10):
        (tmp_path / f"{n}").write_bytes(b"x")
    (place,) = survey(around, ".", most_files=9).body.places
    assert (place.looked_into, place.there) == (9, 10)
    measured = survey(around, ".", most_files=9)
    assert "files not looked into" in unsatisfied(measured)
    assert "files not looked into" in unsatisfied(measured, max_unseen=0.099)
    assert "files not looked into" not in unsatisfied(measured, max_unseen=0.1)


@pytest.mark.parametrize("place", ["absent", "/proc/self/mem/x"])
def test_a_place_that_cannot_be_looked_at_is_unknown(around, place):
    measured = survey(around, place)
    assert measured.population == {"files": 0}
    assert "correct its path" in unsatisfied(measured)["facts not found out"]


def test_a_folder_with_a_pipe_or_a_dead_link_is_unknown(around, tmp_path):
    os.mkfifo(tmp_path / "pipe")
    assert "no plain file" in unsatisfied(survey(around, "."))["facts not found out"]
    (tmp_path / "pipe").unlink()
    (tmp_path / "link").symlink_to("nowhere")
    assert unsatisfied(survey(around, "."))["facts not found out"]


def test_a_file_replaced_while_it_is_read_is_unreadable(around, tmp_path):
    path = tmp_path / "a"
    path.write_bytes(b"x" * 100)
    item = around.find("a", 1).items[0]
    (tmp_path / "b").write_bytes(b"x" * 100)
    (tmp_path / "b").replace(path)
    with pytest.raises(StoreError, match="changed while it was read"):
        around.read(item, 0, 10)


NO = "no; grant s3:GetObject"


class OneFile:
    """Surroundings of one file that fails as it is told."""

    def __init__(self, at_rest="none", fails=None, mode=0o600, data=b"text"):
        self.how, self.fails, self.mode, self.data = at_rest, fails, mode, data

    def find(self, place, most):  # noqa: ARG002 -- the port's signature
        return Found((Item(place, len(self.data), "1", self.mode),), 1)

    def read(self, item, offset, size):  # noqa: ARG002 -- the port's signature
        if self.fails == "read":
            raise StoreError(NO)
        return self.data[offset : offset + size]

    def at_rest(self, item):  # noqa: ARG002 -- the port's signature
        if self.fails == "at_rest":
            raise StoreError(NO)
        return self.how, "k-1"


@pytest.mark.parametrize(
    ("around", "well"),
    [
        (OneFile("sse-kms"), True),  # OK
        (OneFile("dm-crypt"), True),  # OK
        (OneFile("sse-s3"), False),  # NOT OK: whoever may read the object reads it
        (OneFile("none"), False),  # NOT OK
        (OneFile(fails="at_rest"), False),  # NOT OK: unknown
        (OneFile(fails="read"), False),  # NOT OK: unknown, and of no place that is known
        (OneFile("sse-kms", mode=0o604), False),  # NOT OK: open to others
    ],
)
def test_what_is_unknown_never_passes(around, well):
    assert (not unsatisfied(survey(around, "a"))) is well


def test_a_missing_permission_is_named():
    assert (
        "grant s3:GetObject"
        in unsatisfied(survey(OneFile(fails="at_rest"), "a"))["files in clear or unknown"]
    )


def test_thousands_of_forms_keep_the_body_small():
    class Many(OneFile):
        def find(self, place, most):  # noqa: ARG002 -- the port's signature
            return Found(tuple(Item(f"{n}", 4, "1", 0o600) for n in range(5000)), 5000)

        def at_rest(self, item):
            return f"kind {item.name}", f"key {item.name}"

    body = survey(Many(), "a", most_files=5000).body
    assert len(body.places[0].files) <= 201
    assert sum(f.files for f in body.places[0].files) == 5000
    assert len(body.model_dump_json()) < 100_000


# -- Buckets -----------------------------------------------------------------------------------


def test_a_hardened_bucket_passes_and_says_its_key(around, s3, hardened, tls_only):
    s3.put_object(
        Bucket=hardened,
        Key="data/a.csv",
        Body=b"name\nAda\n",
        ServerSideEncryption="aws:kms",
        SSEKMSKeyId="arn:aws:kms:us-east-1:123456789012:key/k-1",
    )
    tls_only(hardened)
    # moto refuses what a Deny names whatever its condition, so objects are judged without it.
    policy = s3.get_bucket_policy(Bucket=hardened)
    s3.delete_bucket_policy(Bucket=hardened)
    around.bucket = answering(around, "policy", policy)
    measured = survey(around, f"s3://{hardened}/data/")
    (seen,) = measured.body.places[0].files
    assert (seen.form, seen.at_rest, seen.open_to) == ("text", "sse-kms", "bucket")
    assert seen.keys == ("arn:aws:kms:us-east-1:123456789012:key/k-1",)
    (bucket,) = measured.body.buckets
    assert bucket.unknown == {}
    assert bucket.settings == {
        "default-encryption": "sse-kms",
        "bucket-key": "yes",
        "tls-only": "yes",
        "public-access-block": "yes",
        "owner-enforced": "yes",
        "versioning": "no",
        "object-lock": "no",
        "endpoint": "loopback",
    }
    assert unsatisfied(measured) == {}
    assert unsatisfied(measured, bucket=("versioning", "object-lock")).keys() == {
        "versioning",
        "object-lock",
    }


def answering(around, question, answer):
    ask = around.bucket
    return lambda bucket, asked: answer if asked == question else ask(bucket, asked)


def test_a_bucket_as_it_is_made_fails_by_name(around, s3, moto_endpoint):
    name = moto_endpoint.bucket(versioned=True)
    s3.put_object(Bucket=name, Key="a", Body=b"x")
    measured = survey(around, f"s3://{name}")
    assert measured.body.buckets[0].settings["versioning"] == "yes"
    assert unsatisfied(measured).keys() >= {
        "files in clear or unknown",
        "default-encryption",
        "tls-only",
        "public-access-block",
    }


def test_parquet_in_a_bucket_takes_two_ranged_reads(around, s3, moto_endpoint, written):  # noqa: F811
    name = moto_endpoint.bucket()
    wide = pa.table({f"column_{n}": [1] for n in range(2000)})
    path = written(column_keys={"c": ["column_0"]}, plaintext_footer=True, table=wide)
    s3.upload_file(str(path), name, "wide.parquet")
    asked = []
    real = around._s3._client
    real.meta.events.register(
        "before-call.s3.GetObject", lambda params, **_: asked.append(params["headers"]["Range"])
    )
    assert forms(survey(around, f"s3://{name}/wide.parquet")) == {("parquet, partly encrypted", 1)}
    assert len(asked) == 2


def test_an_object_that_changes_after_it_was_listed_is_unreadable(around, s3, moto_endpoint):
    name = moto_endpoint.bucket()
    s3.put_object(Bucket=name, Key="a", Body=b"one")
    item = around.find(f"s3://{name}/a", 1).items[0]
    s3.put_object(Bucket=name, Key="a", Body=b"two")
    for ask in (lambda: around.read(item, 0, 3), lambda: around.at_rest(item)):
        with pytest.raises(StoreError, match="changed since it was listed"):
            ask()


def test_what_may_not_be_asked_is_unknown_and_names_the_permission(around, moto_endpoint, s3):
    name = moto_endpoint.bucket()
    s3.put_object(Bucket=name, Key="a", Body=b"x")

    def deny(model, **_):
        if model.name.startswith(("GetBucket", "GetPublic")):
            answer = SimpleNamespace(status_code=403, headers={}, content=b"")
            about = {"HTTPStatusCode": 403}
            return answer, {"Error": {"Code": "AccessDenied"}, "ResponseMetadata": about}
        return None

    around._s3._client.meta.events.register("before-call.s3", deny)
    (bucket,) = survey(around, f"s3://{name}").body.buckets
    assert bucket.settings["default-encryption"] == "unknown"
    assert "grant s3:GetEncryptionConfiguration" in bucket.unknown["default-encryption"]
    assert "grant s3:GetBucketPublicAccessBlock" in bucket.unknown["public-access-block"]


@pytest.mark.usefixtures("s3")
def test_a_bucket_that_does_not_answer_is_unknown(around):
    def fail(**_):
        raise EndpointConnectionError(endpoint_url="http://127.0.0.1:9")

    around._s3._client.meta.events.register("before-call.s3", fail)
    measured = survey(around, "s3://nowhere/")
    assert measured.body.buckets[0].settings["tls-only"] == "unknown"
    assert measured.body.places[0].unknown


# -- Addresses ---------------------------------------------------------------------------------


def test_an_address_is_taken_from_its_variable_and_no_secret_of_it_is_kept(around, monkeypatch):
    monkeypatch.setenv(
        "MLFLOW_BACKEND_STORE_URI", "postgresql://zaphod:hunter2@db.example/d?sslmode=require"
    )
    monkeypatch.delenv("PREFECT_API_URL", raising=False)
    names = ("registry", "MLFLOW_BACKEND_STORE_URI", "PREFECT_API_URL", "http://plain.example")
    body = survey(around, "absent", connections=names).body
    assert [a.settings["connection"] for a in body.addresses] == [
        "tls, verified",
        "tls, not verified",
        "unset",
        "plain",
    ]
    assert "hunter2" not in body.model_dump_json()
    assert "zaphod" not in body.model_dump_json()


def test_a_client_that_takes_any_certificate_is_not_verified(around, monkeypatch):
    monkeypatch.setenv("MLFLOW_TRACKING_INSECURE_TLS", "true")
    (address,) = survey(around, "absent", connections=("registry",)).body.addresses
    assert address.settings["connection"] == "tls, not verified"


def test_a_certificate_is_looked_at_when_asked(around, monkeypatch):
    monkeypatch.setenv("GONE", "https://127.0.0.2:9")
    monkeypatch.setattr(around, "certificate", fails)
    (address,) = survey(
        around, "absent", connections=("registry",), check_certificates=True
    ).body.addresses
    assert address.settings["certificate"] == "not good"
    assert "renew it" in address.unknown["certificate"]


def fails(_):
    msg = "it shows none; renew it"
    raise StoreError(msg)


def test_an_option_with_a_password_is_refused_without_repeating_it():
    with pytest.raises(ValidationError) as caught:
        EncryptionOptions(places=("a",), connections=("postgresql://a:hunter2@h/d",))
    assert "hunter2" not in caught.value.errors()[0]["msg"]
