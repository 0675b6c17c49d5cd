"""Who may do what, from real files, a bucket, a database, and documents."""

import json
import os
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from govgate.adapters.keys import create_key
from govgate.collect.access import AccessCollector, AccessOptions
from govgate.errors import StoreError
from govgate.gates.access import Access, AccessBounds

ME = f"user {Path(__file__).owner()}"
ANN = "arn:aws:iam::123456789012:role/ann"


def survey(around, *places, **options):
    options = {"identities": {}} | options
    return AccessCollector().survey(around, AccessOptions(places=places, **options)).body


def grants(body):
    return {(g.who, g.may) for g in body.grants}


def unsatisfied(body, **bounds):
    bounds = {"separate": ()} | bounds
    found = Access().judge(body, AccessBounds(**bounds))
    return {f.about: f.remedy for f in found if not f.satisfied}


@pytest.fixture
def data(tmp_path):
    folder = tmp_path / "data"
    folder.mkdir(mode=0o700)
    (folder / "a").write_bytes(b"x")
    (folder / "a").chmod(0o600)
    return folder


def owner(data):
    return f"user {data.owner()}", f"group {data.group()}"


@pytest.mark.parametrize(
    ("file", "folder", "may"),
    [
        (0o600, 0o700, set()),  # OK
        (0o640, 0o700, {("group", "read")}),
        (0o660, 0o700, {("group", "read"), ("group", "write")}),
        (0o604, 0o700, {("everyone", "read")}),
        (0o602, 0o700, {("everyone", "write")}),
        (0o600, 0o770, {("group", "write")}),  # NOT OK: who may write the folder changes files
        (0o600, 0o707, {("everyone", "write")}),
        (0o600, 0o1777, set()),  # OK: with the sticky bit only owners do
    ],
)
def test_modes_of_files_and_folders_grant(around, data, file, folder, may):
    (data / "a").chmod(file)
    data.chmod(folder)
    user, group = owner(data)
    named = {(group if who == "group" else who, right) for who, right in may}
    body = survey(around, "data")
    assert grants(body) == {(user, "administer"), *named}
    assert bool(unsatisfied(body, administrators=(user,))) is bool(may)
    everyone = {"readers": ("everyone", group), "writers": ("everyone", group)}
    assert not unsatisfied(body, administrators=(user,), **everyone)


@pytest.mark.usefixtures("data")
def test_an_owner_nobody_named_is_refused(around):
    (why,) = unsatisfied(survey(around, "data")).values()
    assert "name them in the policy" in why


def test_files_that_were_not_looked_at_are_unknown(around, data):
    (data / "b").write_bytes(b"x")
    (data / "b").chmod(0o600)
    body = survey(around, "data", most_files=1)
    assert "raise most_files" in body.unknown[0]
    assert "facts not found out" in unsatisfied(body, administrators=owner(data)[:1])


@pytest.mark.usefixtures("data")
def test_a_file_with_an_access_list_is_unknown(around, monkeypatch):
    monkeypatch.setattr(os, "listxattr", lambda _: ["system.posix_acl_access"])
    assert "getfacl" in survey(around, "data").unknown[0]


# -- Buckets -----------------------------------------------------------------------------------


def statement(**more):
    made = {"Effect": "Allow", "Principal": {"AWS": ANN}, "Action": "s3:GetObject"}
    return made | more


def put(s3, bucket, *statements):
    whole = [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"]
    said = [{"Resource": whole, **one} for one in statements]
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps({"Statement": said}))


def test_a_bucket_that_is_its_owners_alone_grants_nothing(around, hardened):
    body = survey(around, f"s3://{hardened}/data/")
    assert (body.grants, body.unknown) == ((), ())
    assert unsatisfied(body) == {}


