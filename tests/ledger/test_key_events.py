"""Whose signatures count where: every way a key may change, and every way it may not."""

from dataclasses import replace

import pytest
from pydantic import ValidationError

from govgate.canon import SPEC
from govgate.errors import AuthorityError, TamperedError
from govgate.ledger import MAY_SIGN, Actor, ActorKind, Trust, TrustedSigner, b64, keyid, write_entry
from govgate.ledger.entry import read_entry
from govgate.ledger.key_events import _may_be_one, replay
from govgate.records import KeyAction, KeyEvent, Subject
from govgate.testing import MemorySigner
from tests.ledger.conftest import ANN, GATE, ORIGIN, World

ADA = Actor(kind=ActorKind.HUMAN, id="ada")
NEW, OTHER, ADA_KEY, ADA_OTHER = (MemorySigner(w) for w in ("new", "other", "ada", "ada 2"))
KINDS = tuple(sorted(MAY_SIGN[ActorKind.SERVICE]))
PLAIN = MAY_SIGN[ActorKind.HUMAN] - {"key-event/v1"}


class Ring(World):
    """A world where ada is a key-admin and ann is not."""

    @property
    def base(self):
        signers = [
            TrustedSigner(self.gate_key.public, "gate", GATE.kind, MAY_SIGN[GATE.kind]),
            TrustedSigner(self.ann_key.public, "ann", ANN.kind, PLAIN),
            TrustedSigner(ADA_KEY.public, "ada", ADA.kind, MAY_SIGN[ADA.kind]),
            TrustedSigner(ADA_OTHER.public, "ada", ADA.kind, MAY_SIGN[ADA.kind]),
        ]
        return Trust((self.vkey,), {keyid(s.public): s for s in signers})

    def event(self, event, actor, *signers, about=None):
        subject = Subject(name="key", content=f"sha256:{about or event.keyid}")
        common = {"ids": self.ids, "clock": self.clock, "store": self.store}
        envelope = write_entry(
            event, kind="key-event/v1", subject=subject, actor=actor, signers=signers, **common
        )
        return self.log().append([envelope], self.ids.new()).start

    def replayed(self):
        return replay(self.base, self.log().entries(), self.store)

    def read(self, index):
        _, envelope = next(self.log().entries(index))
        return read_entry(envelope, self.replayed(), self.store, index)


@pytest.fixture
def ring():
    return Ring().create()


def begins(action=KeyAction.ROTATE, key=NEW, replaces="gate", **changed):
    fields = {
        "action": action,
        "keyid": keyid(key.public),
        "public": b64.encode(key.public),
        "name": "gate",
        "kinds": KINDS,
        "replaces": keyid(MemorySigner(replaces).public) if action is KeyAction.ROTATE else None,
        "reason": "yearly",
    }
    return KeyEvent(**(fields | changed))


def revokes(key, **changed):
    return KeyEvent(action=KeyAction.REVOKE, keyid=keyid(key.public), reason="lost", **changed)


def test_a_rotated_in_key_counts_from_its_event_on_and_the_old_one_before_it(ring):
    ring.append()
    assert ring.event(begins(), GATE, ring.gate_key, NEW) == 1
    ring.append(signers=[NEW])
    ring.append(signers=[ring.gate_key])
    assert [ring.read(i).index for i in (0, 1, 2)] == [0, 1, 2]
    with pytest.raises(AuthorityError, match="counts from entry 0 to before 2"):
        ring.read(3)


def test_a_new_key_before_its_event_is_refused(ring):
    ring.append(signers=[NEW])
    ring.event(begins(), GATE, ring.gate_key, NEW)
    with pytest.raises(AuthorityError, match="at entry 0"):
        ring.read(0)


def test_a_revoked_key_counts_before_the_revocation_and_never_after(ring):
    ring.append()
    assert ring.event(revokes(ring.gate_key), ADA, ADA_KEY) == 1
    ring.append()
    assert ring.read(0).actor == GATE
    assert ring.read(1).actor == ADA
    with pytest.raises(AuthorityError, match="to before 1"):
        ring.read(2)


def test_a_clock_set_back_moves_no_entry_before_the_revocation(ring):
    from datetime import timedelta

    ring.event(revokes(ring.gate_key), ADA, ADA_KEY)
    ring.clock.pass_time(-timedelta(days=30))
    ring.append()
    with pytest.raises(AuthorityError, match="at entry 1"):
        ring.read(1)


