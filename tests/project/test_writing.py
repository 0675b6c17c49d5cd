"""What a project's writes do when the process dies or the ledger's store does not answer."""

import sys
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from govgate.adapters.clock import RandomIds, SystemClock
from govgate.adapters.keys import FileSigner
from govgate.cli.main import main
from govgate.errors import AuthorityError, GovgateError, RefusedError, StoreError
from govgate.ledger import write_entry
from govgate.project import create_person_key, create_project, open_project
from govgate.project.book import GATE
from govgate.records import Evidence, Meaning
from govgate.testing import MemorySigner
from tests.conftest import serving, unused_port


class KilledError(BaseException):
    """Stands for kill -9."""


@pytest.fixture
def folder(tmp_path):
    create_project(tmp_path / "project", name="credit", uri="http://127.0.0.1:9")
    return tmp_path / "project"


@pytest.fixture
def spooling(folder):
    file = folder / "govgate.yaml"
    text = file.read_text()
    assert "ledger:\n" in text
    file.write_text(text.replace("ledger:\n", "ledger:\n  on_unavailable: spool\n", 1))
    return folder


@pytest.fixture
def evidence(subject):
    return Evidence(
        kind="group-outcomes/v1",
        subject=subject,
        taken_at=datetime(2026, 1, 1, 12, tzinfo=UTC),
        taken_by="a test",
        materials={"predictions": "sha256:" + "cd" * 32},
        population={"rows": 2},
        body={"gap": 0.5},
    )


def kinds(folder):
    return [entry.kind for entry in open_project(folder).book.entries()]


def silent(project):
    """Let the project's store answer nothing."""

    def unanswered(key, *_):
        msg = f"{key} did not answer; try again later"
        raise StoreError(msg)

    for name in ("read", "create", "replace", "keys"):
        setattr(project.book.store, name, unanswered)
    return project


def dying(project, *, committed):
    """Let the process die just before or just after its next commit."""
    create = project.book.store.create

    def die(key, data):
        if committed:
            create(key, data)
        raise KilledError

    project.book.store.create = die
    return project


@pytest.mark.parametrize("published", [False, True])
@pytest.mark.parametrize("committed", [False, True])
def test_a_write_repeated_after_a_crash_stands_once(folder, evidence, committed, published):
    with pytest.raises(KilledError):
        dying(open_project(folder), committed=committed).record([evidence])
    if published:  # by another machine, which has no such outbox
        open_project(folder).book._log.publish(FileSigner(folder / "keys" / "log"))
    open_project(folder).record([evidence])
    assert kinds(folder) == ["evidence/v1"]


def test_another_write_finishes_what_a_crash_left(folder, evidence):
    with pytest.raises(KilledError):
        dying(open_project(folder), committed=False).record([evidence])
    other = evidence.model_copy(update={"taken_by": "another test"})
    open_project(folder).record([other])
    takers = [e.record["taken_by"] for e in open_project(folder).book.entries()]
    assert takers == ["a test", "another test"]


def test_flush_says_how_many_it_finished(folder, evidence, capsys):
    with pytest.raises(KilledError):
        dying(open_project(folder), committed=True).record([evidence])
    assert main(["ledger", "flush", "--project", str(folder)]) == 0
    assert "1 entries of 1 unfinished writes" in capsys.readouterr().out
    assert main(["ledger", "flush", "--project", str(folder), "--json"]) == 0
    assert '"batches": 0' in capsys.readouterr().out
    assert kinds(folder) == ["evidence/v1"]


def test_by_default_a_store_that_is_down_fails_the_write_and_keeps_nothing(folder, evidence):
    with pytest.raises(StoreError, match="did not answer"):
        silent(open_project(folder)).record([evidence])
    open_project(folder).book.flush()
    assert kinds(folder) == []


def test_spooled_evidence_is_recorded_later_with_its_delay(spooling, evidence):
    silent(open_project(spooling)).record([evidence])
    assert kinds(spooling) == []
    open_project(spooling).book.flush()
    found = list(open_project(spooling).book.entries())
    assert [e.kind for e in found] == ["evidence/v1", "spool-flush/v1"]
    assert (found[1].record["start"], found[1].record["entries"]) == (0, 1)
    assert open_project(spooling).book.flush() == []


def test_no_decision_is_made_while_the_store_is_down(spooling, evidence, request_):
    project = silent(open_project(spooling))
    project.record([evidence])
    with pytest.raises(StoreError):
        project.decide(request_)


def test_publishing_finishes_first_what_was_left(spooling, evidence):
    silent(open_project(spooling)).record([evidence])
    assert open_project(spooling).book.publish().size == 2


def refusing(project):
    """Let the project's store answer, and take nothing."""

    def refused(key, *_):
        msg = f"{key} is not taken; mend the bucket"
        raise RefusedError(msg)

    project.book.store.create = refused
    return project


