"""Verifying a whole log, offline, against keys the auditor brought along.

Source: docs/spec/verify.md, whose steps are numbered as here. What is wrong
is collected, so that one report names all of it.
"""

from base64 import b64encode
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

from govgate.errors import AuthorityError, GovgateError, LedgerError, TamperedError
from govgate.ledger.attached import Attached
from govgate.ledger.checkpoint import (
    CHECKPOINTS,
    HINT,
    Signed,
    checkpoint_key,
    open_checkpoint,
    stored_checkpoint,
)
from govgate.ledger.commit import commit_key
from govgate.ledger.edge import Edge
from govgate.ledger.entry import read_entry
from govgate.ledger.log import Log, read_log
from govgate.ledger.log_keys import read_log_keys
from govgate.ledger.note import read_vkey
from govgate.ledger.pieces import (
    Backdated,
    Bundles,
    Commits,
    Found,
    Piece,
    Spread,
    look,
    repeated,
)
from govgate.ledger.quorum import check_witnesses
from govgate.ledger.reader import TileReader, require_continuation
from govgate.ledger.report import Report
from govgate.ledger.tree_audit import TreeAudit, audit_of
from govgate.ledger.trust import Trust
from govgate.ports import Store

if TYPE_CHECKING:
    from datetime import datetime

PIECE = 8
"""Bundles in a piece: 2,048 entries, whose signatures keep a process busy for half a second."""


def _silent(done: int, total: int) -> None:
    """Show nothing."""


def verify_log(  # noqa: PLR0913 -- the last three only say how, each by name
    store: Store,
    trust: Trust,
    pinned: bytes | None = None,
    progress: Callable[[int, int], None] = _silent,
    *,
    verified: bytes | None = None,
    spread: Spread = map,
) -> Report:
    """Verify every byte of a log.

    Args:
        store: Where the log, or a copy of it, is.
        trust: Whose signatures count; from the auditor, never from the log.
        pinned: A checkpoint the auditor has seen before, as a signed note.
        progress: Called with (entries done, entries in all).
        verified: A checkpoint that an earlier call found sound under the same trust: the
            signatures of the entries before it are not checked again, all their hashes are.
        spread: Maps a function over pieces of the log in order; the `map` of a pool of
            processes shares the work, and needs a store that can be sent to them.

    Returns:
        What was found; call `raise_if_bad` to fail on problems.
    """
    return _Audit(store, trust, progress, spread).run(pinned, verified)