def test_without_a_place_a_revoked_key_counts_for_nothing(ring):
    ring.append()
    ring.event(revokes(ring.gate_key), ADA, ADA_KEY)
    _, envelope = next(ring.log().entries())
    with pytest.raises(AuthorityError, match="signed now"):
        read_entry(envelope, ring.replayed(), ring.store)
    assert ring.replayed().ended
    assert not ring.base.ended


def test_keys_can_be_rotated_again_and_again(ring):
    ring.event(begins(), GATE, ring.gate_key, NEW)
    ring.event(begins(key=OTHER, replaces="new"), GATE, NEW, OTHER)
    ring.append(signers=[OTHER])
    assert ring.read(2).keyids == (keyid(OTHER.public),)
    spans = {
        k: (s.valid_from_index, s.revoked_at_index) for k, s in ring.replayed().signers.items()
    }
    assert spans[keyid(ring.gate_key.public)] == (0, 1)
    assert spans[keyid(NEW.public)] == (0, 2)
    assert spans[keyid(OTHER.public)] == (1, None)


def test_replaying_twice_changes_nothing(ring):
    ring.event(begins(), GATE, ring.gate_key, NEW)
    ring.event(revokes(NEW), ADA, ADA_KEY)
    once = ring.replayed()
    assert replay(once, ring.log().entries(), ring.store) == once
    assert replay(ring.base, ring.log().entries(), ring.store, after=2) == ring.base


def test_a_key_the_auditor_has_already_stays_as_the_auditor_has_it(ring):
    known = TrustedSigner(NEW.public, "gate", GATE.kind, MAY_SIGN[GATE.kind])
    trust = Trust(ring.base.log_vkeys, {**ring.base.signers, keyid(NEW.public): known})
    ring.event(begins(), GATE, ring.gate_key, NEW)
    assert replay(trust, ring.log().entries(), ring.store).signers[keyid(NEW.public)] == known


def test_a_key_of_a_person_cannot_become_a_services(ring):
    ring.event(begins(key=ring.ann_key), GATE, ring.gate_key, ring.ann_key)
    with pytest.raises(AuthorityError, match="that of ann already"):
        ring.replayed()


def test_a_revocation_of_a_key_nobody_believes_disowns_it_and_changes_no_signer(ring):
    ring.event(revokes(OTHER), ADA, ADA_KEY)
    assert ring.replayed() == replace(ring.base, disowned=frozenset({keyid(OTHER.public)}))


def test_a_revoked_key_stays_revoked_whatever_is_added(ring):
    ring.event(revokes(ring.gate_key), ADA, ADA_KEY)
    ring.event(begins(KeyAction.ADD, key=ring.gate_key), ADA, ADA_KEY, ring.gate_key)
    assert ring.replayed().signers[keyid(ring.gate_key.public)].revoked_at_index == 0


gate, ann, somebody = (MemorySigner(w) for w in ("gate", "ann", "somebody"))


@pytest.mark.parametrize(
    ("event", "actor", "signers"),
    [
        (begins(), GATE, [gate, NEW]),  # OK
        (begins(KeyAction.ADD), ADA, [ADA_KEY, NEW]),  # OK
        (revokes(gate), ADA, [ADA_KEY]),  # OK
        (revokes(ADA_KEY), ADA, [ADA_OTHER]),  # OK: one's own, with another key
        (begins(kinds=("evidence/v1",)), GATE, [gate, NEW]),  # OK: less than before
    ],
)
def test_those_who_may_change_keys_can(ring, event, actor, signers):
    ring.event(event, actor, *signers)
    assert ring.replayed() != ring.base


