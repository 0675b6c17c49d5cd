"""govgate ledger verify, prove and doctor, as a person at a terminal meets them."""

import json
from types import SimpleNamespace

import boto3
import pytest
from moto import mock_aws

from govgate.adapters.keys import create_key
from govgate.adapters.mlflow_registry import MlflowRegistry
from govgate.adapters.s3.hardening import bucket_policy, examine_bucket
from govgate.cli.main import main
from tests.cli.conftest import predictions

ROLE = "arn:aws:iam::123456789012:role/publisher"


@pytest.fixture
def assessed(desk, capsys):
    assert desk.assess(predictions()) == 10  # pending: nobody has signed
    capsys.readouterr()
    return desk


def said(capsys):
    out = capsys.readouterr()
    return out.out, out.err


def test_verify_says_what_it_opened_and_what_was_opened_before(assessed, capsys):
    assert assessed("ledger", "verify", "--json") == 0
    first = json.loads(said(capsys)[0])
    assert (first["size"], first["verified_before"]) == (3, 0)
    assert assessed("ledger", "verify", "--json") == 0
    second = json.loads(said(capsys)[0])
    assert (second["verified_before"], second["kinds"]) == (3, {})
    assert assessed("ledger", "verify", "--full", "--json") == 0
    assert json.loads(said(capsys)[0])["kinds"] == first["kinds"]
    assert assessed("ledger", "verify") == 0
    assert "signatures of the first 3 were checked" in said(capsys)[0]


def test_a_ledger_that_was_changed_ends_with_20(assessed, capsys):
    path = max((assessed.folder / "ledger/tile/entries/000.p").iterdir())
    path.write_bytes(path.read_bytes().replace(b"payload", b"PAYLOAD", 1))
    assert assessed("ledger", "verify") == 20
    assert "does not hold what was published" in said(capsys)[1]


@pytest.mark.parametrize(
    ("count", "shown", "more"), [(1, 0, 0), (2, 2, 0), (50, 50, 0), (60, 50, 10)]
)
def test_every_problem_is_named_and_people_are_shown_fifty(assessed, capsys, count, shown, more):
    log = assessed.folder / "ledger"
    for n in range(count):
        (log / "tile" / f"junk{n:02}").write_bytes(b"x")
    assert assessed("ledger", "verify") == 20
    first, *rest = said(capsys)[1].splitlines()
    named = [line for line in rest if line.startswith("  tile/junk")]
    assert "tile/junk00" in first
    assert (f"(and {count - 1} more)" in first) is (count > 1)
    assert len(named) == shown
    assert rest[shown:] == ([f"  and {more} more; --json names them all"] if more else [])
    assert assessed("ledger", "verify", "--json") == 20
    problems = json.loads(said(capsys)[0]).get("problems", [])
    assert len(problems) == (count if count > 1 else 0)
    assert all(f"tile/junk{n:02}" in problem for n, problem in enumerate(problems))


def test_the_registry_must_answer_when_it_is_asked_for(assessed, capsys, monkeypatch):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")
    assert assessed("ledger", "verify", "--registry") == 21
    assert "did not answer" in said(capsys)[1]


def test_a_tag_that_disagrees_ends_with_20_and_each_is_shown(assessed, capsys, monkeypatch):
    tags = {"govgate.decision": "allowed", "govgate.log.size": "9"}
    row = {"name": "credit", "creation_timestamp": 1, "tags": tagged(tags)}
    answer = {"model_versions": [row | {"version": v} for v in ("1", "2")]}
    monkeypatch.setattr(
        MlflowRegistry, "_get", lambda *_, **asked: {} if asked["filter"] else answer
    )
    assert assessed("ledger", "verify", "--registry") == 20
    out, err = said(capsys)
    assert "2 of 2 versions compared" in out
    about = [line.split(":/")[1].split(":")[0] for line in err.splitlines()]
    assert about == ["credit/1", "credit/1", "credit/2"]
    assert "and 1 more" in err
    assert "every entry" not in out


