"""A thousand ways to change a log, each found; what was verified before; times and ids of many."""

import pickle
import random
from base64 import b64encode
from collections import Counter
from datetime import timedelta

import pytest

from govgate.errors import AuthorityError, GovgateError, RollbackError, TamperedError
from govgate.ledger import verify_log
from govgate.ledger.chain import walk
from govgate.ledger.commit import Head, commit_key, read_commit, write_commit
from govgate.ledger.pieces import INDEX_BYTES, MAX_SKEW, NAME_BYTES, name_of, repeated
from govgate.ledger.tiles import pack_entries, unpack_entries
from govgate.testing import CountingIds, MemorySigner, MemoryStore
from tests.ledger.conftest import World

CHANGES = 1_000
SEED = 20_260_101


@pytest.fixture(scope="module")
def grown():
    """A log of 300 entries, and what its store held after each of the publications."""
    world, states = World().create(), []
    for count in (60, 190, 30, 20):
        world.append(count)
        world.publish()
        states.append(dict(world.store.objects))
    return world, states


class Vandal:
    """Changes a log in one of six ways; what it does hangs from its seed alone."""

    def __init__(self, states, seed):
        self.states, self.dice = states, random.Random(seed)  # noqa: S311 -- to be repeated
        self.objects = dict(states[-1])

    def name(self, *prefixes):
        names = [n for n in sorted(self.objects) if n.startswith(prefixes) and n not in self.spare]
        return self.dice.choice(names)

    @property
    def spare(self):
        """Objects that newer ones replaced: their loss changes nothing that the log says."""
        widths = {0: (60, 250), 1: (24,)}
        tiles = {
            f"tile/{level}/{n:03d}.p/{w}"
            for n, all_ in widths.items()
            for w in all_
            for level in (0, "entries")
        }
        return tiles | {f"checkpoints/{size:020d}" for size in (60, 250, 280)}

    def flip_a_byte(self):
        name = self.dice.choice(sorted(self.objects))
        data = bytearray(self.objects[name])
        at = self.dice.randrange(len(data))
        if name == "log.json":
            date = bytes(data).index(b"2026-")
            at = self.dice.choice([i for i in range(len(data)) if not date <= i < date + 24])
        data[at] ^= 1 << self.dice.randrange(8)
        self.objects[name] = bytes(data)

    def delete(self):
        del self.objects[self.name("")]

    def cut_short(self):
        name = self.dice.choice(sorted(self.objects))
        self.objects[name] = self.objects[name][: self.dice.randrange(len(self.objects[name]))]

    def reorder(self):
        self.dice.choice([self.swap_objects, self.swap_entries, self.swap_in_commit])()

    def swap_objects(self):
        kind = self.dice.choice(["commits/", "tile/0/", "tile/entries/"])
        names = [n for n in sorted(self.objects) if n.startswith(kind)]
        one, other = self.dice.sample(names, 2)
        self.objects[one], self.objects[other] = self.objects[other], self.objects[one]

    def swap_entries(self):
        name = self.name("tile/entries/")
        entries = unpack_entries(self.objects[name], name)
        self.objects[name] = pack_entries(self.swapped(entries))

    def swap_in_commit(self):
        """As a writer would who knows the format: the commit itself is a valid one."""
        name = self.name("commits/")
        commit = read_commit(self.head(name), self.objects[name])
        entries = self.swapped(list(commit.entries))
        self.objects[name] = write_commit(self.head(name), commit.batch, entries)

    def drop_an_entry(self):
        self.dice.choice([self.drop_published, self.drop_committed])()

    def drop_published(self):
        name = self.name("tile/entries/")
        entries = unpack_entries(self.objects[name], name)
        del entries[self.dice.randrange(len(entries))]
        self.objects[name] = pack_entries(entries)

    def drop_committed(self):
        name = self.name("commits/")
        commit = read_commit(self.head(name), self.objects[name])
        entries = list(commit.entries)
        del entries[self.dice.randrange(len(entries))]
        self.objects[name] = write_commit(self.head(name), commit.batch, entries)

    def head(self, name):
        store, head = MemoryStore(), Head()
        store.objects = self.states[-1]
        for commit in walk(store, head):
            if commit.key == name:
                return head
            head = commit.head
        raise AssertionError(name)

    def swapped(self, entries):
        one, other = self.dice.sample(range(len(entries)), 2)
        entries[one], entries[other] = entries[other], entries[one]
        return entries

    def roll_back(self):
        self.objects = dict(self.dice.choice(self.states[:-1]))

    WAYS = (flip_a_byte, delete, drop_an_entry, cut_short, reorder, roll_back)


def test_a_thousand_random_changes_are_all_found(grown):
    world, states = grown
    pinned, done, unseen = states[-1]["checkpoint"], Counter(), []
    verify_log(world.store, world.trust, pinned).raise_if_bad()
    for seed in range(SEED, SEED + CHANGES):
        vandal = Vandal(states, seed)
        way = vandal.dice.choice(Vandal.WAYS)
        way(vandal)
        assert vandal.objects != states[-1]
        done[way.__name__] += 1
        store = MemoryStore()
        store.objects = vandal.objects
        # The signatures of the sound log were checked before: hashes alone must find it all.
        if not verify_log(store, world.trust, pinned, verified=pinned).problems:
            unseen.append((seed, way.__name__))
    assert unseen == []
    assert min(done.values()) > CHANGES / 10


@pytest.mark.parametrize("seed", range(5))
def test_a_full_verification_finds_what_the_one_from_a_head_does(grown, seed):
    world, states = grown
    pinned = states[-1]["checkpoint"]
    for way in Vandal.WAYS:
        vandal, store = Vandal(states, seed), MemoryStore()
        way(vandal)
        store.objects = vandal.objects
        assert verify_log(store, world.trust, pinned).problems, way.__name__


