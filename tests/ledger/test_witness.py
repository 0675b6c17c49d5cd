from contextlib import nullcontext

import pytest

from govgate.errors import AuthorityError, LedgerError, RollbackError, StoreError, TamperedError
from govgate.ledger import leaf_hash, sign_note, verify_log
from govgate.ledger.checkpoint import HINT, Checkpoint, checkpoint_key, write_checkpoint
from govgate.ledger.cosign import cosign, read_witness_vkey, witness_vkey
from govgate.ledger.quorum import (
    check_witnesses,
    cosigned_note,
    quorum_met,
    read_witnesses,
    show_cosignatures,
)
from govgate.ledger.witness import Witness, cosignature_key
from govgate.testing import MemorySigner, MemoryStore

AT = 1_767_268_800
NAMES = ("w1", "w2", "w3")
VKEYS = [witness_vkey(name, MemorySigner(name).public) for name in NAMES]


class Remembered:
    """A witness's memory; `broken` loses every write."""

    def __init__(self) -> None:
        self.note, self.broken = None, False

    def turn(self):
        return nullcontext()

    def read(self):
        return self.note

    def write(self, note):
        if self.broken:
            msg = "the disk is full; free some space"
            raise StoreError(msg)
        self.note = note


@pytest.fixture
def witness(world):
    return Witness("w1", MemorySigner("w1"), Remembered(), world.clock)


def look(witness, world, store=None):
    return witness.look(store or world.store, [world.vkey])


def newest(world):
    return world.log().checkpoint()


def key(name="w1", size=2):
    return cosignature_key(size, read_witness_vkey(VKEYS[NAMES.index(name)]))


def grow(world, count=1):
    world.append(count)
    world.publish()


def test_a_witness_cosigns_a_log_that_only_grows(world, witness):
    for size, count in ((2, 2), (5, 3), (300, 295)):
        grow(world, count)
        checkpoint, cosignature = look(witness, world)
        assert (checkpoint.size, cosignature.key.name) == (size, "w1")
        assert world.store.objects[key(size=size)].decode() == cosignature.line
    assert check_witnesses(world.store, newest(world), VKEYS[:1], 1) == []
    verify_log(world.store, world.trust).raise_if_bad()


def test_looking_again_keeps_the_first_cosignature(world, witness):
    grow(world, 2)
    first = look(witness, world)
    witness.memory.note = None
    assert look(witness, world) == first


def test_a_log_without_a_checkpoint_is_not_cosigned(world, witness):
    with pytest.raises(LedgerError, match="no checkpoint"):
        look(witness, world)


def forked(world, count, text="other"):
    """A log of the same keys that says something else."""
    other = type(world)(log_key=world.log_key, gate_key=world.gate_key).create()
    other.append(count, text=text)
    other.publish()
    return other.store


@pytest.mark.parametrize("count", [2, 3])
def test_a_fork_is_refused_at_the_same_size_and_above(world, witness, count):
    grow(world, 2)
    look(witness, world)
    other, before = forked(world, count), witness.memory.note
    with pytest.raises(TamperedError, match="forked"):
        look(witness, world, other)
    assert witness.memory.note == before
    assert not any("cosignatures" in k for k in other.objects)


def test_a_rollback_is_refused(world, witness):
    grow(world, 2)
    earlier = dict(world.store.objects)
    grow(world, 1)
    look(witness, world)
    store = MemoryStore()
    store.objects = earlier
    with pytest.raises(RollbackError):
        look(witness, world, store)
    assert key() not in store.objects


def test_an_unknown_log_is_refused(world, witness):
    grow(world, 2)
    with pytest.raises(TamperedError, match="elsewhere"):
        witness.look(world.store, [world.vkey, *_as_log("elsewhere", world)][::-1])
    with pytest.raises(AuthorityError, match="no trusted key"):
        witness.look(world.store, _as_log("credit.example/ledger", world, "stranger"))
    assert witness.memory.note is None


def _as_log(name, world, word=None):
    from govgate.ledger import vkey

    return [vkey(name, (MemorySigner(word) if word else world.log_key).public)]


