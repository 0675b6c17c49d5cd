"""What a bucket adds to the promise of a store: proof, locks, and errors with a next step."""

import json
import threading
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, EndpointConnectionError, ReadTimeoutError
from botocore.stub import Stubber

from govgate.adapters.s3 import Bucket, Retention, S3Store
from govgate.adapters.s3.hardening import bucket_policy
from govgate.errors import ConflictError, StoreError
from govgate.ledger.layout import is_created_once, is_kept

TEN_YEARS_DAYS = 3653


class Now:
    def now(self):
        return datetime.now(UTC)


LOCK = Retention(TEN_YEARS_DAYS, Now())


@pytest.fixture(params=["moto", "rgw"])
def endpoint(request):
    return request.getfixturevalue(f"{request.param}_endpoint")


# -- The proof ---------------------------------------------------------------------------------

PROOFS = [
    ("moto", {}, True),  # OK
    ("moto", {"versioned": True}, True),  # OK
    ("moto", {"locked": True}, True),  # OK
    ("rgw", {}, True),  # OK
    ("rgw", {"versioned": True}, False),  # NOT OK: a versioned bucket ignores the condition
    ("rgw", {"locked": True}, False),  # NOT OK
    ("rclone", {}, False),  # NOT OK: it ignores every condition
]


@pytest.mark.parametrize(("service", "kind", "proves"), PROOFS)
def test_a_bucket_that_lets_a_second_write_through_is_never_written(request, service, kind, proves):
    endpoint = request.getfixturevalue(f"{service}_endpoint")
    store = S3Store(endpoint.client(), Bucket(endpoint.bucket(**kind)))
    if proves:
        store.create("k", b"x")
        assert store.read("k") == b"x"
    else:
        with pytest.raises(StoreError, match="single_writer: true"):
            store.create("k", b"x")
        assert store.read("k") is None


def test_a_versioned_bucket_that_fails_is_said_to_be_one(rgw_endpoint):
    name = rgw_endpoint.bucket(versioned=True)
    with pytest.raises(StoreError, match="because it is versioned; set mutable_bucket"):
        S3Store(rgw_endpoint.client(), Bucket(name)).probe()


def test_a_bucket_proves_itself_once_for_each_store_opened(moto_endpoint):
    store = S3Store(moto_endpoint.client(), Bucket(moto_endpoint.bucket()))
    for key in "abc":
        store.create(key, b"x")
    assert len(list(store.keys("probe/"))) == 1