class _Audit:
    def __init__(
        self, store: Store, trust: Trust, progress: Callable[[int, int], None], spread: Spread
    ) -> None:
        self.store, self.trust, self.progress, self.spread = store, trust, progress, spread
        self.problems: list[GovgateError] = []
        self.origin = read_log_keys(trust.log_vkeys)[0].name
        self.kinds: Counter[str] = Counter()
        self.names = bytearray()
        self.disowned: list[int] = []
        self.backdated: list[Backdated] = []
        self.last: datetime | None = None
        self.done = 0
        self.attached = Attached()

    def run(self, pinned: bytes | None, verified: bytes | None) -> Report:
        # (1) The log is one of those the auditor trusts.
        self._attempt(self._identify)
        # (2) Every checkpoint is signed by the log; the newest is what the rest is held against.
        newest = self._newest()
        tree = self._tree(newest)
        # (3) What was seen before, and every older checkpoint, is the beginning of this tree.
        if pinned is not None:
            self._check_pinned(pinned, "the pinned checkpoint", newest, tree.reader)
        before = 0
        if verified is not None:
            before = self._check_pinned(
                verified, "the last verified checkpoint", newest, tree.reader
            )
        for key in self.store.keys(CHECKPOINTS) if tree.reader else ():
            self._attempt(lambda key=key: self._check_older(key, tree.reader))  # type: ignore[misc]
        # Witnesses that are trusted cosigned these very checkpoints, and enough of them the newest.
        witnesses = (self.trust.witness_vkeys, self.trust.witness_quorum)
        self.problems += check_witnesses(self.store, newest, *witnesses)
        # (4) Every bundle hashes to its tile, and every tile to the root; every entry is signed.
        # Other processes may begin with that while this one walks the commits.
        published = self.spread(look, self._bundles(newest, tree, before))
        # (5) The commits are a chain, and say what was published.
        self._attempt(tree.check_commits)
        self._take(published, tree)
        self._take(self.spread(look, self._commits(tree)), tree)
        # (6) No tile object says anything else.
        if tree.reader or newest is None:
            tree.check_tiles()
        # (8) Every file that the entries opened are about is kept, and is what they say.
        self.problems += self.attached.check(self.store)
        return self._report(newest, tree, before)

    def _bundles(self, newest: Signed | None, tree: TreeAudit, before: int) -> Iterator[Piece]:
        if newest is None or tree.reader is None:
            return
        at, end = newest.checkpoint, tree.reader.bundles
        for first in range(0, end, PIECE):
            numbers = range(first, min(first + PIECE, end))
            yield Bundles(self.store, self.trust, at.size, at.root, numbers, before)

    def _commits(self, tree: TreeAudit) -> Iterator[Piece]:
        for head, count in tree.unpublished:
            yield Commits(self.store, self.trust, head, count)

    def _take(self, pieces: Iterable[Found], tree: TreeAudit) -> None:
        for found in pieces:
            self.problems += found.problems
            self.disowned += found.disowned
            for index, envelope in found.quarantined:
                if commit_key(index) not in tree.quarantined:
                    self._attempt(lambda i=index, e=envelope: self._check_marker(i, e))  # type: ignore[misc]
            self.kinds += found.kinds
            self.names += found.names
            self.attached.add(found.attached)
            if found.first and self.last:
                between = Found(last=self.last)
                between.follow(*found.first)
                self.backdated += between.backdated
            self.backdated += found.backdated
            self.last = found.last or self.last
            self.done += found.entries
            self.progress(self.done, max(tree.committed, self.done))

    def _attempt(self, step: Callable[[], None]) -> None:
        try:
            step()
        except GovgateError as why:
            self.problems.append(why)

    def _identify(self) -> None:
        about = read_log(self.store)
        vkeys = about.get("log_vkeys")
        trusted = {k.vkey for k in read_log_keys(self.trust.log_vkeys)}
        if not isinstance(vkeys, list) or not vkeys or not set(vkeys) <= trusted:
            msg = "log.json names a log key that is not trusted; compare it with the trust file"
            raise AuthorityError(msg)
        if about.get("origin") not in {read_vkey(v).name for v in vkeys}:
            msg = "log.json names another origin than its keys; restore it from a copy"
            raise TamperedError(msg)
        self.origin = str(about["origin"])

    def _stored(self, key: str) -> Signed | None:
        return stored_checkpoint(self.store, key, self.origin, self.trust.log_vkeys)

    def _newest(self) -> Signed | None:
        """Find the largest checkpoint that verifies, and report those that do not."""
        found: list[Signed] = []
        keys = list(self.store.keys(CHECKPOINTS))

        def look(key: str) -> None:
            signed = self._stored(key)
            if signed and (not found or signed.checkpoint.size > found[-1].checkpoint.size):
                found[:] = [signed]

        for key in keys:
            self._attempt(lambda key=key: look(key))  # type: ignore[misc]
        if keys and self.store.read(HINT) is None:
            self.problems.append(LedgerError(f"{HINT} is missing; publish again to write it"))
        self._attempt(lambda: look(HINT))
        if found:
            self._attempt(lambda: self._require_there(checkpoint_key(found[0].checkpoint.size)))
        return found[0] if found else None

    def _require_there(self, key: str) -> None:
        if self.store.read(key) is None:
            msg = f"{key} is missing; restore it from a copy"
            raise TamperedError(msg)

    def _tree(self, newest: Signed | None) -> TreeAudit:
        if newest is not None:
            try:
                return audit_of(self.store, newest.checkpoint.size, newest.checkpoint.root)
            except LedgerError as why:
                self.problems.append(why)
        return TreeAudit(self.store, None, Edge())

    def _check_pinned(
        self, note: bytes, key: str, newest: Signed | None, reader: TileReader | None
    ) -> int:
        """Check that the log continues a checkpoint seen before.

        Returns:
            Its size, or 0 where it does not.
        """
        try:
            pinned = open_checkpoint(note, self.origin, self.trust.log_vkeys, key).checkpoint
            require_continuation(pinned, newest.checkpoint.size if newest else 0, reader)
        except GovgateError as why:
            self.problems.append(why)
            return 0
        return pinned.size if reader else 0

    def _check_older(self, key: str, reader: TileReader | None) -> None:
        try:
            signed = self._stored(key)
        except GovgateError:
            return  # reported when the newest was looked for
        if signed and reader and reader.root_at(signed.checkpoint.size) != signed.checkpoint.root:
            msg = f"{key} is signed and does not begin this log: it was forked; keep it as proof"
            raise TamperedError(msg)

    def _check_marker(self, index: int, envelope: bytes) -> None:
        """Refuse an entry that only says that it stands for an invalid commit."""
        try:
            read_entry(envelope, self.trust, self.store, index)
        except GovgateError as why:
            msg = f"entry {index}: {why}"
            raise type(why)(msg) from why

    def _duplicates(self) -> tuple[str, ...]:
        """Names of the entries whose id an earlier one carries."""
        log = Log(self.store, self.origin, self.trust.log_vkeys)
        names: dict[str, None] = {}
        for index in sorted(repeated(self.names)):
            _, envelope = next(log.entries(index))
            names[read_entry(envelope, self.trust, self.store, index).entry_id] = None
        return tuple(names)

    def _report(self, newest: Signed | None, tree: TreeAudit, before: int) -> Report:
        problems = (*self.problems, *tree.problems)
        return Report(
            origin=self.origin,
            size=newest.checkpoint.size if newest else 0,
            root=b64encode(newest.checkpoint.root).decode() if newest else "",
            committed=tree.committed,
            tiles=tree.tiles,
            quarantined=tuple(tree.quarantined),
            disowned=tuple(self.disowned),
            # An id is looked up in the log, which must be sound for that.
            duplicates=() if problems else self._duplicates(),
            backdated=tuple(self.backdated),
            verified_before=before,
            kinds=dict(self.kinds),
            unerased=self.attached.unerased(),
            problems=problems,
        )