def test_a_bucket_policy_grants_what_it_says(around, s3, hardened):
    put(s3, hardened, statement(), statement(Principal="*", Condition={"Bool": {"aws:x": "y"}}))
    body = survey(around, f"s3://{hardened}/data/")
    assert grants(body) == {(ANN, "read"), ("everyone", "read")}
    assert len(unsatisfied(body, readers=(ANN,))) == 1
    # A condition is never taken for a yes, but for whoever trusts it.
    assert unsatisfied(body, readers=(ANN,), conditions="trust") == {}


def test_wildcards_are_refused_even_for_those_named(around, s3, hardened):
    put(s3, hardened, statement(Action="s3:*", Sid="Wide"))
    body = survey(around, f"s3://{hardened}/data/")
    (why,) = unsatisfied(body, administrators=(ANN,)).values()
    assert "statement Wide" in why
    assert not unsatisfied(body, administrators=(ANN,), wildcards="accept")


def test_an_access_list_that_is_public_is_seen(around, s3, moto_endpoint):
    name = moto_endpoint.bucket()
    s3.put_object(Bucket=name, Key="data/a", Body=b"x")
    assert grants(survey(around, f"s3://{name}/data/")) == set()
    s3.put_object_acl(Bucket=name, Key="data/a", ACL="public-read")
    assert grants(survey(around, f"s3://{name}/data/")) == {("everyone", "read")}
    s3.put_bucket_acl(Bucket=name, ACL="authenticated-read")
    assert ("any AWS account", "read") in grants(survey(around, f"s3://{name}/data/"))


def test_policies_in_files_are_evaluated_for_their_holder(around, tmp_path, hardened):
    document = {"Statement": {"Effect": "Allow", "Action": "s3:Put*", "Resource": "*"}}
    (tmp_path / "gate.json").write_text(json.dumps(document))
    body = survey(around, f"s3://{hardened}/log/", policies={"gate": "gate.json"})
    assert grants(body) == {("gate", "write"), ("gate", "administer")}
    (tmp_path / "gate.json").write_text('{"Statement": [{"Effect": "Allow"}]}')
    body = survey(around, f"s3://{hardened}/log/", policies={"gate": "gate.json"})
    assert "gate.json: statement 1" in body.unknown[0]
    body = survey(around, f"s3://{hardened}/log/", policies={"gate": "absent.json"})
    assert "absent.json" in body.unknown[0]


def test_a_bucket_that_may_not_be_asked_is_unknown(around, hardened, monkeypatch):
    def no(*_):
        msg = "no; grant s3:GetBucketPolicy"
        raise StoreError(msg)

    monkeypatch.setattr(around, "bucket", no)
    body = survey(around, f"s3://{hardened}/data/")
    assert body.unknown == ("no; grant s3:GetBucketPolicy",)
    assert "grant s3:GetBucketPolicy" in unsatisfied(body)["facts not found out"]


# -- Databases ---------------------------------------------------------------------------------


def test_roles_of_a_real_database_are_found_whatever_way_they_got_in(
    around, postgresql, monkeypatch
):
    uri = postgresql()
    engine = create_engine(uri)
    orders = [
        "CREATE TABLE model_versions (name text)",
        *(f"CREATE ROLE {name} LOGIN" for name in ("t_reader", "t_member", "t_other", "t_boss")),
        "CREATE ROLE t_writers",
        "GRANT SELECT ON model_versions TO t_reader",
        "GRANT UPDATE ON model_versions TO t_writers",
        "GRANT t_writers TO t_member",
        "ALTER ROLE t_member NOINHERIT",
        "ALTER ROLE t_boss SUPERUSER",
    ]
    with engine.begin() as connection:
        for order in orders:
            connection.execute(text(order))
    monkeypatch.setenv("MLFLOW_BACKEND_STORE_URI", f"govgate+{uri}")
    try:
        body = survey(around, "absent", database="MLFLOW_BACKEND_STORE_URI")
        mine = {g for g in grants(body) if "t_" in g[0] or g[0] == "everyone"}
        assert mine == {
            ("role t_reader", "read"),
            ("role t_member", "write"),  # it may become t_writers
            *(("role t_boss", right) for right in ("read", "write", "administer")),
        }
        assert "postgres@" not in body.model_dump_json()
        with engine.begin() as connection:
            connection.execute(text("GRANT SELECT ON model_versions TO PUBLIC"))
        body = survey(around, "absent", database="MLFLOW_BACKEND_STORE_URI")
        assert {("everyone", "read"), ("role t_other", "read")} <= grants(body)
    finally:
        with engine.begin() as connection:
            connection.execute(text("DROP TABLE model_versions"))
            for name in ("t_reader", "t_member", "t_other", "t_boss", "t_writers"):
                connection.execute(text(f"DROP ROLE {name}"))
        engine.dispose()