def tagged(tags):
    return [{"key": key, "value": value} for key, value in tags.items()]


def test_every_page_of_the_registry_is_read(monkeypatch):
    def page(_self, path, /, **asked):
        if asked["filter"] or "model-versions" not in path:  # no prompts, and nothing left out
            return {}
        number = int(asked.get("page_token") or 0)
        row = {"name": "m", "version": str(number), "creation_timestamp": 1, "tags": []}
        return {"model_versions": [row], "next_page_token": str(number + 1) if number < 3 else ""}

    monkeypatch.setattr(MlflowRegistry, "_get", page)
    registry = MlflowRegistry("http://127.0.0.1:9", str)
    assert [v.version for v in registry.versions()] == ["0", "1", "2", "3"]


@pytest.mark.parametrize("about", ["2", "MODEL"])
def test_a_proof_convinces_without_the_ledger(assessed, capsys, about):
    proof, entry = assessed.folder / "a.tlog-proof", assessed.folder / "a.entry"
    about = assessed.model if about == "MODEL" else about
    assert assessed("ledger", "prove", about, "-o", str(proof), "--entry", str(entry)) == 0
    assert proof.read_text().startswith("c2sp.org/tlog-proof@v1\nindex 2\n")
    (assessed.folder / "ledger").rename(assessed.folder / "gone")
    (assessed.folder / ".govgate" / "head").unlink()
    words = ("ledger", "verify", "--proof", str(proof), "--entry", str(entry))
    capsys.readouterr()
    assert assessed(*words) == 0
    assert "/credit, among its first 3" in said(capsys)[0]
    entry.write_bytes(entry.read_bytes() + b" ")
    assert assessed(*words) == 20  # NOT OK: another entry
    assert assessed(*words[:4]) == 2  # NOT OK: a proof of nothing


def test_a_proof_goes_to_standard_output_unless_told(assessed, capsys):
    assert assessed("ledger", "prove", "0") == 0
    assert said(capsys)[0].startswith("c2sp.org/tlog-proof@v1\nindex 0\n")
    assert assessed("ledger", "prove", "3") == 20  # NOT OK: there are three
    assert "is not among the 3 published" in said(capsys)[1]


def test_no_file_is_written_over(assessed):
    there = assessed.folder / "policy.yaml"
    before = there.read_text()
    assert assessed("ledger", "prove", "0", "-o", str(there)) == 21
    assert there.read_text() == before


def test_the_doctor_finds_a_sound_ledger_well(assessed, capsys):
    assert assessed("ledger", "doctor") == 0
    assert "passed" in said(capsys)[0]


def grow(desk, size):
    """Publish the ledger at many sizes up to this one."""
    from govgate.project import open_project
    from govgate.project.book import GATE, Writing
    from govgate.records import Subject

    project = open_project(desk.folder)
    subject = Subject(name="policy p", content=project.policy.digest)
    book, writing = project.book, Writing("policy/v1", subject, project.policy)
    while (held := book.head().size) < size:
        book.write([writing] * min(50, size - held), book.gate_signer(), GATE)
        book.publish()


def test_gc_removes_partial_tiles_and_the_ledger_holds_as_before(assessed, capsys):
    grow(assessed, 260)
    assert assessed("ledger", "gc", "--dry-run", "--json") == 0
    told = json.loads(said(capsys)[0])
    files = {p for p in (assessed.folder / "ledger").rglob("*") if p.is_file()}
    assert assessed("ledger", "gc", "--json") == 0
    done = json.loads(said(capsys)[0])
    left = {p for p in (assessed.folder / "ledger").rglob("*") if p.is_file()}
    assert done == told | {"dry_run": False}
    assert done["removed"] == len(files - left) == 12
    assert {p.parent.name for p in files - left} == {"000.p"}
    assert left < files
    assert assessed("ledger", "gc") == 0
    assert "0 partial tiles and bundles of 0 bytes are removed" in said(capsys)[0]
    assert assessed("ledger", "verify", "--full") == 0
    assert assessed("verify", assessed.model) == 0
    assert assessed.sign("olga") == 0


