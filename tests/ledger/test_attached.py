"""An audit finds every file that is not what its entry says, and tells an erasure from a loss."""

import pytest
from pydantic import ValidationError

from govgate.canon import canonical, sha256
from govgate.errors import AuthorityError, EvidenceError, TamperedError
from govgate.ledger import (
    ATTACHMENT,
    ERASURE,
    evidence_key,
    keep_blocks,
    verify_log,
    write_entry,
)
from govgate.records import Attachment, Erasure, KeptFile, Subject
from tests.ledger.conftest import ANN, GATE

MODEL = Subject(name="models:/credit/7", content="sha256:" + "ab" * 32)
COMMITMENT = "sha256:" + "c0" * 32
BLOCKS = [b"one", b"two"]
FILE = KeptFile(name="r.txt", media_type="text/plain", size_bytes=6, sha256=sha256(b"onetwo"))


def write(world, record, kind, subject, actor, key):
    envelope = write_entry(
        record,
        kind=kind,
        subject=subject,
        actor=actor,
        ids=world.ids,
        clock=world.clock,
        signers=[key],
        store=world.store,
    )
    world.log().append([envelope], world.ids.new())
    world.publish()


def attach(world, *, personal=False, file=FILE, manifest=None):
    manifest = manifest or keep_blocks(BLOCKS, world.store)
    record = Attachment(manifest=manifest, commitment=COMMITMENT)
    if not personal:
        record = Attachment(manifest=manifest, file=file)
    write(world, record, ATTACHMENT, MODEL, GATE, world.gate_key)
    return manifest


def erase(world, *, about=COMMITMENT, by="ann", actor=ANN, key=None):
    record = Erasure(
        commitment=COMMITMENT, erased_by=by, reason="request 17", erased_at=world.clock.now()
    )
    subject = Subject(name="a file with personal data", content=about)
    write(world, record, ERASURE, subject, actor, key or world.ann_key)


def said(world, **more):
    return [str(p) for p in verify_log(world.store, world.trust, **more).problems]


def drop(world, digest):
    del world.store.objects[evidence_key(digest)]


@pytest.mark.parametrize("personal", [False, True])
def test_a_kept_file_holds(world, personal):
    attach(world, personal=personal)
    report = verify_log(world.store, world.trust)
    report.raise_if_bad()
    assert report.unerased == ((COMMITMENT,) if personal else ())
    assert report.kinds == {ATTACHMENT: 1}


@pytest.mark.parametrize("personal", [False, True])
@pytest.mark.parametrize("part", ["manifest", "block"])
@pytest.mark.parametrize("how", ["gone", "changed"])
def test_a_missing_or_changed_part_is_named(world, personal, part, how):
    manifest = attach(world, personal=personal)
    key = evidence_key(manifest if part == "manifest" else sha256(b"two"))
    if how == "gone":
        del world.store.objects[key]
    else:
        world.store.objects[key] += b" "
    (problem,) = said(world)
    assert "the attachment of entry 0" in problem
    assert key in problem
    assert "restore it from a copy of the ledger" in problem


def test_what_was_lost_can_be_put_back_from_a_copy(world):
    attach(world)
    copy = dict(world.store.objects)
    drop(world, sha256(b"two"))
    assert len(said(world)) == 1
    world.store.objects = {**copy, **world.store.objects}
    assert said(world) == []


@pytest.mark.parametrize(
    "file",
    [
        FILE.model_copy(update={"sha256": sha256(b"other")}),
        FILE.model_copy(update={"size_bytes": 7}),
    ],
)
def test_an_entry_that_says_another_file_than_is_kept_is_found(world, file):
    attach(world, file=file)
    (problem,) = said(world)
    assert "are not r.txt" in problem


def test_a_lie_is_not_covered_by_a_true_entry_about_the_same_blocks(world):
    manifest = attach(world)
    attach(world, manifest=manifest, file=FILE.model_copy(update={"sha256": sha256(b"")}))
    assert len(said(world)) == 1


def test_a_manifest_of_two_files_mixed_is_found(world):
    keep_blocks([b"three", b"four"], world.store)
    mixed = keep_blocks([b"one", b"four"], world.store)
    attach(world, manifest=mixed)
    (problem,) = said(world)
    assert "are not r.txt" in problem


def test_after_an_erasure_the_blocks_may_be_gone_and_the_log_holds(world):
    manifest = attach(world, personal=True)
    erase(world)
    assert said(world) == []
    assert verify_log(world.store, world.trust).unerased == ()
    drop(world, sha256(b"two"))
    assert said(world) == []
    drop(world, manifest)
    assert said(world) == []


