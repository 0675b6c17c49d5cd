import json
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from govgate.canon import SPEC, canonical, sha256
from govgate.errors import AuthorityError, EvidenceError, TamperedError
from govgate.ledger import (
    Actor,
    ActorKind,
    Statement,
    Trust,
    b64,
    evidence_key,
    keyid,
    leaf_hash,
    open_envelope,
    read_entry,
    read_statement,
    sign_envelope,
    write_statement,
)
from govgate.ledger.dsse import pae
from govgate.ledger.entry import MAX_STATEMENT_BYTES, write_entry
from govgate.records import Evidence, Record, Subject
from govgate.testing import CountingIds, MemorySigner, SetClock
from tests.ledger.conftest import ANN, GATE, Note, World

KEY = MemorySigner("gate")
KEYS = {keyid(KEY.public): KEY.public}
SUBJECT = Subject(name="m", content="sha256:" + "ab" * 32)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3)
    ),
    max_leaves=8,
)


def test_what_is_signed_is_what_the_specification_says():
    # Source: DSSE 1.0.2, "Test vectors".
    assert pae("http://example.com/HelloWorld", b"hello world") == (
        b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
    )


def test_a_key_id_is_the_hash_of_the_key_as_openssl_writes_it():
    from hashlib import sha256 as hashed

    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    der = KEY._key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    assert keyid(KEY.public) == hashed(der).hexdigest()


@given(st.binary(max_size=300))
@settings(max_examples=1000, deadline=None)
def test_an_envelope_survives_the_round_trip(body):
    opened = open_envelope(sign_envelope(body, [KEY]), KEYS)
    assert (opened.statement, opened.keyids) == (body, (keyid(KEY.public),))


def test_strangers_beside_a_trusted_key_do_no_harm_and_have_no_say():
    envelope = sign_envelope(b"body", [MemorySigner("a"), KEY, MemorySigner("b")])
    assert open_envelope(envelope, KEYS).keyids == (keyid(KEY.public),)
    with pytest.raises(AuthorityError, match="no trusted key"):
        open_envelope(envelope, {})


@pytest.mark.parametrize("signers", [[], [KEY, KEY], [MemorySigner(str(i)) for i in range(17)]])
def test_an_envelope_has_one_to_sixteen_different_signers(signers):
    with pytest.raises(AuthorityError, match="1 to 16"):
        sign_envelope(b"body", signers)


ENVELOPE = sign_envelope(b"body", [KEY])
TWICE = ENVELOPE.replace(b'"payload":', b'"payload":"Ym9keQ==","payload":', 1)


def rewritten(**fields):
    return canonical(json.loads(ENVELOPE) | fields)


@pytest.mark.parametrize(
    "envelope",
    [
        b"",
        b"[]",
        b"null",
        b"\xff",
        b"[" * 60_000,
        TWICE,  # a field twice
        b" " + ENVELOPE,  # a spare space
        ENVELOPE + b"\n",
        rewritten(extra=1),
        rewritten(payloadType="application/json"),
        rewritten(payload="Ym9keQ"),  # base64 without its padding
        rewritten(payload="Ym9keR=="),  # base64 with spare bits
        rewritten(payload="Ym9-eQ=="),  # base64 of the other alphabet
        rewritten(payload=b64.encode(b"other")),
        rewritten(signatures=[]),
        rewritten(signatures=json.loads(ENVELOPE)["signatures"] * 2),
        rewritten(signatures=[{"keyid": keyid(KEY.public), "sig": b64.encode(bytes(64))}]),
        rewritten(signatures=[{"keyid": keyid(KEY.public), "sig": ""}]),
        rewritten(signatures=[{"keyid": 1, "sig": ""}]),
        rewritten(signatures={}),
    ],
)
def test_anything_else_is_not_an_envelope(envelope):
    with pytest.raises(TamperedError):
        open_envelope(envelope, KEYS)


@given(st.dictionaries(st.text(max_size=9), json_values, max_size=4))
@settings(max_examples=1000, deadline=None)
def test_a_statement_survives_the_round_trip(predicate):
    statement = Statement(SUBJECT, "decision/v1", predicate)
    data = write_statement(statement)
    assert read_statement(data) == statement
    assert json.loads(data)["predicateType"] == SPEC + "decision/v1"


def test_a_statement_holds_no_nan():
    with pytest.raises(EvidenceError, match="finite"):
        write_statement(Statement(SUBJECT, "decision/v1", {"x": float("nan")}))


STATEMENT = json.loads(write_statement(Statement(SUBJECT, "decision/v1", {})))