def test_gc_leaves_what_does_not_hold_and_ends_with_20(assessed, capsys):
    grow(assessed, 260)
    path = assessed.folder / "ledger/tile/0/000.p/3"
    path.write_bytes(path.read_bytes()[:-1] + b"\0")
    assert assessed("ledger", "gc") == 20
    assert "tile/0/000.p/3 is not the beginning of the full one" in said(capsys)[1]
    assert path.exists()
    assert not path.with_name("53").exists()


def writable(desk):
    (desk.folder / "ledger" / "commits").chmod(0o777)


def readable_key(desk):
    (desk.folder / "keys" / "log").chmod(0o644)


def one_key(desk):
    text = (desk.folder / "govgate.yaml").read_text()
    both = text.replace("gate: [keys/gate.pub]", "gate: [keys/gate.pub, keys/log.pub]")
    assert both != text
    (desk.folder / "govgate.yaml").write_text(both)


def junk(desk):
    (desk.folder / "ledger" / "commits" / f"{3:020d}").write_bytes(b"junk")


def unpublished(desk):
    from govgate.project import open_project
    from govgate.project.book import GATE, Writing
    from govgate.records import Subject

    project = open_project(desk.folder)
    subject = Subject(name="policy p", content=project.policy.digest)
    book = project.book
    book.write([Writing("policy/v1", subject, project.policy)], book.gate_signer(), GATE)


@pytest.mark.parametrize(
    ("harm", "about", "hint"),
    [
        (writable, "ledger folder", "chmod -R go-w"),
        (readable_key, "log key", "keys/log"),
        (one_key, "log key alone", "make a key of its own"),
        (junk, "quarantined", "find out who wrote it"),
        (unpublished, "unpublished", "publish them"),
    ],
)
def test_the_doctor_names_what_is_unsafe(assessed, capsys, harm, about, hint):
    harm(assessed)
    assert assessed("ledger", "doctor", "--json") == 2
    sick = {h["about"]: h["said"] for h in json.loads(said(capsys)[0]) if not h["healthy"]}
    assert hint in sick[about]


def test_the_doctor_goes_on_when_the_entries_do_not_hold(assessed, capsys):
    (assessed.folder / "ledger" / "log.json").unlink()
    assert assessed("ledger", "doctor", "--json") == 2
    found = {h["about"]: h["healthy"] for h in json.loads(said(capsys)[0])}
    assert found["entries"] is False
    assert found["ledger folder"] is True


def test_a_folder_takes_no_bucket_policy(assessed, capsys):
    assert assessed("ledger", "doctor", "--policy", ROLE) == 2
    assert "takes no bucket policy" in said(capsys)[1]


def test_the_bucket_policy_is_printed_for_the_publishers_role(assessed, capsys):
    path = assessed.folder / "govgate.yaml"
    bucket = "ledger:\n  s3: {bucket: audit, prefix: credit, region: eu-central-1}\n"
    lines = path.read_text().splitlines(keepends=True)
    kept = [bucket if line.startswith("ledger:") else line for line in lines]
    path.write_text("".join(line for line in kept if not line.startswith("  folder:")))
    assert assessed("ledger", "doctor", "--policy", ROLE) == 0
    printed = json.loads(said(capsys)[0])
    assert printed == bucket_policy("audit", "credit/", ROLE)
    assert "arn:aws:s3:::audit/credit/commits/*" in printed["Statement"][0]["Resource"]


