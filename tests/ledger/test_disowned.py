"""Whoever can write to the store can append junk: it blocks nobody, and hides nothing of ours."""

import json
from base64 import b64decode, b64encode

import pytest

from govgate.canon import SPEC
from govgate.errors import AuthorityError, StoreError, TamperedError
from govgate.ledger import Trust, introduce, introduced, keyid, read_ours, replay, verify_log, vkey
from govgate.ledger.dsse import PAYLOAD_TYPE
from govgate.ledger.introduced import SIGNERS
from govgate.ledger.key_events import KEY_EVENT
from govgate.ledger.note import sign_note
from govgate.records import KeyAction
from govgate.testing import MemorySigner, MemoryStore
from tests.ledger.conftest import ANN, GATE, ORIGIN
from tests.ledger.test_key_events import ADA, ADA_KEY, NEW, Ring, begins, revokes

ROGUE = MemorySigner("rogue")


@pytest.fixture
def ring():
    return Ring().create()


def read(ring, envelope, trust=None, index=9):
    return read_ours(envelope, trust or ring.base, ring.store, index)


def without(trust, key):
    """A trust from which somebody took a key's line away."""
    left = {name: s for name, s in trust.signers.items() if name != keyid(key.public)}
    return Trust(trust.log_vkeys, left)


def resigned(envelope, **signatures):
    """The envelope with other signatures: key id to signature, in the one spelling there is."""
    fields = json.loads(envelope)
    made = [{"keyid": k, "sig": b64encode(s).decode()} for k, s in sorted(signatures.items())]
    whole = {**fields, "signatures": made}
    return json.dumps(whole, sort_keys=True, separators=(",", ":")).encode()


GARBAGE = bytes(64)


def junk(ring):
    """Name to what an outsider, who has no key of ours, can append."""
    theirs, ours = ring.entry(signers=[ROGUE]), ring.entry()
    gate, rogue = keyid(ring.gate_key.public), keyid(ROGUE.public)
    return {
        "no envelope": b"junk",
        "nothing": b"",
        "not text": b"\xff\xfe" * 9,
        "deep": b"[" * 60_000,
        "another spelling of ours": ours.replace(b":", b": ", 1),
        "ours without signatures": resigned(ours),
        "signed by a stranger": theirs,
        "a stranger in a person's name": ring.entry(kind="sign-off/v1", actor=ANN, signers=[ROGUE]),
        "ours with another's signature": resigned(ours, **{gate: GARBAGE}),
        "a stranger's, and a false one of ours": resigned(
            theirs, **{gate: GARBAGE, rogue: ROGUE.sign(b"x")}
        ),
        "no statement": resigned(
            json.dumps({"payload": "", "payloadType": PAYLOAD_TYPE}).encode(), **{rogue: GARBAGE}
        ),
    }


NAMES = sorted(junk(Ring().create()))


@pytest.mark.parametrize("name", NAMES)
def test_what_an_outsider_appends_is_nobodys(ring, name):
    assert read(ring, junk(ring)[name]) is None


@pytest.mark.parametrize("name", NAMES)
def test_what_an_outsider_appends_is_a_problem_to_an_audit(ring, name):
    if name != "nothing":  # no commit holds an entry of no bytes
        ring.log().append([junk(ring)[name]], "b")
        ring.publish()
        assert verify_log(ring.store, ring.base).problems


def test_junk_about_keys_stops_nobody_from_following_the_log(ring):
    ring.event(revokes(ring.gate_key), ADA, ROGUE)
    ring.event(begins(key=ROGUE), GATE, ROGUE)
    for name, envelope in junk(ring).items():
        if name != "nothing":
            ring.log().append([envelope + b64encode(f"{SPEC}{KEY_EVENT}".encode())], ring.ids.new())
    assert ring.replayed() == ring.base


def test_an_entry_of_ours_is_read(ring):
    assert read(ring, ring.entry()).actor == GATE


@pytest.mark.parametrize(
    ("index", "ours"),
    [
        (2, True),  # OK: before the rotation
        (3, True),  # OK: the rotation itself
        (4, False),  # NOT OK: just after it
        (9, False),
    ],
)
def test_what_a_key_signs_after_its_end_is_nobodys(ring, index, ours):
    ring.append(3)
    ring.event(begins(), GATE, ring.gate_key, NEW)
    found = read(ring, ring.entry(), ring.replayed(), index)
    assert (found is not None) is ours