@pytest.mark.parametrize(
    ("event", "actor", "signers"),
    [
        (begins(), GATE, [gate]),  # NOT OK: the new key did not sign
        (begins(replaces="somebody"), GATE, [gate, NEW]),  # NOT OK: not the key it names
        (begins(replaces="new"), GATE, [gate, NEW]),  # NOT OK: the new key vouches for itself
        (begins(name="other"), GATE, [gate, NEW]),  # NOT OK: another service's name
        (begins(), ADA, [ADA_KEY, gate, NEW]),  # NOT OK: a rotation is the service's own
        (begins(KeyAction.ADD), GATE, [gate, NEW]),  # NOT OK: a service adds no key
        (begins(KeyAction.ADD), ANN, [ann, NEW]),  # NOT OK: no key-admin
        (begins(KeyAction.ADD), ADA, [ADA_KEY]),  # NOT OK: the new key did not sign
        (begins(KeyAction.ADD, kinds=("sign-off/v1",)), ADA, [ADA_KEY, NEW]),  # NOT OK
        (revokes(gate), ANN, [ann]),  # NOT OK: no key-admin
        (revokes(gate), GATE, [gate]),  # NOT OK: a service revokes nothing
        (revokes(gate), Actor(kind=ActorKind.HUMAN, id="eve"), [ADA_KEY]),  # NOT OK: not her key
        (revokes(ADA_KEY), ADA, [ADA_KEY]),  # NOT OK: it would not count where it stands
    ],
)
def test_nobody_else_changes_a_key(ring, event, actor, signers):
    ring.append()
    ring.event(event, actor, *signers)
    with pytest.raises(AuthorityError, match="entry 1"):
        ring.replayed()


@pytest.mark.parametrize(
    ("event", "actor", "signers"),
    [
        (begins(), GATE, [NEW]),  # NOT OK: the old key did not sign
        (revokes(gate), ADA, [somebody]),  # NOT OK: unknown
        (revokes(gate), ADA, [somebody, NEW]),  # NOT OK: not even both
    ],
)
def test_what_nobody_believed_signs_changes_no_key_and_stops_nobody(ring, event, actor, signers):
    ring.append()
    ring.event(event, actor, *signers)
    assert ring.replayed() == ring.base


def test_a_revoked_admin_revokes_nobody_and_stops_nobody(ring):
    ring.event(revokes(ADA_KEY), ADA, ADA_OTHER)
    before = ring.replayed()
    ring.event(revokes(ring.gate_key), ADA, ADA_KEY)
    assert ring.replayed() == before


def test_a_revoked_key_beside_the_key_in_question_is_no_other_key(ring):
    ring.event(revokes(ADA_KEY), ADA, ADA_OTHER)
    ring.event(revokes(ADA_OTHER), ADA, ADA_OTHER, ADA_KEY)
    with pytest.raises(AuthorityError, match="entry 1"):
        ring.replayed()


def test_a_rotation_gives_no_more_than_the_old_key_had(ring):
    few = ("evidence/v1", "key-event/v1")
    ring.event(begins(kinds=few), GATE, ring.gate_key, NEW)
    ring.event(begins(key=OTHER, replaces="new"), GATE, NEW, OTHER)
    with pytest.raises(AuthorityError, match="more than it had"):
        ring.replayed()


@pytest.mark.parametrize(
    "changed",
    [
        {"keyid": keyid(OTHER.public)},  # NOT OK: the key id of another key
        {"public": b64.encode(NEW.public)[:-2] + "_="},
        {"public": b64.encode(NEW.public)[:-2] + "9="},  # NOT OK: spare bits
    ],
)
def test_a_key_that_is_not_what_it_is_called_is_refused(ring, changed):
    fields = begins().model_dump() | changed
    event = KeyEvent.model_construct(**fields)
    ring.event(event, GATE, ring.gate_key, NEW, about=fields["keyid"])
    with pytest.raises(TamperedError, match="entry 0"):
        ring.replayed()


def test_an_event_about_another_key_than_its_statement_is_refused(ring):
    ring.event(revokes(ring.gate_key), ADA, ADA_KEY, about=keyid(NEW.public))
    with pytest.raises(TamperedError, match="another key"):
        ring.replayed()


@pytest.mark.parametrize(
    "changed",
    [
        {"public": None},
        {"name": None},
        {"kinds": ()},
        {"kinds": ("policy/v1", "evidence/v1")},
        {"kinds": ("policy/v1", "policy/v1")},
        {"replaces": None},
        {"action": KeyAction.REVOKE},
        {"compromised_since_index": 0},
        {"reason": ""},
    ],
)
def test_a_key_event_is_whole(changed):
    with pytest.raises(ValidationError):
        KeyEvent(**(begins().model_dump() | changed))
    assert revokes(NEW, compromised_since_index=3).compromised_since_index == 3


@pytest.mark.parametrize("before", range(6))
def test_a_key_event_is_seen_wherever_its_kind_stands_in_the_bytes(before):
    text = b"x" * before + f"{SPEC}key-event/v1".encode() + b"y" * (7 - before)
    assert _may_be_one(b64.encode(text).encode())
    assert not _may_be_one(b64.encode(b"x" * 60).encode())
    assert ORIGIN
