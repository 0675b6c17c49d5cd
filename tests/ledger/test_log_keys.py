"""One log key replaces another: both sign for a while, and the old one signs nothing larger."""

import json

import pytest

from govgate.errors import AuthorityError, RollbackError, StoreError, TamperedError
from govgate.ledger import (
    Checkpoint,
    Log,
    Trust,
    b64,
    create_log,
    keyid,
    leaf_hash,
    read_log_key,
    read_log_keys,
    read_trust,
    verify_log,
    verify_proof,
    vkey,
    write_retired,
    write_tlog_policy,
    write_trust,
)
from govgate.ledger.checkpoint import HINT, checkpoint_key, open_checkpoint, write_checkpoint
from govgate.ledger.note import sign_note
from govgate.ledger.publish import publish
from govgate.records import KeyEvent
from govgate.testing import Fault, MemorySigner, MemoryStore, SetClock
from tests.ledger.conftest import GATE, ORIGIN, World
from tests.ledger.test_key_events import Ring

OLD, NEW = MemorySigner("log"), MemorySigner("log 2")
V_OLD, V_NEW = vkey(ORIGIN, OLD.public), vkey(ORIGIN, NEW.public)
ENDED = [V_NEW, f"{V_OLD} until 4"]
"""How readers have it once the old key was retired at 4 entries."""


@pytest.fixture
def rotated():
    """Sizes 1 and 2 signed by the old key, 3 and 4 by both, 5 by the new one."""
    world = World().create()
    for keys, signers in (
        ([V_OLD], [OLD]),
        ([V_OLD], [OLD]),
        ([V_OLD, V_NEW], [OLD, NEW]),
        ([V_OLD, V_NEW], [NEW, OLD]),
        (ENDED, [NEW]),
    ):
        world.append()
        Log(world.store, ORIGIN, keys).publish(*signers)
    return world


def trusting(world, keys):
    return Trust(tuple(keys), world.trust.signers)


def test_old_and_new_checkpoints_hold_once_the_old_key_was_retired(rotated):
    verify_log(rotated.store, trusting(rotated, ENDED)).raise_if_bad()
    assert Log(rotated.store, ORIGIN, ENDED).checkpoint().checkpoint.size == 5


@pytest.mark.parametrize("keys", [[V_OLD], [V_NEW]])
@pytest.mark.parametrize("size", [3, 4])
def test_while_both_sign_an_auditor_needs_only_one_of_the_keys(rotated, keys, size):
    key = checkpoint_key(size)
    note = rotated.store.read(key)
    assert open_checkpoint(note, ORIGIN, keys, key).checkpoint.size == size
    assert note.count(b"\n\xe2\x80\x94 ") == 2


@pytest.mark.parametrize(
    ("size", "signers", "keys", "counts"),
    [
        (4, [OLD], ENDED, True),  # OK: exactly where it was retired
        (5, [OLD], ENDED, False),  # NOT OK: one larger
        (5, [OLD, NEW], ENDED, True),  # OK: the new key signed as well
        (1, [NEW], ENDED, True),  # OK: a size from before the new key began
        (0, [OLD], [f"{V_OLD} until 0"], True),  # OK
        (1, [OLD], [f"{V_OLD} until 0"], False),  # NOT OK
        (5, [NEW], [V_OLD], False),  # NOT OK: an auditor who was not told of the new key
    ],
)
def test_a_retired_key_counts_up_to_its_size(size, signers, keys, counts):
    text = write_checkpoint(Checkpoint(ORIGIN, size, bytes(32)))
    note = sign_note(text, ORIGIN, *signers)
    if counts:
        assert open_checkpoint(note, ORIGIN, keys, "it").checkpoint.size == size
        return
    with pytest.raises(AuthorityError, match="; "):
        open_checkpoint(note, ORIGIN, keys, "it")


def test_who_knows_only_the_old_key_is_told_which_key_signed_and_what_to_do(rotated):
    with pytest.raises(AuthorityError) as caught:
        Log(rotated.store, ORIGIN, [V_OLD]).checkpoint()
    assert "+".join(V_NEW.split("+")[:2]) in str(caught.value)
    assert "get a new trust file from the log's owner" in str(caught.value)


