"""What the ledger says that no decision may overlook, whoever else can write to its store."""

from datetime import timedelta

import pytest

from govgate.adapters.clock import RandomIds, SystemClock
from govgate.adapters.keys import FileSigner
from govgate.engine import REVOCATION
from govgate.errors import AuthorityError, DeniedError
from govgate.ledger import Actor, ActorKind, write_entry
from govgate.ports import ModelVersion
from govgate.project import open_guard
from govgate.project.belief import POLICY
from govgate.project.book import GATE, Writing
from govgate.records import Registered, Revocation, RevocationAction, Subject
from govgate.testing import MemorySigner, SetClock

CONTENT = "sha256:" + "ab" * 32
VERSION = ModelVersion("credit", "1", 1000, "models:/m-1", "", {}, ())
NOW = SystemClock().now()
ROGUE = MemorySigner("rogue")


class Registry:
    """One version in a registry, what is ordered about it, and what strangers append."""

    def __init__(self, office):
        self.folder, self.key = office.folder, office.key
        self.guard = open_guard(office.folder)
        policy = office.folder / "policy.yaml"
        text = policy.read_text()
        assert "revocation: {by: [risk]," in text
        policy.write_text(
            text.replace("revocation: {by: [risk],", "revocation: {by: [model-owner],")
        )
        self.open = lambda: office.project

    @property
    def book(self):
        return self.open().book

    def record(self, action="revoke", reason="leaks"):
        return Revocation(
            action=RevocationAction(action),
            subject_content=CONTENT,
            target=Registered(
                registry=self.guard.registry_id, model="credit", version="1", created_ms=1000
            ),
            reason=reason,
            ordered_at=NOW,
        )

    def order(self, person=None, action="revoke"):
        book = self.book
        signer = FileSigner(self.key(person)) if person else book.gate_signer()
        actor = Actor(kind=ActorKind.HUMAN, id=person) if person else GATE
        subject = Subject(name="models:/credit/1", content=CONTENT)
        book.write([Writing(REVOCATION, subject, self.record(action))], signer, actor)
        book.publish()

    def forge(self, count=1, *, kind=REVOCATION, ahead=timedelta(0), actor=GATE, action="revoke"):
        """Append entries in somebody's name by a key that nobody ever believed."""
        book = self.book
        made = [
            write_entry(
                self.record(action, f"forged {n}"),
                kind=kind,
                subject=Subject(name="models:/credit/1", content=CONTENT),
                actor=actor,
                ids=RandomIds(),
                clock=SetClock(NOW + ahead),
                signers=[ROGUE],
                store=book.store,
            )
            for n in range(count)
        ]
        self.append(*made)

    def append(self, *envelopes):
        self.book._log.append(envelopes, RandomIds().new())

    def strike(self, person):
        people = self.folder / "people.yaml"
        lines = people.read_text().splitlines(keepends=True)
        people.write_text("".join(line for line in lines if person not in line))

    def ask(self):
        """Whether the guard in force, and one that is started now, let the version be served."""
        said = set()
        for guard in (self.guard, open_guard(self.folder)):
            try:
                guard.require_unquarantined(VERSION)
                said.add("served")
            except DeniedError as why:
                said.add(why.reason)
        (answer,) = said
        return answer


@pytest.fixture
def registry(office):
    return Registry(office)


@pytest.mark.parametrize("actor", [GATE, Actor(kind=ActorKind.HUMAN, id="olga")])
def test_a_stranger_who_floods_the_ledger_with_revocations_stops_nothing(registry, actor):
    registry.forge(40, actor=actor)
    assert registry.ask() == "served"
    registry.order("olga")
    assert registry.ask() == "QUARANTINED"


def test_a_strangers_release_lifts_nothing(registry):
    registry.order("olga")
    registry.forge(3, action="release", actor=Actor(kind=ActorKind.HUMAN, id="rami"))
    assert registry.ask() == "QUARANTINED"
    registry.order("rami", "release")
    assert registry.ask() == "served"


@pytest.mark.parametrize("flooded", [0, 40])
def test_striking_off_who_revoked_lifts_nothing(registry, flooded):
    registry.order("olga")
    registry.forge(flooded) if flooded else None
    registry.strike("olga")
    assert registry.ask() == "QUARANTINED"
    # Nor is what she signed passed over by anybody else, who is told what to do.
    with pytest.raises(AuthorityError, match="put its line back"):
        list(registry.book.entries())


def test_striking_off_who_released_stops_the_model_again(registry):
    registry.order("olga")
    registry.order("rami", "release")
    assert registry.ask() == "served"
    registry.strike("rami")
    assert registry.ask() == "QUARANTINED"


def test_an_old_release_appended_once_more_lifts_nothing(registry):
    registry.order("olga")
    registry.order("rami", "release")
    *_, (_, again) = registry.book._log.entries()
    registry.order("olga")
    registry.append(again)
    assert registry.ask() == "QUARANTINED"


def test_what_a_stranger_copied_before_it_was_ours_hides_nothing(registry):
    """Whoever sees an order on its way could append its statement first, in another envelope."""
    subject = Subject(name="models:/credit/1", content=CONTENT)
    how = {"kind": REVOCATION, "subject": subject, "actor": GATE, "store": registry.book.store}

    def signed(by):
        same = {"ids": CountingFrom("a"), "clock": SetClock(NOW)}
        return write_entry(registry.record(), signers=[by], **how, **same)

    registry.append(signed(ROGUE))
    assert registry.ask() == "served"
    registry.append(signed(registry.book.gate_signer()))
    assert registry.ask() == "QUARANTINED"


class CountingFrom:
    """Gives one id."""

    def __init__(self, word):
        self.word = word

    def new(self):
        return self.word


@pytest.mark.parametrize("kind", [REVOCATION, POLICY, "evidence/v1"])
@pytest.mark.parametrize("count", [1, 40])
def test_a_strangers_entry_of_the_future_does_not_stop_the_clock(registry, kind, count):
    registry.order("olga")
    registry.forge(count, kind=kind, ahead=timedelta(days=4000))
    for guard in (registry.guard, open_guard(registry.folder)):
        known = guard._rules.now().book.known()
        assert guard.watch.now(known) < NOW + timedelta(hours=1)


def test_strangers_do_not_take_every_bound_of_the_clock_away(registry):
    registry.order("olga")
    registry.forge(40, kind="evidence/v1", ahead=-timedelta(days=4000))
    guard = open_guard(registry.folder)
    known = guard._rules.now().book.known()
    assert known.newest_at >= NOW - timedelta(seconds=1)
    guard.watch.clock = SetClock(NOW - timedelta(minutes=11))
    guard.watch._started_at = NOW - timedelta(days=1)  # only the ledger knows better
    with pytest.raises(DeniedError) as caught:
        guard.watch.now(known)
    assert caught.value.reason == "CLOCK"
