"""The policy, the people and the ledger as they are now; read again when a file changed."""

import os
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from govgate.adapters.clock import Stopwatch, SystemClock
from govgate.engine import Demands
from govgate.errors import DeniedError, GovgateError
from govgate.policy import read_people
from govgate.ports import Clock, ModelVersion
from govgate.project.book import Book
from govgate.project.known import Known
from govgate.project.measuring import lint_policy
from govgate.project.settings import Settings, read_text

SLACK = timedelta(minutes=10)
"""How far two honest clocks may be apart."""


@dataclass(frozen=True)
class InForce:
    """What a decision is held against."""

    demands: Demands
    book: Book
    earlier: dict[str, Demands] = field(default_factory=dict)
    """Digest of a policy no longer in force to its rules, for the people known now."""

    def demands_of(self, policy: str, known: Known) -> Demands:
        """Give the rules of a policy that is in force or was, else those in force.

        Args:
            policy: Digest of the policy that a decision names.
            known: The ledger, which holds every policy that was in force.
        """
        if policy == self.demands.policy_digest or policy not in known.policies:
            return self.demands
        if policy not in self.earlier:
            self.earlier[policy] = Demands(known.policies[policy], self.demands.people)
        return self.earlier[policy]


class Rules:
    """A project's policy and people; a change of either file needs no restart."""

    def __init__(self, folder: Path, settings: Settings) -> None:
        """Read them; whatever is missing is an error now."""
        self._folder, self._settings = folder, settings
        self._seen: tuple[tuple[int, int], ...] = ()
        self._rules: InForce | None = None
        self.now()

    def now(self) -> InForce:
        """Give what is in force.

        Raises:
            DeniedError: A file cannot be read.
        """
        paths = [self._folder / p for p in (self._settings.policy, self._settings.people)]
        try:
            seen = tuple((stat.st_mtime_ns, stat.st_size) for stat in map(os.stat, paths))
        except OSError as why:
            msg = f"the policy in force cannot be read ({why}); put the file back"
            raise DeniedError(msg, "VERIFY_UNAVAILABLE", "") from why
        if self._rules is None or seen != self._seen:
            policy, people = lint_policy(paths[0]), read_people(read_text(paths[1]), paths[1].name)
            same = self._rules is not None and self._rules.demands.people == people
            book = self._rules.book if self._rules and same else None
            book = book or Book(self._folder, self._settings, people, policy.retention_days)
            self._rules, self._seen = InForce(Demands(policy, people), book), seen
        return self._rules


class Watch:
    """The machine's clock, unless something shows that it was set back."""

    def __init__(self) -> None:
        """Note the time."""
        self.clock: Clock = SystemClock()
        self._stopwatch = Stopwatch()
        self._started_at = self.clock.now()

    def now(self, known: Known) -> datetime:
        """Give the present moment.

        Args:
            known: The ledger: its newest entry was not written in the future.

        Raises:
            DeniedError: CLOCK; an expired decision would hold again.
        """
        now = self.clock.now()
        for what, least in (
            ("this server's own running time", self._started_at + self._stopwatch.elapsed()),
            ("the newest entry of the ledger", known.newest_at),
        ):
            if least is not None and now < least - SLACK:
                msg = f"the clock says {now}, but {what} says {least}; set the clock right"
                raise DeniedError(msg + ", and restart the server", "CLOCK", "")
        return now


def known_now(book: Book) -> Known:
    """Follow a project's ledger to its end.

    Raises:
        DeniedError: VERIFY_UNAVAILABLE, when it cannot be read.
    """
    try:
        return book.known()
    except GovgateError as why:
        msg = f"the ledger cannot be read: {why}"
        raise DeniedError(msg, "VERIFY_UNAVAILABLE", "") from why


def require_grown(known: Known, version: ModelVersion) -> None:
    """Check that the ledger is not shorter than a version's tags say it was.

    Tags are hints: one that says too little hides nothing that was known otherwise.

    Raises:
        DeniedError: VERIFY_UNAVAILABLE; a revocation may be among what is gone.
    """
    size = version.tags.get("govgate.log.size", "")
    if size.isdecimal() and size.isascii() and int(size[:20]) > known.end:
        msg = f"the ledger had {size[:20]} entries and has {known.end} now; restore it from a copy"
        raise DeniedError(msg, "VERIFY_UNAVAILABLE", "")
