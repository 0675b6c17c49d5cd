"""What an outbox file says, and what a sender does when the store or the process fails."""

import hashlib

import pytest

from govgate.errors import ConflictError, EvidenceError, StoreError, TamperedError
from govgate.ledger import Sender
from govgate.ledger.commit import Head
from govgate.ledger.outbox import (
    Packed,
    lateness,
    read_parcel,
    write_intent,
    write_parcel,
    write_pending,
)
from govgate.testing import Fault, MemoryOutbox, MemoryStore, SetClock

PLACE = Head(2, "ab" * 32)
LINES = write_intent(Head()) + write_intent(PLACE) + write_pending(SetClock().now())
WHOLE = write_parcel("a", [b"x"]) + LINES


class DownStore(MemoryStore):
    """Answers no read while `down`; with `last_write`, breaks the next write and goes down."""

    def __init__(self, objects):
        super().__init__()
        self.objects, self.down, self.last_write = objects, False, None

    def read(self, key):
        if self.down:
            msg = f"{key} did not answer; try later"
            raise StoreError(msg)
        return super().read(key)

    def _write(self, key, data):
        if self.last_write:
            self.fault, self.down = self.last_write, True
        super()._write(key, data)


@pytest.fixture
def store(world):
    return DownStore(world.store.objects)


@pytest.fixture
def outbox():
    return MemoryOutbox()


def sender(world, store, outbox):
    return Sender(world.log(store), outbox, world.clock)


def refuse(*_):
    raise AssertionError


def texts(world):
    return [entry.decode() for _, entry in world.log().entries()]


def test_the_worked_example_holds_byte_for_byte():
    assert len(WHOLE) == 406
    assert (
        hashlib.sha256(WHOLE).hexdigest()
        == "ee7e96e47c899d065a1fcb00d93a6d74aae71dc52ae98dd787a2ee57bc00a412"
    )
    assert read_parcel("a", WHOLE) == Packed("a", (b"x",), PLACE, SetClock().now())


@pytest.mark.parametrize("end", range(len(WHOLE) - len(LINES), len(WHOLE) + 1))
def test_a_line_that_a_crash_cut_short_counts_for_nothing(end):
    whole = WHOLE[:end].rpartition(b"\n")[0].count(b"\n")
    packed = read_parcel("a", WHOLE[:end])
    assert packed.intent == (None, Head(), PLACE, PLACE)[max(0, whole)]
    assert (packed.pending_since is not None) == (end == len(WHOLE))


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("b", WHOLE),  # NOT OK: another name
        ("a", b""),  # NOT OK: empty
        ("a", WHOLE[:100]),  # NOT OK: cut in the commit
        ("a", WHOLE.replace(b"\x00\x01x", b"\x00\x01y")),  # NOT OK: another entry
        ("a", WHOLE.replace(b'"n":1', b'"n":2')),  # NOT OK: another count
        ("a", WHOLE.replace(b'"start":2', b'"start":?')),  # NOT OK: a whole line that says nothing
        ("a", WHOLE.replace(b'"v":1', b'"v":2')),  # NOT OK: another version
    ],
)
def test_a_damaged_parcel_is_refused(name, data):
    with pytest.raises(TamperedError, match="move it away"):
        read_parcel(name, data)


@pytest.mark.parametrize("fault", [None, *Fault])
def test_a_sent_batch_stands_once_and_leaves_the_outbox(world, store, outbox, fault):
    store.fault = fault
    assert sender(world, store, outbox).send([b"x"], "a").start == 0
    assert (texts(world), outbox.batches, outbox.held) == (["x"], {}, set())


def test_what_no_commit_can_hold_never_reaches_the_outbox(world, store, outbox):
    with pytest.raises(EvidenceError):
        sender(world, store, outbox).send([b"x" * 65_536], "a")
    assert outbox.batches == {}


def test_what_was_never_sent_is_not_recorded_later(world, store, outbox):
    store.down = True
    with pytest.raises(StoreError, match="nothing was recorded"):
        sender(world, store, outbox).send([b"x"], "a")
    store.down = False
    assert sender(world, store, outbox).flush(refuse) == []
    assert (texts(world), outbox.batches) == ([], {})


