"""Tables in a bucket: the same rows as in a folder, in few requests, and of one version."""

import io
import pickle

import pyarrow as pa
import pytest
from pyarrow import csv, feather, parquet

from govgate.adapters.s3 import open_client
from govgate.adapters.tables import S3Place, read_table
from govgate.adapters.tables import s3 as tables_s3
from govgate.errors import EvidenceError
from govgate.tree import tree_digest
from tests.tools.hidden_parquet import HIDDEN

ROWS = pa.table({"n": range(1000), "word": ["x", None] * 500})


@pytest.fixture
def place(moto_endpoint):
    return S3Place(open_client, "us-east-1", moto_endpoint.url)


@pytest.fixture
def bucket(moto_endpoint):
    return moto_endpoint.bucket()


def written(form, table=ROWS, **more):
    sink = io.BytesIO()
    writers = {"csv": csv.write_csv, "parquet": parquet.write_table}
    writers.get(form, feather.write_feather)(table, sink, **more)
    return sink.getvalue()


def put(place, bucket, key, data):
    tables_s3.client_of(place).put_object(Bucket=bucket, Key=key, Body=data)


def rows(table, columns=("n", "word")):
    return pa.Table.from_batches(list(table.batches(columns))).to_pydict()


@pytest.mark.parametrize("form", ["parquet", "csv", "arrow"])
def test_an_object_of_every_form_gives_the_rows_and_the_digest_of_the_file(
    place, bucket, form, tmp_path
):
    data = written(form)
    put(place, bucket, f"a/t.{form}", data)
    (tmp_path / f"t.{form}").write_bytes(data)
    there = read_table(f"s3://{bucket}/a/t.{form}", s3=place)
    here = read_table(tmp_path / f"t.{form}")
    assert there.columns == here.columns
    assert there.digest == here.digest
    assert rows(there) == rows(here) == ROWS.to_pydict()


def test_a_prefix_is_a_folder(place, bucket):
    halves = {"y=1/1.parquet": ROWS.slice(0, 500), "y=2/1.parquet": ROWS.slice(500)}
    data = {name: written("parquet", half) for name, half in halves.items()}
    for name, each in data.items():
        put(place, bucket, f"a/{name}", each)
    for marker in ("a/", "a/_SUCCESS", "a/y=1_$folder$", "ab/other.parquet"):
        put(place, bucket, marker, b"")
    table = read_table(f"s3://{bucket}/a/", s3=place)
    assert table.columns == ("n", "word", "y")
    assert rows(table, ["n", "word"]) == ROWS.to_pydict()
    assert table.digest == tree_digest((name, lambda d=d: [d]) for name, d in data.items())
    there = pickle.loads(pickle.dumps(table.parts[1]))  # noqa: S301 -- our own bytes
    assert [b.num_rows for b in there.batches(["y"])] == [500]


def test_a_row_group_is_fetched_in_few_requests_and_no_other_column(place, bucket, monkeypatch):
    wide = pa.table({f"c{i}": [float(n * i) for n in range(20_000)] for i in range(20)})
    data = written("parquet", wide, row_group_size=10_000, compression="none", use_dictionary=False)
    put(place, bucket, "t.parquet", data)
    table = read_table(f"s3://{bucket}/t.parquet", s3=place)
    asked = []
    real = tables_s3.S3Blob.read
    monkeypatch.setattr(
        tables_s3.S3Blob,
        "read",
        lambda self, start, count: asked.append(count) or real(self, start, count),
    )
    assert sum(batch.num_rows for batch in table.batches(["c3"])) == 20_000
    # the magic at both ends, the footer, and one range for each of two row groups
    assert len(asked) <= 8
    assert sum(asked) < len(data) / 5


def test_an_object_that_changes_while_it_is_read_is_refused(place, bucket):
    put(place, bucket, "a/1.parquet", written("parquet", row_group_size=100))
    table = read_table(f"s3://{bucket}/a/", s3=place)
    pieces = table.batches(["n"])
    next(pieces)
    put(place, bucket, "a/1.parquet", written("parquet", ROWS.slice(1), row_group_size=100))
    said = rf"s3://{bucket}/a/1\.parquet changed or vanished while it was read; hand over"
    for job in (lambda: list(pieces), lambda: rows(table), lambda: table.digest):
        with pytest.raises(EvidenceError, match=said):
            job()
    tables_s3.client_of(place).delete_object(Bucket=bucket, Key="a/1.parquet")
    with pytest.raises(EvidenceError, match=said):
        rows(table)


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("s3://{}/gone.parquet", "there is no object .*; correct it, or end a prefix with a slash"),
        ("s3://{}/a", "there is no object"),
        ("s3://{}/none/", "holds no part of a table"),
        ("s3://{}/cut/", "cannot be read as a table"),
        ("s3://{}/empty.csv", "which is empty"),
        ("s3://{}/secret.parquet", "an encrypted Parquet file"),
        ("s3://no-such-bucket/a/", r"cannot be read \(NoSuchBucket\); grant s3:GetObject"),
    ],
)
def test_what_is_no_table_is_refused(place, bucket, address, said):
    put(place, bucket, "a/1.parquet", written("parquet"))
    put(place, bucket, "cut/1.parquet", written("parquet")[:-20])
    put(place, bucket, "empty.csv", b"")
    put(place, bucket, "secret.parquet", HIDDEN)
    with pytest.raises(EvidenceError, match=said):
        rows(read_table(address.format(bucket), s3=place))


def test_nobody_at_the_endpoint_is_said(free_port):
    place = S3Place(open_client, "us-east-1", f"http://127.0.0.1:{free_port}")
    with pytest.raises(EvidenceError, match=r"EndpointConnectionError.*AWS_ENDPOINT_URL"):
        read_table("s3://b/a/", s3=place)


def test_a_bucket_nobody_can_reach_is_refused():
    with pytest.raises(EvidenceError, match="nobody said how to reach it"):
        read_table("s3://b/a/")


@pytest.mark.parametrize(("failures", "fine"), [(2, True), (3, False)])
def test_a_body_that_breaks_off_is_asked_for_again(place, bucket, monkeypatch, failures, fine):
    put(place, bucket, "t.csv", written("csv"))
    table = read_table(f"s3://{bucket}/t.csv", s3=place)
    client, left = tables_s3.client_of(place), [failures]
    real = client.get_object

    def broken(**asked):
        answer = real(**asked)
        if left[0]:
            left[0] -= 1
            answer["Body"] = io.BytesIO(answer["Body"].read()[:-1])
        return answer

    monkeypatch.setattr(client, "get_object", broken)
    if fine:
        assert rows(table) == ROWS.to_pydict()
    else:
        with pytest.raises(EvidenceError, match="broke off"):
            rows(table)