@pytest.mark.parametrize(
    "extra",
    [
        {},
        {keyid(MemorySigner("ann").public): GARBAGE},  # a false signature of somebody who counts
        {keyid(ROGUE.public): GARBAGE},
    ],
)
def test_a_stolen_and_revoked_key_blocks_nothing_whatever_it_adds(ring, extra):
    ring.event(revokes(ring.gate_key), ADA, ADA_KEY)
    ours = ring.entry()
    sig = {s["keyid"]: s["sig"] for s in json.loads(ours)["signatures"]}
    mixed = resigned(ours, **{k: b64decode(v) for k, v in sig.items()}, **extra)
    assert read(ring, mixed, ring.replayed(), 1) is None
    ring.log().append([mixed], "b")
    ring.publish()
    report = verify_log(ring.store, ring.replayed())
    assert (report.problems, report.disowned) == ((), (1,))


def test_what_a_revoked_admin_appends_about_keys_is_left_out(ring):
    ring.event(revokes(ADA_KEY), ADA, MemorySigner("ada 2"))
    ring.event(revokes(ring.gate_key), ADA, ADA_KEY)
    trust = ring.replayed()
    assert trust.signers[keyid(ring.gate_key.public)].revoked_at_index is None
    ring.publish()
    assert verify_log(ring.store, trust).disowned == (1,)


def disown(ring, key=ROGUE, by=ADA_KEY):
    return ring.event(revokes(key), ADA, by)


def audited(ring, trust=None):
    ring.publish()
    report = verify_log(ring.store, trust or ring.replayed())
    return [type(why) for why in report.problems], report.disowned


def test_a_strangers_junk_is_no_problem_once_a_key_admin_disowned_the_key(ring):
    ring.log().append([ring.entry(signers=[ROGUE])], "before")
    assert audited(ring) == ([AuthorityError], ())
    disown(ring)
    ring.log().append([ring.entry(signers=[ROGUE])], "after")
    assert audited(ring) == ([], (0, 2))


def test_nobody_but_a_key_admin_disowns(ring):
    ring.log().append([ring.entry(signers=[ROGUE])], "b")
    disown(ring, by=ROGUE)  # a stranger, in ada's name
    assert audited(ring) == ([AuthorityError] * 2, ())
    ring.event(revokes(ROGUE), ANN, ring.ann_key)
    with pytest.raises(AuthorityError, match="may not sign that"):
        ring.replayed()


@pytest.mark.parametrize(
    "name",
    [
        "no envelope",  # it names no key
        "a stranger's, and a false one of ours",  # one of ours is no stranger
        "ours with another's signature",
        "by two strangers",  # of whom one is disowned
    ],
)
def test_only_what_names_nobody_but_the_disowned_is_passed_over(ring, name):
    both = ring.entry(signers=[ROGUE, NEW])
    ring.log().append([{**junk(ring), "by two strangers": both}[name]], "b")
    disown(ring)
    problems, disowned = audited(ring)
    assert (len(problems), disowned) == (1, ())


def test_whoever_was_believed_once_cannot_be_disowned(ring):
    introduce(ring.store, ring.base, [ring.log_key])
    ring.append()
    disown(ring, ring.gate_key)
    # Their line is taken away, so that the revocation is of a key that nobody believes.
    left = without(ring.base, ring.gate_key)
    trust = replay(left, ring.log().entries(), ring.store)
    assert trust.disowned == {keyid(ring.gate_key.public)}
    assert audited(ring, trust) == ([AuthorityError], ())
    with pytest.raises(AuthorityError, match="put its line back"):
        read(ring, next(ring.log().entries())[1], trust, 0)


def test_a_disowned_key_never_begins_to_count(ring):
    disown(ring)
    ring.event(begins(KeyAction.ADD, ROGUE), ADA, ADA_KEY, ROGUE)
    ring.append(signers=[ROGUE])
    assert not any(ring.replayed().signers[keyid(ROGUE.public)].counts_at(at) for at in range(5))
    assert audited(ring) == ([], (2,))


@pytest.mark.parametrize(
    ("kind", "actor", "signers"),
    [
        ("evidence/v1", GATE, ["ann"]),  # a person cannot measure, and says so with the own key
        ("evidence/v1", GATE, ["new"]),  # a key that begins later
    ],
)
def test_what_a_key_that_is_believed_signs_wrongly_still_stands_in_the_way(
    ring, kind, actor, signers
):
    ring.append()
    ring.event(begins(), GATE, ring.gate_key, NEW)
    envelope = ring.entry(kind=kind, actor=actor, signers=[MemorySigner(w) for w in signers])
    with pytest.raises(AuthorityError):
        read(ring, envelope, ring.replayed(), 0)