@pytest.mark.parametrize(
    ("uri", "why"),
    [
        ("", "is unset"),
        ("postgresql://ann:hunter2@127.0.0.1:9/d", "cannot be asked"),
        ("mysql://ann:hunter2@127.0.0.1:9/d", "mysql cannot be found out"),
        ("sqlite:///absent.db", "absent.db cannot be looked at"),
    ],
)
def test_a_database_that_cannot_be_asked_is_unknown(around, monkeypatch, uri, why):
    monkeypatch.setenv("DB", uri)
    body = survey(around, "absent", database="DB")
    assert any(why in one for one in body.unknown)
    assert "hunter2" not in body.model_dump_json()


def test_a_database_in_a_file_is_its_mode(around, data, monkeypatch):
    (data / "mlflow.db").write_bytes(b"x")
    (data / "mlflow.db").chmod(0o644)
    monkeypatch.setenv("DB", f"sqlite:///{data / 'mlflow.db'}")
    body = survey(around, "absent", database="DB")
    assert ("everyone", "read") in grants(body)


# -- Parts -------------------------------------------------------------------------------------


def test_no_key_plays_two_parts(around, tmp_path):
    for name in ("gate", "log"):
        create_key(tmp_path / name, name)
    ann = {"gate": ("gate.pub", ANN), "log": ("log.pub",)}
    body = survey(around, "absent", identities=ann)
    assert len(body.identities[0].holds) == 2

    def parts(identities, separate=("gate", "log")):
        found = unsatisfied(survey(around, "absent", identities=identities), separate=separate)
        return sorted(about for about in found if "held" in about or "holders" in about)

    assert parts(ann) == []
    assert parts({"gate": ("gate.pub",), "log": ("gate.pub",)}) == ["held by both gate and log"]
    assert parts({"gate": (ANN,), "log": ("log.pub", ANN)}) == ["held by both gate and log"]
    # NOT OK: nobody knows who plays it, or its key cannot be read
    assert parts({"gate": ("gate.pub",)}) == ["unknown holders, log"]
    assert parts({"gate": ("gate.pub",), "log": ("absent.pub",)}) == ["unknown holders, log"]


def test_an_approver_who_holds_the_gates_key_is_found(around, tmp_path):
    create_key(tmp_path / "gate", "gate")
    key = (tmp_path / "gate.pub").read_text().strip()
    people = f'people:\n  - {{id: ann, name: Ann, roles: [risk], keys: ["{key}"]}}\n'
    (tmp_path / "people.yaml").write_text(people)
    held = {"gate": ("gate.pub",), "approvers": ("people.yaml",)}
    body = survey(around, "absent", identities=held)
    found = unsatisfied(body, separate=("gate", "approvers"))
    assert "held by both gate and approvers" in found


def test_a_private_key_named_by_mistake_is_never_repeated(around, tmp_path):
    create_key(tmp_path / "gate", "gate")
    body = survey(around, "absent", identities={"gate": ("gate",)})
    secret = (tmp_path / "gate").read_text().splitlines()[3]
    assert secret not in body.model_dump_json()
    assert body.identities[0].holds == ()