def test_a_rollback_without_a_pinned_head_is_not_seen(grown):
    # The test above can fail: what finds it is the head that was kept elsewhere.
    world, states = grown
    store = MemoryStore()
    store.objects = dict(states[0])
    assert verify_log(store, world.trust).problems == ()
    with pytest.raises(RollbackError):
        verify_log(store, world.trust, states[-1]["checkpoint"]).raise_if_bad()


@pytest.mark.parametrize(
    ("count", "opened"),
    [
        (0, 0),  # OK: nothing came since
        (1, 1),  # OK: one, in the bundle that was half full
        (300, 300),  # OK: more than a bundle
    ],
)
def test_only_what_came_after_the_verified_head_is_opened(world, count, opened):
    world.append(10)
    world.publish()
    note = world.log().checkpoint().note
    if count:
        world.append(count)
        world.publish()
    report = verify_log(world.store, world.trust, verified=note)
    report.raise_if_bad()
    assert (report.size, report.verified_before) == (10 + count, 10)
    assert sum(report.kinds.values()) == opened


def test_an_entry_before_the_verified_head_is_still_hashed(world):
    world.append(300)
    world.publish()
    note = world.log().checkpoint().note
    bundle = world.store.objects["tile/entries/000"]
    world.store.objects["tile/entries/000"] = bundle[:50] + b"?" + bundle[51:]
    with pytest.raises(TamperedError, match="tile/entries/000"):
        verify_log(world.store, world.trust, verified=note).raise_if_bad()


def test_a_verified_head_of_another_history_opens_everything(world):
    other = World().create()
    other.append(5)
    other.publish()
    world.append(9, signers=[MemorySigner("somebody")])
    world.publish()
    report = verify_log(world.store, world.trust, verified=other.log().checkpoint().note)
    assert {type(why) for why in report.problems} == {TamperedError, AuthorityError}
    assert report.verified_before == 0


def test_a_verified_head_that_nobody_signed_opens_everything(world):
    world.append(3, signers=[MemorySigner("somebody")])
    world.publish()
    note = world.log().checkpoint().note.decode()
    root = b64encode(b"r" * 32).decode()
    forged = note.replace(note.split("\n")[2], root).encode()
    report = verify_log(world.store, world.trust, verified=forged)
    assert len(report.problems) == 1 + 3
    assert report.verified_before == 0


def test_a_commit_that_is_published_in_part_is_reported(world):
    world.append(3)
    world.publish()
    whole = world.store.objects.pop(commit_key(0))
    longer = (*read_commit(Head(), whole).entries, world.entry())
    world.store.objects[commit_key(0)] = write_commit(Head(), "b", longer)
    with pytest.raises(TamperedError, match="published in part"):
        verify_log(world.store, world.trust).raise_if_bad()


@pytest.mark.parametrize(
    ("back", "told"),
    [
        (timedelta(0), []),  # OK: at one moment
        (MAX_SKEW, []),  # OK: exactly on the bound
        (MAX_SKEW + timedelta(milliseconds=1), [3]),  # NOT OK: a clock went backwards
        (timedelta(days=1), [3]),  # NOT OK
    ],
)
def test_an_entry_dated_before_the_one_in_front_is_a_hint_and_no_problem(world, back, told):
    world.append(3)
    world.clock.pass_time(-back)
    world.append(2)
    world.publish()
    report = verify_log(world.store, world.trust)
    report.raise_if_bad()
    assert [hint.index for hint in report.backdated] == told
    assert all(hint.by == back for hint in report.backdated)


def test_times_are_compared_across_pieces_too(world):
    world.append(2_048)
    world.clock.pass_time(-timedelta(hours=1))
    world.append(1)
    world.publish()
    assert [h.index for h in verify_log(world.store, world.trust).backdated] == [2_048]


def test_ids_that_come_again_are_found_wherever_they_stand():
    names = bytearray()
    for index, entry_id in enumerate(["a", "b", "c", "b", "a", "b"]):
        names += name_of(entry_id) + index.to_bytes(INDEX_BYTES, "big")
    assert len(names) == 6 * (NAME_BYTES + INDEX_BYTES)
    assert sorted(repeated(names)) == [3, 4, 5]


def test_an_id_that_comes_again_is_named_once(world):
    world.append(2)
    for _ in range(2):
        world.append(ids=CountingIds())
    assert verify_log(world.store, world.trust).duplicates == (
        "00000000-0000-7000-8000-000000000001",
    )


def test_a_log_shared_among_others_gives_the_same_report(world):
    world.append(3_000)
    world.publish()
    world.append(5)
    seen = []

    def spread(function, pieces):
        # As a pool does: everything is begun before the first answer is asked for.
        waiting = list(pieces)
        seen.append(len(waiting))
        return [function(piece) for piece in waiting]

    here, there = (
        verify_log(world.store, world.trust),
        verify_log(world.store, world.trust, spread=spread),
    )
    assert here == there
    assert seen == [2, 1]
    assert here.kinds == {"evidence/v1": 3_005}


def test_a_problem_in_any_piece_survives_the_way_home(world):
    world.append(2_050, signers=[MemorySigner("somebody")])
    world.publish()

    def sent(thing):
        return pickle.loads(pickle.dumps(thing))  # noqa: S301 -- our own bytes

    def spread(function, pieces):
        return [sent(function(sent(piece))) for piece in pieces]

    report = verify_log(world.store, world.trust, spread=spread)
    assert len(report.problems) == 2_050
    assert all(isinstance(why, GovgateError) for why in report.problems)
    assert str(report.problems[-1]).startswith("entry 2049: ")