@pytest.mark.parametrize(
    "fields",
    [
        {"_type": "https://in-toto.io/Statement/v0.1"},
        {"predicateType": "https://elsewhere.example/decision/v1"},
        {"predicateType": 7},
        {"subject": []},
        {"subject": STATEMENT["subject"] * 2},
        {"subject": [{"name": "m", "digest": {"sha256": "AB" * 32}}]},
        {"subject": [{"name": "m", "digest": {"sha512": "ab" * 32}}]},
        {"subject": [{"name": "", "digest": {"sha256": "ab" * 32}}]},
        {"predicate": []},
        {"extra": 1},
    ],
)
def test_anything_else_is_not_a_statement_of_ours(fields):
    with pytest.raises(TamperedError):
        read_statement(canonical(STATEMENT | fields))


@pytest.mark.parametrize("data", [b"", b"{}", b"[" * 60_000, b'{"predicate":{},"predicate":{}}'])
def test_what_is_not_even_close_is_not_a_statement(data):
    with pytest.raises(TamperedError):
        read_statement(data)


@given(st.text(max_size=200))
@settings(max_examples=1000, deadline=None)
def test_an_entry_survives_the_round_trip(text):
    world = World()
    envelope = world.entry(text=text)
    entry = read_entry(envelope, world.trust, world.store, 7)
    assert entry.record == {"text": text}
    assert (entry.index, entry.leaf, entry.kind) == (7, leaf_hash(envelope).hex(), "evidence/v1")
    assert (entry.actor, entry.time_created) == (GATE, datetime(2026, 1, 1, 12, tzinfo=UTC))
    assert entry.record_digest == Note(text=text).digest
    assert world.store.objects == {}


def statement_bytes(envelope):
    return len(b64.decode(json.loads(envelope)["payload"]))


class Measured(Record):
    value: float


@pytest.mark.parametrize("length", [1, 60_000], ids=["inline", "kept"])
@pytest.mark.parametrize(
    ("value", "read"),
    [
        (2.0**53 - 1, True),  # OK: exactly on the bound, and as far from it as floats go
        (1.5e-300, True),
        (1e300, True),  # OK: written with an exponent
        (2.0**53, False),  # NOT OK: written without point or exponent, read as an integer
        (-1e20, False),
    ],
)
def test_what_could_not_be_read_again_is_never_written(value, read, length):
    class Long(Measured):
        text: str = "x" * length

    world = World()
    given = {"kind": "evidence/v1", "subject": SUBJECT, "actor": GATE, "ids": CountingIds()}
    given |= {"clock": SetClock(), "signers": [world.gate_key], "store": world.store}
    if read:
        entry = read_entry(write_entry(Long(value=value), **given), world.trust, world.store)
        assert entry.record["value"] == value
    else:
        with pytest.raises(EvidenceError, match="below 2"):
            write_entry(Long(value=value), **given)
        assert world.store.objects == {}


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_what_is_no_number_is_not_written_as_if_it_were_absent(value):
    record = Evidence(
        subject=SUBJECT,
        kind="plugin/v1",
        taken_at=SetClock().now(),
        taken_by="a plugin",
        population={"rows": 1},
        materials={},
        body={"deep": [{"gap": value}]},
    )
    world = World()
    given = {"kind": "evidence/v1", "subject": SUBJECT, "actor": GATE, "ids": CountingIds()}
    given |= {"clock": SetClock(), "signers": [world.gate_key], "store": world.store}
    for step in (lambda: record.digest, lambda: write_entry(record, **given)):
        with pytest.raises(EvidenceError, match="give a finite one"):
            step()
    assert world.store.objects == {}


@pytest.mark.parametrize(
    ("over", "kept"),
    [
        (0, False),  # OK: exactly on the bound, within the entry
        (1, True),  # over it: in the evidence store
    ],
)
def test_a_long_record_is_kept_outside_its_entry(over, kept):
    world = World()
    frame = statement_bytes(world.entry(text=""))
    record = Note(text="x" * (MAX_STATEMENT_BYTES - frame + over))
    envelope = world.entry(text=record.text)
    assert set(world.store.objects) == ({evidence_key(record.digest)} if kept else set())
    assert read_entry(envelope, world.trust, world.store).record == {"text": record.text}


