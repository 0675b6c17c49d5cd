"""Whom this project believes: its own files, changed by the key events of its ledger."""

from collections import deque
from threading import RLock
from typing import TYPE_CHECKING

from govgate.engine import REVOCATION
from govgate.errors import AuthorityError, GovgateError
from govgate.ledger import ERASURE, KEY_EVENT, Actor, Log, Trust, keyid, replay, sighting

if TYPE_CHECKING:
    from collections.abc import Iterator

    from govgate.ports import Signer

KEY_ADMIN = "key-admin"
"""Role in people.yaml of those who may add and revoke keys."""

DATA_PROTECTION = "data-protection"
"""Role in people.yaml of those who may erase files with personal data."""

NEEDS_ROLE = {KEY_EVENT: KEY_ADMIN, ERASURE: DATA_PROTECTION}
"""Kinds of statement that not every person may sign, and the role it takes."""
POLICY = "policy/v1"

_REMEMBERED = 8
"""How many of the last entries are kept, to find one among them that tells the time."""

_is_noted = sighting(REVOCATION, POLICY)


class Belief:
    """A trust that follows a log; what was followed once is not read again."""

    def __init__(self, base: Trust, log: Log) -> None:
        """Begin with what the project's files say."""
        self._trust, self._log = base, log
        self._lock = RLock()
        self._mark = b""
        self.end = 0
        """How many entries were followed."""

        self.noted: tuple[tuple[int, bytes], ...] = ()
        """Those of them that may be a policy or a revocation; not opened yet."""

        self.last: deque[tuple[int, bytes]] = deque(maxlen=_REMEMBERED)
        """The last of them."""

    def now(self) -> Trust:
        """Follow the log to its end; two reads of the store where nothing is new.

        Raises:
            GovgateError: The log cannot be read, or a key event in it does not hold.
        """
        with self._lock:
            mark = self._log.mark() if self.end else b""
            if not (mark and mark == self._mark and self._log.ends_at(self.end)):
                self._follow()
                self._mark = mark
            return self._trust

    def _follow(self) -> None:
        new: list[tuple[int, bytes]] = []
        last: deque[tuple[int, bytes]] = deque(maxlen=_REMEMBERED)

        def counted() -> "Iterator[tuple[int, bytes]]":
            for index, envelope in self._log.entries(self.end):
                yield index, envelope
                last.append((index, envelope))
                if _is_noted(envelope):
                    new.append((index, envelope))

        self._trust = replay(self._trust, counted(), self._log.store)
        if last:
            self.end = last[-1][0] + 1
            self.last.extend(last)
            self.noted += tuple(new)

    def best(self) -> tuple[Trust, GovgateError | None]:
        """Follow the log as far as it holds, and give what stood in the way."""
        try:
            return self.now(), None
        except GovgateError as why:
            return self._trust, why


def require_key(trust: Trust, kind: str, actor: Actor, signer: "Signer") -> None:
    """Check before writing that an entry will count: it could never be taken back.

    Raises:
        AuthorityError: The key is not the actor's, may not sign this kind, or counts no more.
    """
    name = keyid(signer.public)
    if name not in trust.signers:
        msg = f"the key {name[:12]} of {actor.id} is trusted by nobody; add it to govgate.yaml"
        raise AuthorityError(msg + " or people.yaml")
    trust.authorise(kind, actor, [name])