def test_of_many_who_create_a_key_in_a_bucket_one_wins_and_all_know(endpoint):
    name, won, lost = endpoint.bucket(), [], []

    def work(data):
        store = S3Store(endpoint.client(), Bucket(name))
        for _ in range(20):
            try:
                store.create("k", data)
            except StoreError:  # two at the same moment: the answer is to try again
                continue
            except ConflictError:
                lost.append(data)
            else:
                won.append(data)
            return

    threads = [threading.Thread(target=work, args=(bytes([i]) * 999,)) for i in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert won == [S3Store(endpoint.client(), Bucket(name)).read("k")]
    assert len(lost) == 5


# -- Locks -------------------------------------------------------------------------------------

KEYS = [
    ("commits/00000000000000000000", True),
    ("checkpoints/00000000000000000002", True),
    ("tile/0/000", True),
    ("tile/entries/x001/000", True),
    ("evidence/sha256/ab/abab", True),
    ("signers/" + "ab" * 32, True),
    ("cosignatures/00000000000000000002/abababab", True),
    ("timestamps/00000000000000000002/tsa.tsr", True),
    ("tile/0/000.p/3", False),
    ("tile/entries/000.p/255", False),
    ("log.json", False),
    ("checkpoint", False),
]


@pytest.mark.parametrize(("key", "locked"), KEYS)
def test_what_is_locked_can_be_deleted_and_shortened_by_nobody(rgw_endpoint, key, locked):
    client, name = rgw_endpoint.client(), rgw_endpoint.bucket(locked=True)
    store = S3Store(client, Bucket(name), retention=LOCK, proven=False)
    store.create(key, b"x")
    version = client.list_object_versions(Bucket=name)["Versions"][0]["VersionId"]
    at = {"Bucket": name, "Key": key, "VersionId": version}
    if not locked:
        client.delete_object(**at)
        return
    until = client.get_object_retention(**at)["Retention"]["RetainUntilDate"]
    wanted = Now().now() + timedelta(days=TEN_YEARS_DAYS)
    assert abs(until - wanted) < timedelta(minutes=2)
    sooner = {"Mode": "COMPLIANCE", "RetainUntilDate": until - timedelta(days=1)}
    for forbidden in (
        lambda: client.delete_object(**at),
        lambda: client.delete_object(**at, BypassGovernanceRetention=True),
        lambda: client.put_object_retention(**at, Retention=sooner),
    ):
        with pytest.raises(ClientError) as refused:
            forbidden()
        assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403


def statement(bucket, sid):
    policy = bucket_policy(bucket, "a/", "arn:aws:iam::123456789012:role/publisher")
    return next(said for said in policy["Statement"] if said["Sid"] == sid)


TILES = ["tile/7/255", "tile/2/x001/234", "tile/entries/x001/x234/067"]
PARTIAL = [f"{path}.p/{width}" for path in TILES for width in (1, 64, 255)]


@pytest.mark.parametrize("key", [*(key for key, _ in KEYS), *TILES, *PARTIAL, "probe/" + "ab" * 16])
def test_the_bucket_policy_forbids_what_no_honest_writer_does_to_a_key(key):
    def covers(sid):
        return any(
            fnmatchcase(f"arn:aws:s3:::b/a/{key}", p) for p in statement("b", sid)["Resource"]
        )

    assert covers("NoDelete") is is_kept(key)
    assert covers("CreateOnly") is is_created_once(key)


def test_under_the_bucket_policy_gc_works_and_nothing_else_goes(rgw_endpoint):
    client, name = rgw_endpoint.client(), rgw_endpoint.bucket()
    store = S3Store(client, Bucket(name, "a/"), proven=False)
    for key in ("tile/0/000", "tile/0/000.p/3", "commits/0", "log.json", "timestamps/2/tsa.tsr"):
        store.create(key, b"x")
    said = {"Version": "2012-10-17", "Statement": [statement(name, "NoDelete")]}
    client.put_bucket_policy(Bucket=name, Policy=json.dumps(said))
    for key in ("tile/0/000", "commits/0", "log.json", "timestamps/2/tsa.tsr"):
        with pytest.raises(ClientError, match="AccessDenied"):
            client.delete_object(Bucket=name, Key=f"a/{key}")
    assert store.discard("tile/0/000.p/3") == 1
    client.delete_bucket_policy(Bucket=name)


def test_a_bucket_without_object_lock_locks_nothing_silently(rgw_endpoint):
    store = S3Store(rgw_endpoint.client(), Bucket(rgw_endpoint.bucket()), retention=LOCK)
    with pytest.raises(StoreError, match="object_lock"):
        store.create("commits/1", b"x")


def test_objects_are_encrypted_with_the_key_that_was_named(rgw_endpoint):
    client, name = rgw_endpoint.client(), rgw_endpoint.bucket()
    S3Store(client, Bucket(name, kms_key="testkey-1")).create("k", b"x")
    assert client.head_object(Bucket=name, Key="k")["ServerSideEncryption"] == "aws:kms"
    with pytest.raises(StoreError):
        S3Store(client, Bucket(name, kms_key="no-such-key")).create("j", b"x")


def test_changed_bytes_are_refused_on_arrival(rgw_endpoint):
    client = rgw_endpoint.client()
    store = S3Store(client, Bucket(rgw_endpoint.bucket()))
    store.probe()

    def meddle(request, **_):
        request.body = b"y"

    client.meta.events.register_first("before-send.s3.PutObject", meddle)
    with pytest.raises(StoreError):
        store.create("k", b"x")
    assert store.read("k") is None


# -- Faults ------------------------------------------------------------------------------------

SAID = [
    ("get_object", "AccessDenied", 403, "s3:GetObject"),
    ("get_object", "NoSuchBucket", 404, "make the bucket"),
    ("get_object", "PermanentRedirect", 301, "region"),
    ("get_object", "AuthorizationHeaderMalformed", 400, "region"),
    ("get_object", "InternalError", 500, "try again"),
    ("put_object", "AccessDenied", 403, "expected_owner"),
    ("put_object", "ExpiredToken", 400, "fresh credentials"),
    ("put_object", "ConditionalRequestConflict", 409, "try again"),
    ("put_object", "SlowDown", 503, "try again"),
]


@pytest.fixture
def stubbed():
    client = boto3.session.Session().client(
        "s3",
        region_name="eu-central-1",
        aws_access_key_id="a",
        aws_secret_access_key="b",  # noqa: S106 -- no request is sent
        config=Config(retries={"total_max_attempts": 1}),
    )
    with Stubber(client) as stub:
        yield S3Store(client, Bucket("b", "p/", "123456789012"), proven=False), stub


@pytest.mark.parametrize(("call", "code", "status", "step"), SAID)
def test_a_bucket_that_fails_is_said_to_with_the_next_step(stubbed, call, code, status, step):
    store, stub = stubbed
    stub.add_client_error(call, code, http_status_code=status)
    with pytest.raises(StoreError, match=step):
        store.read("k") if call == "get_object" else store.replace("k", b"x")


@pytest.mark.parametrize(
    "fault",
    [
        EndpointConnectionError(endpoint_url="https://s3"),
        ReadTimeoutError(endpoint_url="https://s3"),
        ConnectionResetError(104, "reset"),
    ],
)
def test_a_bucket_that_does_not_answer_is_a_store_that_failed(stubbed, fault):
    store, stub = stubbed

    def fail(**_):
        raise fault

    stub.client.meta.events.register_first("before-send.s3", fail)
    stub.deactivate()
    for call in (
        lambda: store.read("k"),
        lambda: store.create("k", b"x"),
        lambda: store.replace("k", b"x"),
        lambda: list(store.keys("")),
    ):
        with pytest.raises(StoreError):
            call()


def test_the_owner_the_prefix_and_the_digests_are_in_every_call(stubbed):
    store, stub = stubbed
    where = {"Bucket": "b", "ExpectedBucketOwner": "123456789012"}
    digests = {
        "ContentMD5": "ndTkYSaMgDT1yFZOFVxnpg==",
        "ChecksumSHA256": "LXEWQrcmsEQBYnyp+6wy9chTD7GQPMTbAiWHF5IaSIE=",
    }
    stub.add_client_error("get_object", "NoSuchKey", expected_params=where | {"Key": "p/k"})
    put = where | digests | {"Key": "p/k", "Body": b"x", "IfNoneMatch": "*"}
    stub.add_response("put_object", {}, put)
    stub.add_response("list_objects_v2", {}, where | {"Prefix": "p/a", "StartAfter": "p/b"})
    store.create("k", b"x")
    assert list(store.keys("a", "b")) == []
    stub.assert_no_pending_responses()


def test_a_store_that_lists_in_another_order_is_refused(stubbed):
    store, stub = stubbed
    stub.add_response("list_objects_v2", {"Contents": [{"Key": "p/b"}, {"Key": "p/a"}]})
    with pytest.raises(StoreError, match="lists a after b"):
        list(store.keys(""))


def test_a_listing_of_many_pages_is_whole(stubbed):
    store, stub = stubbed
    pages = ["a", "b"], ["c"], []
    for page, following in zip(pages, ("1", "2", None), strict=True):
        answer = {"Contents": [{"Key": f"p/{key}"} for key in page], "IsTruncated": bool(following)}
        more = {"NextContinuationToken": following} if following else {}
        stub.add_response("list_objects_v2", answer | more)
    assert list(store.keys("")) == ["a", "b", "c"]