@mock_aws
def test_a_bare_bucket_is_sick_and_a_hardened_one_is_well():
    s3 = boto3.session.Session().client("s3", region_name="us-east-1")
    s3.create_bucket(Bucket="bare")
    bare = {about for about, well, _ in examine_bucket(s3, "bare", None) if well}
    assert bare <= {"default retention", "encryption"}
    s3.create_bucket(Bucket="hard", ObjectLockEnabledForBucket=True)
    s3.put_public_access_block(
        Bucket="hard",
        PublicAccessBlockConfiguration=dict.fromkeys(
            ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"),
            True,
        ),
    )
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}}
    s3.put_bucket_encryption(Bucket="hard", ServerSideEncryptionConfiguration={"Rules": [rule]})
    s3.put_bucket_policy(Bucket="hard", Policy=json.dumps(bucket_policy("hard", "", ROLE)))
    sick = [line for line in examine_bucket(s3, "hard", "123456789012") if not line[1]]
    assert sick == []
    # A policy that only bears the name is told from one that says it.
    named = bucket_policy("hard", "", ROLE)
    named["Statement"][-1]["Condition"] = {"Bool": {"aws:SecureTransport": "true"}}
    s3.put_bucket_policy(Bucket="hard", Policy=json.dumps(named))
    sick = [about for about, well, _ in examine_bucket(s3, "hard", "123456789012") if not well]
    assert sick == ["policy OnlyTLS"]


@mock_aws
def test_what_the_doctor_may_not_ask_is_sick_and_names_the_permission():
    s3 = boto3.session.Session().client("s3", region_name="us-east-1")
    s3.create_bucket(Bucket="shut")

    def deny(model, **_):
        if model.name.startswith("Get"):
            error = {"Error": {"Code": "AccessDenied"}, "ResponseMetadata": {"HTTPStatusCode": 403}}
            return SimpleNamespace(status_code=403, headers={}, content=b""), error
        return None

    s3.meta.events.register("before-call.s3", deny)
    lines = {about: said for about, well, said in examine_bucket(s3, "shut", None) if not well}
    assert "grant s3:GetBucketVersioning" in lines["bucket versions"]
    assert "grant s3:GetBucketPolicy" in lines["policy OnlyTLS"]
    assert "default retention" in lines


def test_the_help_of_ledger_names_its_words(capsys):
    with pytest.raises(SystemExit):
        main(["ledger", "--help"])
    out = said(capsys)[0]
    assert all(word in out for word in ("verify", "prove", "doctor", "flush"))


def test_the_verifier_insists_on_the_witnesses_it_trusts(assessed, capsys, tmp_path):
    create_key(tmp_path / "witness", "w")
    words = ["ledger", "witness", "--key", str(tmp_path / "witness"), "--name", "w.example/1"]
    words += ["--state", str(tmp_path / "state"), "--json"]
    assert assessed(*words) == 0
    (cosigned,) = json.loads(said(capsys)[0])["cosignatures"]
    settings = assessed.folder / "govgate.yaml"
    trust = f'  witnesses: ["{cosigned["vkey"]}"]\n  witness_quorum: 1\n'
    settings.write_text(settings.read_text().replace("trust:", f"trust:\n{trust}#", 1))
    assert assessed("ledger", "verify") == 0
    assert assessed.sign("olga") == 0  # a newer checkpoint, which nobody has cosigned
    assert assessed("ledger", "verify") == 11
    assert "witness" in said(capsys)[1]
    assert assessed(*words) == 0
    assert assessed("ledger", "verify") == 0
    (assessed.folder / ".govgate" / "verified").unlink()
    for file in (assessed.folder / "ledger" / "cosignatures").rglob("*"):
        if file.is_file():
            file.chmod(0o600)
            file.write_bytes(file.read_bytes().replace(b"A", b"B", 1))
    assert assessed("ledger", "verify") != 0


@pytest.mark.parametrize("quorum", ["2", "-1"])
def test_a_quorum_that_cannot_be_met_is_refused(assessed, capsys, quorum):
    settings = assessed.folder / "govgate.yaml"
    text = settings.read_text()
    settings.write_text(text.replace("trust:", f"trust:\n  witness_quorum: {quorum}\n#", 1))
    assert assessed("ledger", "verify") in {2, 11}
    assert "quorum" in said(capsys)[1]