def test_tiles_that_do_not_hash_to_the_root_are_not_cosigned(world, witness):
    grow(world, 2)
    world.store.objects["tile/0/000.p/2"] = bytes(64)
    with pytest.raises(TamperedError, match="right edge"):
        look(witness, world)


def test_what_is_not_remembered_is_not_signed(world, witness):
    grow(world, 2)
    witness.memory.broken = True
    with pytest.raises(StoreError):
        look(witness, world)
    assert key() not in world.store.objects


def test_a_memory_of_another_log_is_no_memory(world, witness):
    grow(world, 2)
    witness.memory.note = sign_note("elsewhere\n0\n\n", "elsewhere", MemorySigner("w"))
    with pytest.raises((TamperedError, AuthorityError)):
        look(witness, world)


@pytest.mark.parametrize("junk", [b"", b"junk\n", b"\xff", cosign(
    Checkpoint("credit.example/ledger", 2, leaf_hash(b"z")), "w2", MemorySigner("w2"), AT
).encode()])  # fmt: skip
def test_junk_in_a_witnesss_place_is_found_by_the_witness_and_the_audit(world, witness, junk):
    grow(world, 2)
    world.store.objects[key()] = junk
    with pytest.raises(TamperedError):
        look(witness, world)
    assert check_witnesses(world.store, newest(world), VKEYS, 1)


CHECKPOINT = Checkpoint("credit.example/ledger", 2, leaf_hash(b"x"))
LINES = [cosign(CHECKPOINT, name, MemorySigner(name), AT) for name in NAMES]
OTHER_SIZE = cosign(Checkpoint(CHECKPOINT.origin, 3, CHECKPOINT.root), "w2", MemorySigner("w2"), AT)


@pytest.mark.parametrize(
    ("lines", "quorum", "met"),
    [
        ([], 0, True),  # OK: none is asked for
        ([], 1, False),  # NOT OK: none is there
        (LINES[:2], 2, True),  # OK: exactly enough
        (LINES[:1], 2, False),  # NOT OK: one too few
        ([LINES[0]] * 3, 2, False),  # NOT OK: one witness three times
        ([LINES[0], OTHER_SIZE], 2, False),  # NOT OK: replayed from another size
        ([LINES[0], "junk"], 2, False),  # NOT OK: junk counts for nothing
        (["junk", *LINES[:2]], 2, True),  # OK: and takes nothing away
        ([cosign(CHECKPOINT, "w9", MemorySigner("w9"), AT)] * 2, 1, False),  # NOT OK: a stranger
    ],
)
def test_a_quorum_is_of_different_witnesses(lines, quorum, met):
    assert quorum_met(CHECKPOINT, lines, VKEYS, quorum) is met


def test_a_witness_with_two_keys_counts_once():
    old, new = MemorySigner("old"), MemorySigner("new")
    vkeys = [witness_vkey("w1", k.public) for k in (old, new)] + VKEYS[1:2]
    lines = [cosign(CHECKPOINT, "w1", k, AT) for k in (old, new)]
    assert not quorum_met(CHECKPOINT, lines, vkeys, 2)
    assert quorum_met(CHECKPOINT, [*lines, LINES[1]], vkeys, 2)


def test_a_cosignature_from_the_future_counts_for_nothing():
    assert quorum_met(CHECKPOINT, LINES, VKEYS, 1, now_s=AT)
    assert not quorum_met(CHECKPOINT, LINES, VKEYS, 1, now_s=AT - 301)


@pytest.mark.parametrize(
    ("vkeys", "quorum"),
    [
        (VKEYS, 4),  # more than there are
        (VKEYS, -1),
        ([VKEYS[0], VKEYS[0]], 1),  # the same one twice
        ([VKEYS[0], witness_vkey("w9", MemorySigner("w1").public)], 1),  # one key, two names
        (["junk"], 1),
    ],
)
def test_a_quorum_that_means_nothing_is_refused(world, vkeys, quorum):
    with pytest.raises(AuthorityError):
        read_witnesses(vkeys, quorum)
    assert check_witnesses(world.store, None, vkeys, quorum)