def test_a_stolen_old_key_forks_nothing_larger(rotated):
    fork = MemoryStore()
    create_log(fork, ORIGIN, V_OLD, SetClock())
    thief = Log(fork, ORIGIN, [V_OLD])
    thief.append([rotated.entry(text=f"forged {n}") for n in range(9)], "b")
    thief.publish(OLD)
    with pytest.raises(AuthorityError, match="retired at 4"):
        Log(fork, ORIGIN, ENDED).checkpoint()
    report = verify_log(fork, trusting(rotated, ENDED))
    assert any("retired at 4" in str(why) for why in report.problems)


@pytest.mark.parametrize("size", [2, 4])
def test_a_fork_no_larger_than_the_end_is_caught_by_any_later_checkpoint(rotated, size):
    fork = MemoryStore()
    create_log(fork, ORIGIN, V_OLD, SetClock())
    thief = Log(fork, ORIGIN, [V_OLD])
    thief.append([rotated.entry(text=f"forged {n}") for n in range(size)], "b")
    thief.publish(OLD)
    pinned, trust = rotated.store.read(checkpoint_key(5)), trusting(rotated, ENDED)
    # Whoever saw a later checkpoint sees that the fork does not lead to it,
    assert verify_log(fork, trust).problems == ()
    assert any(isinstance(p, RollbackError) for p in verify_log(fork, trust, pinned).problems)
    # and put among the true ones it is no beginning of theirs.
    rotated.store.objects[checkpoint_key(size)] = fork.objects[HINT]
    with pytest.raises(TamperedError, match="forked"):
        verify_log(rotated.store, trust).raise_if_bad()


def test_a_changed_signature_of_either_key_is_tampering(rotated):
    key = checkpoint_key(4)
    note = rotated.store.read(key)
    first, second = [at for at in range(len(note)) if note.startswith(b"\xe2\x80\x94", at)]
    for at in (first + 60, second + 60):
        bad = bytearray(note)
        bad[at] = ord("A") if bad[at] != ord("A") else ord("B")
        with pytest.raises(TamperedError):
            open_checkpoint(bytes(bad), ORIGIN, ENDED, key)


def test_the_order_of_the_keys_does_not_change_the_bytes():
    assert sign_note("t\n", ORIGIN, OLD, NEW) == sign_note("t\n", ORIGIN, NEW, OLD)


def test_a_retired_key_publishes_nothing_more(rotated):
    Log(rotated.store, ORIGIN, ENDED).append([rotated.entry()], "b")
    before = dict(rotated.store.objects)
    for signers in ([OLD], [OLD, NEW]):
        with pytest.raises(AuthorityError, match="retired at 4 entries; publish with"):
            Log(rotated.store, ORIGIN, ENDED).publish(*signers)
    with pytest.raises(AuthorityError):
        Log(rotated.store, ORIGIN, ENDED).publish()
    assert rotated.store.objects == before


class Beaten(MemoryStore):
    """Another publisher writes each checkpoint a moment before this one."""

    def __init__(self, signers, root=None):
        super().__init__()
        self.signers, self.root = signers, root

    def create(self, key, data):
        if key.startswith("checkpoints/") and key not in self.objects:
            text = data.decode().rpartition("\n\n")[0] + "\n"
            if self.root:
                text = write_checkpoint(Checkpoint(ORIGIN, int(key[-20:]), self.root))
            self.objects[key] = sign_note(text, ORIGIN, *self.signers)
        super().create(key, data)


@pytest.mark.parametrize("other", [[OLD], [NEW], [OLD, NEW]])
def test_publishers_with_other_keys_accept_each_others_checkpoint(other):
    world = World(store=Beaten(other)).create()
    world.append(3)
    signed = publish(world.store, ORIGIN, [V_OLD, V_NEW], [OLD, NEW])
    assert signed.note == world.store.read(checkpoint_key(3)) == world.store.read(HINT)
    assert signed.note == sign_note(write_checkpoint(signed.checkpoint), ORIGIN, *other)


@pytest.mark.parametrize(
    ("signers", "root", "error"),
    [
        ([OLD, NEW], bytes(32), TamperedError),  # NOT OK: another root of that size
        ([MemorySigner("nobody")], None, AuthorityError),  # NOT OK: nobody's signature
    ],
)
def test_a_racing_checkpoint_that_is_not_ours_stops_the_publisher(signers, root, error):
    world = World(store=Beaten(signers, root)).create()
    world.append(3)
    with pytest.raises(error):
        publish(world.store, ORIGIN, [V_OLD, V_NEW], [OLD, NEW])
    assert world.store.read(HINT) is None