def test_a_full_outbox_stops_the_write_before_it_is_sent(world, store, outbox):
    outbox.full = True
    with pytest.raises(StoreError):
        sender(world, store, outbox).send([b"x"], "a")
    assert texts(world) == []


def test_an_outbox_that_fills_up_before_the_intent_stops_the_write(world, store, outbox):
    put = outbox.put

    def fill(name, data):
        parcel = put(name, data)
        outbox.full = True
        return parcel

    outbox.put = fill
    with pytest.raises(StoreError, match="nothing was recorded"):
        sender(world, store, outbox).send([b"x"], "a")
    assert (texts(world), outbox.batches) == ([], {})


@pytest.mark.parametrize("published", [False, True])
@pytest.mark.parametrize("fault", Fault)
def test_what_may_have_landed_is_finished_once(world, store, outbox, fault, published):
    store.last_write = fault
    with pytest.raises(StoreError, match="do not repeat"):
        sender(world, store, outbox).send([b"x"], "a")
    store.down, store.last_write = False, None
    world.log().append([b"other"], "b")
    if published:
        world.publish()
    ((packed, appended),) = sender(world, store, outbox).flush(refuse)
    assert packed.entries == (b"x",)
    assert sorted(texts(world)) == ["other", "x"]
    assert texts(world)[appended.start] == "x"
    assert outbox.batches == {}


def test_a_batch_left_by_another_process_is_found_behind_ones_own_head(world, store, outbox):
    ahead = sender(world, store, outbox)
    ahead.send([b"first"], "a")
    outbox.batches["b"] = write_parcel("b", [b"x"]) + write_intent(end_of(world))
    world.log().append([b"x"], "b")
    outbox.held.add("b")
    ahead.send([b"second"], "c")
    outbox.held.clear()
    ((_, appended),) = ahead.flush(refuse)
    assert (appended.start, texts(world)) == (1, ["first", "x", "second"])


def end_of(world):
    log = world.log()
    log._follow("", [])
    return log._at()


def test_an_intent_whose_commit_is_gone_writes_nothing(world, store, outbox):
    place = end_of(world)
    world.log().append([b"one"], "a")
    world.publish()
    outbox.batches["b"] = write_parcel("b", [b"x"]) + write_intent(place)
    del world.store.objects["commits/" + "0" * 20]
    before = dict(world.store.objects)
    with pytest.raises(TamperedError):
        sender(world, store, outbox).flush(refuse)
    assert world.store.objects == before
    assert "b" in outbox.batches


def test_a_batch_name_used_for_other_entries_is_refused(world, store, outbox):
    world.log().append([b"one"], "a")
    with pytest.raises(ConflictError):
        sender(world, store, outbox).send([b"two"], "a")
    assert texts(world) == ["one"]


def test_a_promised_batch_is_recorded_later_and_its_delay_told(world, store, outbox):
    store.down = True
    promised_at = world.clock.now()
    assert sender(world, store, outbox).send_or_keep([b"x", b"y"], "a") is None
    store.down = False
    told = []
    sender(world, store, outbox).flush(lambda *said: told.append(lateness(*said, world.clock)))
    assert [(t.start, t.entries, t.pending_since) for t in told] == [(0, 2, promised_at)]
    assert (texts(world), outbox.batches) == (["x", "y"], {})


def test_a_promise_stays_until_its_delay_is_told(world, store, outbox):
    store.down = True
    sender(world, store, outbox).send_or_keep([b"x"], "a")
    store.down = False
    with pytest.raises(AssertionError):
        sender(world, store, outbox).flush(refuse)
    assert "a" in outbox.batches
    told = []
    sender(world, store, outbox).flush(lambda *said: told.append(said))
    assert (len(told), texts(world), outbox.batches) == (1, ["x"], {})


def test_no_promise_is_made_that_the_outbox_cannot_keep(world, store, outbox):
    store.down = True
    put = outbox.put

    def fill(name, data):
        parcel = put(name, data)
        outbox.full = True
        return parcel

    outbox.put = fill
    with pytest.raises(StoreError):
        sender(world, store, outbox).send_or_keep([b"x"], "a")