def test_what_the_store_refuses_is_not_promised(spooling, evidence):
    with pytest.raises(RefusedError, match="mend the bucket"):
        refusing(open_project(spooling)).record([evidence])
    # It may be kept, as after any failed write, but nobody was told that it will be recorded.
    ((packed, _),) = open_project(spooling).book.flush()
    assert packed.pending_since is None
    assert kinds(spooling) == ["evidence/v1"]


def test_a_refusal_is_not_asked_for_eight_times(spooling, evidence):
    project, asked = open_project(spooling), []

    def refused(key, *_):
        asked.append(key)
        msg = f"{key} is not taken; mend the bucket"
        raise RefusedError(msg)

    project.book.store.create = refused
    with pytest.raises(RefusedError):
        project.record([evidence])
    assert len(asked) == 1


def append_junk(folder, *envelopes):
    """Append what an outsider may, who can write to the store and has no key."""
    log = open_project(folder).book._log
    log.append(envelopes, "0-0")


def stranger(folder, evidence, who=GATE):
    """Bad evidence about the same model, in the gate's name, by a stranger's key."""
    bad = evidence.model_copy(update={"body": {"gap": 9.9}})
    return write_entry(
        bad,
        kind="evidence/v1",
        subject=evidence.subject,
        actor=who,
        ids=RandomIds(),
        clock=SystemClock(),
        signers=[MemorySigner("stranger")],
        store=open_project(folder).book.store,
    )


def test_a_stranger_with_the_store_at_hand_blocks_no_decision(folder, evidence, request_):
    open_project(folder).record([evidence])
    append_junk(folder, stranger(folder, evidence), b"junk", b'{"payload":1}', b"key-event/v1")
    decided = open_project(folder).decide(request_.model_copy(update={"trained_by": "tess"}))
    assert decided.decision.considered == (evidence.digest,)
    # An audit says of each what is wrong with it.
    with pytest.raises(GovgateError, match=r"entry 1: .* \(and 3 more\)"):
        open_project(folder).verify_ledger()


def test_evidence_of_a_gate_whose_line_was_taken_away_blocks_instead_of_vanishing(
    folder, evidence, request_
):
    project = open_project(folder)
    project.record([evidence])
    project.book.publish()
    create_person_key(folder / "keys" / "gate-2", "gate")
    file = folder / "govgate.yaml"
    text = file.read_text().replace("[keys/gate.pub]", "[keys/gate-2.pub]")
    file.write_text(text.replace("gate: keys/gate ", "gate: keys/gate-2 "))
    with pytest.raises(AuthorityError, match=r"entry 0 is signed by the key .* put its line back"):
        open_project(folder).decide(request_)
    file.write_text(text.replace("[keys/gate-2.pub]", "[keys/gate.pub, keys/gate-2.pub]"))
    assert open_project(folder).decide(request_).decision.considered == (evidence.digest,)


def test_a_person_who_left_stays_in_the_file_and_is_asked_for_where_not(folder, evidence, request_):
    line = create_person_key(folder / "people" / "rami", "rami")
    people = folder / "people.yaml"
    before = people.read_text()
    people.write_text(before[: before.rindex("keys:")] + f'keys: ["{line}"]\n')
    project = open_project(folder)
    project.record([evidence])
    project.decide(request_)
    draft = project.draft_sign_off("models:/credit/7", "rami", "risk", Meaning.APPROVAL)
    project.sign("models:/credit/7", draft, folder / "people" / "rami")
    people.write_text(before)
    with pytest.raises(AuthorityError, match=r"put its line back into people\.yaml"):
        open_project(folder).decide(request_)


def test_evidence_is_kept_while_a_bucket_does_not_answer_and_recorded_when_it_does(
    spooling, evidence, moto_endpoint, tmp_path
):
    port = unused_port()
    settings = (
        f"  s3:\n    bucket: {moto_endpoint.bucket()}\n    endpoint: http://127.0.0.1:{port}\n"
    )
    file = spooling / "govgate.yaml"
    lines = file.read_text().splitlines(keepends=True)
    file.write_text("".join(settings if s.startswith("  folder:") else s for s in lines))
    proxy = Path(__file__).parents[1] / "tools" / "fault_proxy.py"
    upstream = str(urlsplit(moto_endpoint.url).port)
    command = (sys.executable, str(proxy), str(port), upstream, "0", "1")

    def bucket(name):
        return serving(command, f"http://127.0.0.1:{port}/-/faults", tmp_path / name)

    with bucket("before"):
        open_project(spooling).record([evidence])
    later = [evidence.model_copy(update={"taken_by": f"run {n}"}) for n in range(2)]
    project = open_project(spooling)
    for one in later:
        project.record([one])
    with bucket("after"):
        assert len(open_project(spooling).book.flush()) == 2
        found = [e.kind for e in open_project(spooling).book.entries()]
    assert sorted(found) == ["evidence/v1"] * 3 + ["spool-flush/v1"] * 2