def witnessed(world, names):
    for name in names:
        look(Witness(name, MemorySigner(name), Remembered(), world.clock), world)


def test_too_few_cosignatures_are_a_finding(world):
    grow(world, 2)
    witnessed(world, ["w1"])
    assert check_witnesses(world.store, newest(world), VKEYS, 1) == []
    (problem,) = check_witnesses(world.store, newest(world), VKEYS, 2)
    assert isinstance(problem, AuthorityError)
    assert "w1" in str(problem)
    grow(world)  # the newest is not cosigned yet
    assert check_witnesses(world.store, newest(world), VKEYS, 1)


def test_a_fork_that_a_witness_cosigned_is_a_finding_for_ever(world):
    grow(world, 2)
    other = forked(world, 2)
    witness = Witness("w1", MemorySigner("w1"), Remembered(), world.clock)
    look(witness, world, other)
    world.store.objects[key()] = other.objects[key()]
    grow(world)
    (problem,) = check_witnesses(world.store, newest(world), VKEYS, 0)
    assert "does not verify" in str(problem)


def test_a_cosigned_checkpoint_that_was_removed_is_a_finding(world):
    grow(world, 2)
    witnessed(world, ["w1"])
    grow(world)
    del world.store.objects[checkpoint_key(2)]
    (problem,) = check_witnesses(world.store, newest(world), VKEYS, 0)
    assert "missing" in str(problem)


def test_a_cosignature_from_another_place_is_a_finding(world):
    grow(world, 2)
    witnessed(world, ["w1"])
    world.store.objects[key("w2")] = world.store.objects[key("w1")]
    (problem,) = check_witnesses(world.store, newest(world), VKEYS, 1)
    assert "elsewhere" in str(problem)


def test_files_of_strangers_are_passed_over(world):
    grow(world, 2)
    world.store.objects["cosignatures/junk/00000000"] = b"junk"
    assert check_witnesses(world.store, newest(world), VKEYS, 0) == []


def test_the_hint_carries_the_cosignatures_and_publishing_keeps_them(world):
    grow(world, 2)
    witnessed(world, ["w1", "w2"])
    assert len(show_cosignatures(world.store, [world.vkey], VKEYS)) == 2
    cosigned = world.store.objects[HINT]
    assert cosigned.count("\u2014".encode()) == 3
    world.publish()
    assert world.store.objects[HINT] == cosigned
    for name in ("w1", "w2"):
        del world.store.objects[key(name)]
    assert check_witnesses(world.store, newest(world), VKEYS, 2) == []
    verify_log(world.store, world.trust).raise_if_bad()
    grow(world)
    assert world.store.objects[HINT].count("\u2014".encode()) == 1


def test_a_forged_cosignature_in_the_hint_is_a_finding(world):
    grow(world, 2)
    world.store.objects[HINT] += OTHER_SIZE.encode()
    (problem,) = check_witnesses(world.store, newest(world), VKEYS, 0)
    assert str(problem).startswith(HINT)


def test_a_note_carries_sixteen_signatures_and_no_more(world):
    grow(world, 2)
    signed = newest(world)
    note = write_checkpoint(signed.checkpoint)
    lines = [cosign(signed.checkpoint, f"x{i}", MemorySigner(f"x{i}"), AT) for i in range(15)]
    keys = [
        read_witness_vkey(witness_vkey(f"x{i}", MemorySigner(f"x{i}").public)) for i in range(15)
    ]
    from govgate.ledger.cosign import Cosignature

    found = [Cosignature(k, AT, line) for k, line in zip(keys, lines, strict=True)]
    assert cosigned_note(signed, found).decode().startswith(note)  # OK: 16 with the log's own
    with pytest.raises(LedgerError, match="17"):  # NOT OK
        cosigned_note(signed, [*found, Cosignature(key_of("x15"), AT, LINES[0])])


def key_of(name):
    return read_witness_vkey(witness_vkey(name, MemorySigner(name).public))
