"""Verifying a whole log, offline, against keys the auditor brought along.

Source: docs/spec/verify.md, whose steps are numbered as here. What is wrong
is collected, so that one report names all of it.
"""

from base64 import b64encode
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from govgate.errors import AuthorityError, GovgateError, LedgerError, TamperedError
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
from govgate.ledger.log import read_log
from govgate.ledger.note import read_vkey
from govgate.ledger.reader import TileReader, require_continuation
from govgate.ledger.tree_audit import TreeAudit, audit_of
from govgate.ledger.trust import Trust
from govgate.ports import Store


@dataclass(frozen=True)
class Report:
    """What an audit of a log found."""

    origin: str
    size: int
    """Entries in the newest checkpoint."""

    root: str
    """Its root, base64 as in the checkpoint; "" when there is none."""

    committed: int
    """Entries committed, published or not."""

    tiles: int
    """Tiles and bundles checked."""

    quarantined: tuple[str, ...]
    """Keys of objects that are no valid commits and count as one entry each."""

    duplicates: tuple[str, ...]
    """Entry ids that more than one entry carries."""

    kinds: Mapping[str, int]
    """Kind of statement to number of verified entries."""

    problems: tuple[GovgateError, ...]
    """All that is wrong; empty when the log says what it always said."""

    @property
    def unpublished(self) -> int:
        """Entries committed and not yet in a checkpoint."""
        return max(0, self.committed - self.size)

    def raise_if_bad(self) -> None:
        """Raise the first problem, and say how many more there are.

        Raises:
            GovgateError: TamperedError, RollbackError, AuthorityError or StoreError.
        """
        if not self.problems:
            return
        first, more = self.problems[0], len(self.problems) - 1
        raise type(first)(f"{first} (and {more} more)" if more else str(first)) from first


def _silent(done: int, total: int) -> None:
    """Show nothing."""


def verify_log(
    store: Store,
    trust: Trust,
    pinned: bytes | None = None,
    progress: Callable[[int, int], None] = _silent,
) -> Report:
    """Verify every byte of a log.

    Args:
        store: Where the log, or a copy of it, is.
        trust: Whose signatures count; from the auditor, never from the log.
        pinned: A checkpoint the auditor has seen before, as a signed note.
        progress: Called with (entries done, entries in all).

    Returns:
        What was found; call `raise_if_bad` to fail on problems.
    """
    return _Audit(store, trust, progress).run(pinned)


class _Audit:
    def __init__(self, store: Store, trust: Trust, progress: Callable[[int, int], None]) -> None:
        self.store, self.trust, self.progress = store, trust, progress
        self.problems: list[GovgateError] = []
        self.origin = read_vkey(trust.log_vkeys[0]).name
        self.kinds: Counter[str] = Counter()
        self.ids: Counter[str] = Counter()

    def run(self, pinned: bytes | None) -> Report:
        # (1) The log is one of those the auditor trusts.
        self._attempt(self._identify)
        # (2) Every checkpoint is signed by the log; the newest is what the rest is held against.
        newest = self._newest()
        tree = self._tree(newest)
        # (3) What was seen before, and every older checkpoint, is the beginning of this tree.
        if pinned is not None:
            self._attempt(lambda: self._check_pinned(pinned, newest, tree.reader))
        for key in self.store.keys(CHECKPOINTS) if tree.reader else ():
            self._attempt(lambda key=key: self._check_older(key, tree.reader))  # type: ignore[misc]
        # (4) The commits are a chain, and say what was published.
        tree.check_commits()
        # (5) Every bundle hashes to its tile, and every tile to the root; every entry is signed.
        passed_over = set(tree.quarantined)
        for index, entry in tree.entries(self.progress):
            if commit_key(index) not in passed_over:
                self._attempt(lambda i=index, e=entry: self._check_entry(i, e))  # type: ignore[misc]
        # (6) No tile object says anything else.
        if tree.reader or newest is None:
            tree.check_tiles()
        return self._report(newest, tree)

    def _attempt(self, step: Callable[[], None]) -> None:
        try:
            step()
        except GovgateError as why:
            self.problems.append(why)

    def _identify(self) -> None:
        about = read_log(self.store)
        vkeys = about.get("log_vkeys")
        if not isinstance(vkeys, list) or not vkeys or not set(vkeys) <= set(self.trust.log_vkeys):
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
        if found and self.store.read(checkpoint_key(found[0].checkpoint.size)) is None:
            msg = f"{checkpoint_key(found[0].checkpoint.size)} is missing; restore it from a copy"
            self.problems.append(TamperedError(msg))
        return found[0] if found else None

    def _tree(self, newest: Signed | None) -> TreeAudit:
        if newest is not None:
            try:
                return audit_of(self.store, newest.checkpoint.size, newest.checkpoint.root)
            except LedgerError as why:
                self.problems.append(why)
        return TreeAudit(self.store, None, Edge())

    def _check_pinned(self, note: bytes, newest: Signed | None, reader: TileReader | None) -> None:
        pinned = open_checkpoint(
            note, self.origin, self.trust.log_vkeys, "the pinned checkpoint"
        ).checkpoint
        require_continuation(pinned, newest.checkpoint.size if newest else 0, reader)

    def _check_older(self, key: str, reader: TileReader | None) -> None:
        try:
            signed = self._stored(key)
        except GovgateError:
            return  # reported when the newest was looked for
        if signed and reader and reader.root_at(signed.checkpoint.size) != signed.checkpoint.root:
            msg = f"{key} is signed and does not begin this log: it was forked; keep it as proof"
            raise TamperedError(msg)

    def _check_entry(self, index: int, envelope: bytes) -> None:
        try:
            entry = read_entry(envelope, self.trust, self.store, index)
        except GovgateError as why:
            msg = f"entry {index}: {why}"
            raise type(why)(msg) from why
        self.kinds[entry.kind] += 1
        self.ids[entry.entry_id] += 1

    def _report(self, newest: Signed | None, tree: TreeAudit) -> Report:
        duplicates = tuple(name for name, times in self.ids.items() if times > 1)
        return Report(
            origin=self.origin,
            size=newest.checkpoint.size if newest else 0,
            root=b64encode(newest.checkpoint.root).decode() if newest else "",
            committed=tree.committed,
            tiles=tree.tiles,
            quarantined=tuple(tree.quarantined),
            duplicates=duplicates,
            kinds=dict(self.kinds),
            problems=(*self.problems, *tree.problems),
        )