def test_the_longest_inline_statement_still_fits_with_several_signers():
    world = World()
    frame = statement_bytes(world.entry(text=""))
    text = "x" * (MAX_STATEMENT_BYTES - frame)
    signers = [world.gate_key, *(MemorySigner(str(i)) for i in range(4))]
    assert len(world.entry(text=text, signers=signers)) <= 65_535
    signers += [MemorySigner(str(i)) for i in range(4, 15)]
    with pytest.raises(EvidenceError, match="fewer keys"):
        world.entry(text=text, signers=signers)


@pytest.mark.parametrize(
    ("kind", "actor"),
    [
        ("sign-off/v1", GATE),  # NOT OK: a pipeline approves nothing
        ("decision/v1", ANN),  # NOT OK: a person decides nothing alone
        ("other/v1", GATE),  # NOT OK: nobody writes that
    ],
)
def test_nobody_writes_what_is_not_theirs(kind, actor):
    with pytest.raises(EvidenceError, match="writes no"):
        World().entry(kind=kind, actor=actor)


PREDICATE = {
    "entryId": "00000000-0000-7000-8000-000000000001",
    "timeCreated": "2026-01-01T12:00:00.000Z",
    "actor": {"kind": "service", "id": "gate"},
    "record": {"text": "fair"},
}
ABSENT = "sha256:" + "cd" * 32
REFERENCE = {"uri": evidence_key(ABSENT), "digest": {"sha256": "cd" * 32}}


def signed(predicate, kind="evidence/v1", key=KEY):
    return sign_envelope(write_statement(Statement(SUBJECT, kind, predicate)), [key])


def without(*names, **fields):
    return {k: v for k, v in PREDICATE.items() if k not in names} | fields


def test_the_predicate_of_this_table_is_a_sound_one():
    assert read_entry(signed(PREDICATE), World().trust, World().store).record == {"text": "fair"}


@pytest.mark.parametrize(
    "predicate",
    [
        {},
        without("entryId"),
        without(entryId=""),
        without(entryId=7),
        without(timeCreated="2026-01-01"),
        without(timeCreated="2026-01-01T12:00:00.000+00:00"),
        without(timeCreated="2026-13-01T12:00:00.000Z"),
        without(timeCreated=7),
        without(actor={"kind": "robot", "id": "gate"}),
        without(actor={"kind": "service"}),
        without(actor="gate"),
        without("record"),
        without(record=[]),
        without(extra=1),
        without(recordRef=REFERENCE),  # both at once
        without("record", recordRef=REFERENCE),  # not in the store
        without("record", recordRef=REFERENCE | {"uri": "../../etc/passwd"}),
        without("record", recordRef={"uri": "evidence/x", "digest": {"sha256": "x"}}),
        without("record", recordRef=REFERENCE | {"extra": 1}),
        without("record", recordRef="evidence"),
    ],
)
def test_an_entry_with_other_fields_is_refused(predicate):
    with pytest.raises(TamperedError):
        read_entry(signed(predicate), World().trust, World().store)


@pytest.mark.parametrize("content", [b"[1]", b"other", b"nonsense"])
def test_a_kept_record_that_is_not_the_one_referred_to_is_refused(content):
    world = World()
    digest = sha256(b"[1]")
    reference = {"uri": evidence_key(digest), "digest": {"sha256": digest[7:]}}
    world.store.objects[evidence_key(digest)] = content
    with pytest.raises(TamperedError):
        read_entry(signed(without("record", recordRef=reference)), world.trust, world.store)


@pytest.mark.parametrize(
    ("kind", "actor", "key"),
    [
        ("sign-off/v1", GATE, "gate"),  # NOT OK: a service signs an approval
        ("evidence/v1", ANN, "ann"),  # NOT OK: a person signs a measurement
        ("evidence/v1", GATE, "ann"),  # NOT OK: signed by another than the actor
        ("sign-off/v1", ANN, "gate"),  # NOT OK: the same, the other way
        ("sign-off/v1", Actor(kind=ActorKind.HUMAN, id="bob"), "ann"),  # NOT OK: another's name
        ("evidence/v1", Actor(kind=ActorKind.HUMAN, id="gate"), "gate"),  # NOT OK: another kind
    ],
)
def test_only_the_actor_itself_signs_and_only_what_it_may(kind, actor, key):
    predicate = PREDICATE | {"actor": actor.model_dump(mode="json")}
    envelope = signed(predicate, kind, MemorySigner(key))
    with pytest.raises(AuthorityError, match="may not sign"):
        read_entry(envelope, World().trust, World().store)


def test_trust_without_signers_believes_no_entry():
    world = World()
    with pytest.raises(AuthorityError):
        read_entry(world.entry(), Trust((world.vkey,), {}), world.store)