@pytest.mark.parametrize("fault", list(Fault))
def test_a_publication_with_two_keys_is_finished_whichever_write_is_interrupted(fault):
    class Failing(MemoryStore):
        left = 0

        def _write(self, key, data):
            self.left -= 1
            self.fault = fault if self.left == 0 else None
            super()._write(key, data)

    for at in range(1, 6):
        world = World(store=Failing()).create()
        world.append(3)
        world.publish()
        world.append(2)
        world.store.left = at
        log = Log(world.store, ORIGIN, [V_OLD, V_NEW])
        try:
            log.publish(OLD, NEW)
        except StoreError:
            # Whoever goes on may still have, or already have lost, one of the keys.
            log.publish(*([OLD], [NEW], [OLD, NEW])[at % 3])
        verify_log(world.store, trusting(world, [V_OLD, V_NEW])).raise_if_bad()
        assert log.checkpoint().checkpoint.size == 5


def test_a_proof_from_before_the_rotation_still_holds(rotated):
    text = Log(MemoryStoreAt(rotated.store, 2), ORIGIN, [V_OLD]).prove(1)
    leaf = leaf_hash(dict(Log(rotated.store, ORIGIN, ENDED).entries())[1])
    assert verify_proof(text, leaf, ORIGIN, ENDED).size == 2
    with pytest.raises(AuthorityError):
        verify_proof(text, leaf, ORIGIN, [V_NEW, f"{V_OLD} until 1"])


class MemoryStoreAt(MemoryStore):
    """A store as it stood when its newest checkpoint was of that size."""

    def __init__(self, store, size):
        super().__init__()
        self.objects = {**store.objects, HINT: store.objects[checkpoint_key(size)]}
        for key in [
            k for k in self.objects if k.startswith("checkpoints/") and int(k[-20:]) > size
        ]:
            del self.objects[key]


@pytest.mark.parametrize(
    "line",
    [
        f"{V_OLD} until",  # NOT OK: no size
        f"{V_OLD} until -1",
        f"{V_OLD} until 04",
        f"{V_OLD} until 4 until 5",
        f"{V_OLD} until 4 ",
        f"{V_OLD}  until 4",
        f"{V_OLD} until " + "9" * 21,
        f"{V_OLD} UNTIL 4",
        "until 4",
    ],
)
def test_a_line_that_is_no_log_key_is_refused(line):
    with pytest.raises(AuthorityError):
        read_log_key(line)


def test_a_log_key_stands_once_with_one_end():
    assert read_log_key(f"{V_OLD} until 4").last_size == 4
    assert write_retired(V_OLD, 4) == f"{V_OLD} until 4"
    with pytest.raises(AuthorityError, match="twice"):
        read_log_keys([V_OLD, f"{V_OLD} until 4"])


def test_the_end_of_a_key_is_kept_in_the_trust_file_and_left_out_for_other_tools(rotated):
    trust = trusting(rotated, ENDED)
    assert read_trust(write_trust(trust)) == trust
    assert f'"{V_OLD} until 4"' in write_trust(trust)
    assert write_tlog_policy(trust).splitlines()[:2] == [f"log {V_NEW}", "quorum none"]


def hands_over(**changed):
    fields = {
        "action": "rotate-log",
        "keyid": keyid(NEW.public),
        "public": b64.encode(NEW.public),
        "name": ORIGIN,
        "replaces": keyid(OLD.public),
        "reason": "yearly",
    }
    return KeyEvent.model_validate_json(json.dumps(fields | changed))


@pytest.fixture
def ring():
    return Ring().create()


def test_a_rotation_of_the_log_key_is_recorded_and_changes_nobody(ring):
    event = hands_over()
    ring.event(event, GATE, ring.gate_key, OLD, NEW)
    assert ring.replayed() == ring.base


@pytest.mark.parametrize(
    ("signers", "changed", "error"),
    [
        ([NEW], {}, AuthorityError),  # NOT OK: the old log key did not sign
        ([OLD], {}, AuthorityError),  # NOT OK: nor the new one
        ([OLD, NEW], {"name": "other.example/ledger"}, AuthorityError),  # NOT OK: another log
        ([OLD, NEW], {"keyid": "ab" * 32}, TamperedError),  # NOT OK: another key's name
        ([OLD, NEW], {"replaces": "ab" * 32}, AuthorityError),  # NOT OK: no key of this log
    ],
)
def test_a_rotation_of_the_log_key_that_not_both_signed_is_refused(ring, signers, changed, error):
    event = hands_over(**changed)
    ring.event(event, GATE, ring.gate_key, *signers)
    with pytest.raises(error, match="entry 0"):
        ring.replayed()