def test_a_false_signature_beside_a_good_one_of_ours_is_tampering(ring):
    ours = ring.entry()
    (sig,) = json.loads(ours)["signatures"]
    ann = keyid(ring.ann_key.public)
    mixed = resigned(ours, **{sig["keyid"]: b64decode(sig["sig"]), ann: GARBAGE})
    with pytest.raises(TamperedError):
        read(ring, mixed)


@pytest.mark.parametrize("who", ["gate", "ann"])
def test_what_somebody_signed_does_not_vanish_with_their_line(ring, who):
    introduce(ring.store, ring.base, [ring.log_key])
    key = MemorySigner(who)
    ours = ring.entry() if who == "gate" else ring.entry("yes", "sign-off/v1", ANN, [key])
    with pytest.raises(AuthorityError, match="put its line back into people"):
        read(ring, ours, without(ring.base, key))
    # Nor does a revocation that they signed.
    ring.event(revokes(ring.gate_key), ADA, ADA_KEY)
    with pytest.raises(AuthorityError, match="put its line back"):
        replay(without(ring.base, ADA_KEY), ring.log().entries(), ring.store)


def test_whose_line_is_gone_is_not_named_to_block_with(ring):
    introduce(ring.store, ring.base, [ring.log_key])
    envelope = resigned(ring.entry(signers=[ROGUE]), **{keyid(ring.gate_key.public): GARBAGE})
    assert read(ring, envelope, without(ring.base, ring.gate_key)) is None


def forged(ring, name):
    """Name to what an outsider may put where an introduction of the rogue key belongs."""
    text = f"https://govgate.readthedocs.io/spec/signer/v1\n{ORIGIN}\n"
    key = b64encode(ROGUE.public).decode()
    other = b64encode(NEW.public).decode()
    return {
        "junk": b"junk",
        "signed by itself": sign_note(f"{text}{key}\n", ORIGIN, ROGUE),
        "of another key": sign_note(f"{text}{other}\n", ORIGIN, ring.log_key),
        "of another log": sign_note(f"{text.replace('credit', 'x')}{key}\n", ORIGIN, ring.log_key),
        "a checkpoint": sign_note(f"{ORIGIN}\n3\n{key}\n", ORIGIN, ring.log_key),
    }[name]


@pytest.mark.parametrize(
    "name", ["junk", "signed by itself", "of another key", "of another log", "a checkpoint"]
)
def test_nobody_introduces_themselves(ring, name):
    where = SIGNERS + keyid(ROGUE.public)
    ring.store.create(where, forged(ring, name))
    assert introduced(ring.store, ring.base, keyid(ROGUE.public)) is None
    assert read(ring, ring.entry(signers=[ROGUE])) is None
    # And who sits where one of ours belongs is found before anything more is published.
    ring.store.create(SIGNERS + keyid(ring.gate_key.public), forged(ring, name))
    with pytest.raises(TamperedError, match="is no introduction by the log's key"):
        introduce(ring.store, ring.base, [ring.log_key])


def test_an_introduction_is_made_once_and_outlives_the_log_key(ring):
    introduce(ring.store, ring.base, [ring.log_key])
    before = dict(ring.store.objects)
    new = MemorySigner("log 2")
    both = Trust((vkey(ORIGIN, new.public), f"{ring.vkey} until 0"), ring.base.signers)
    introduce(ring.store, both, [new])
    assert ring.store.objects == before
    assert len(list(ring.store.keys(SIGNERS))) == len(ring.base.signers)
    assert introduced(ring.store, both, keyid(ADA_KEY.public)) == ADA_KEY.public


def test_a_racing_introduction_by_another_log_key_is_taken(ring):
    class Late(MemoryStore):
        def keys(self, prefix, after=""):
            return iter(()) if prefix == SIGNERS else super().keys(prefix, after)

    introduce(ring.store, ring.base, [ring.log_key])
    late, new = Late(), MemorySigner("log 2")
    late.objects = dict(ring.store.objects)
    both = Trust((ring.vkey, vkey(ORIGIN, new.public)), ring.base.signers)
    introduce(late, both, [new])
    assert late.objects == ring.store.objects


def test_a_store_that_does_not_answer_makes_nothing_nobodys(ring):
    class Silent(MemoryStore):
        def read(self, key):
            msg = f"{key} did not answer; try again"
            raise StoreError(msg)

    with pytest.raises(StoreError):
        read_ours(ring.entry(signers=[ROGUE]), ring.base, Silent(), 3)