@pytest.mark.parametrize("part", ["manifest", "block"])
def test_what_is_left_of_an_erased_file_must_still_hash_to_its_name(world, part):
    manifest = attach(world, personal=True)
    erase(world)
    key = evidence_key(manifest if part == "manifest" else sha256(b"two"))
    world.store.objects[key] += b" "
    assert len(said(world)) == 1


def test_an_erasure_excuses_no_plain_file(world):
    attach(world)
    attach(world, personal=True)
    erase(world)
    drop(world, sha256(b"two"))
    (problem,) = said(world)
    assert "entry 0" in problem


def test_the_gate_can_forge_no_erasure(world):
    attach(world, personal=True)
    with pytest.raises(EvidenceError, match="a service writes no erasure/v1"):
        erase(world, actor=GATE, key=world.gate_key)
    # Nor under a person's name: the person's own key must have signed.
    erase(world, key=world.gate_key)
    drop(world, sha256(b"two"))
    report = verify_log(world.store, world.trust)
    assert {type(p) for p in report.problems} == {AuthorityError, TamperedError}
    assert report.unerased == (COMMITMENT,)


def test_no_person_can_attach(world):
    record = Attachment(manifest=sha256(b""), file=FILE)
    with pytest.raises(EvidenceError, match="a human writes no attachment/v1"):
        write(world, record, ATTACHMENT, MODEL, ANN, world.ann_key)


@pytest.mark.parametrize(
    "lie", [{"by": "bob"}, {"about": "sha256:" + "00" * 32}, {"about": MODEL.content}]
)
def test_an_erasure_that_contradicts_its_statement_erases_nothing(world, lie):
    attach(world, personal=True)
    erase(world, **lie)
    (problem,) = said(world)
    assert "what was erased, or by whom" in problem
    assert verify_log(world.store, world.trust).unerased == (COMMITMENT,)


def test_a_record_that_is_no_attachment_is_tampering(world):
    envelope = world.entry(kind=ATTACHMENT)
    world.log().append([envelope], world.ids.new())
    world.publish()
    (problem,) = said(world)
    assert "no record of attachment/v1" in problem


def test_from_a_verified_head_on_older_files_are_not_read_again(world):
    attach(world)
    head = world.store.objects["checkpoint"]
    drop(world, sha256(b"two"))
    assert said(world, verified=head) == []
    attach(world, manifest=keep_blocks([b"onetwo"], world.store))
    drop(world, sha256(b"onetwo"))
    (problem,) = said(world, verified=head)
    assert "entry 1" in problem
    assert len(said(world)) == 2


def test_a_committed_file_that_is_not_published_is_checked_too(world):
    attach(world)
    manifest = keep_blocks([b"onetwo"], world.store)
    envelope = write_entry(
        Attachment(manifest=manifest, file=FILE),
        kind=ATTACHMENT,
        subject=MODEL,
        actor=GATE,
        ids=world.ids,
        clock=world.clock,
        signers=[world.gate_key],
        store=world.store,
    )
    world.log().append([envelope], world.ids.new())
    assert said(world) == []
    drop(world, sha256(b"onetwo"))
    (problem,) = said(world)
    assert "entry 1" in problem


NAMES = {
    # OK
    "report.html": True,
    "Bericht für Müller.pdf": True,
    "..html": True,
    # NOT OK
    "..": False,
    ".": False,
    "": False,
    "../evil": False,
    "a/b": False,
    "a\\b": False,
    "/etc/passwd": False,
    "line\nfeed": False,
    "esc\x1b[2J": False,
    "right-to-left\u202etxt.exe": False,
    "nul\0": False,
    " space": False,
    "x" * 251: False,
}


@pytest.mark.parametrize("name", NAMES, ids=range(len(NAMES)))
def test_a_name_leads_nowhere_and_tells_a_terminal_nothing(name):
    fields = FILE.model_dump(mode="json") | {"name": name}
    if NAMES[name]:
        assert KeptFile.model_validate_json(canonical(fields)).name == name
    else:
        with pytest.raises(ValidationError):
            KeptFile.model_validate_json(canonical(fields))


@pytest.mark.parametrize("fields", [{}, {"file": FILE, "commitment": COMMITMENT}])
def test_an_attachment_is_plain_or_erasable_and_never_both(fields):
    with pytest.raises(ValidationError, match="give one of them"):
        Attachment(manifest=COMMITMENT, **fields)
