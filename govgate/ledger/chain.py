"""Following the chain of commits, from any checkpoint to its end.

Source: docs/spec/commit.md, "Reading". A commit is found by its exact key, so
an object under any other key is never part of the log.
"""

from collections import deque
from collections.abc import Iterator
from itertools import takewhile

from govgate.errors import TamperedError
from govgate.ledger.commit import (
    COMMITS,
    MAX_ENTRIES,
    Commit,
    Head,
    claimed_end,
    commit_key,
    read_commit,
)
from govgate.ports import Store


def walk(store: Store, head: Head) -> Iterator[Commit]:
    """Yield the commits from `head` on, until there is none."""
    while (data := store.read(commit_key(head.end))) is not None:
        commit = read_commit(head, data)
        yield commit
        head = commit.head


def seek(store: Store, size: int) -> Head:
    """Return where the chain stands at the size of a checkpoint.

    The last two commits before it settle that when they fit together; when
    they do not, something was put among them, and the whole chain is walked.

    Raises:
        TamperedError: No commit ends there.
    """
    head = _fitting(store, size) if size else Head()
    if head is not None:
        return head
    for commit in walk(store, Head()):
        if commit.head.end == size:
            return commit.head
        if commit.head.end > size:
            break
    msg = (
        f"the commits do not lead to the checkpoint of size {size}; run `govgate ledger verify` to "
        "see which is missing or changed, and restore it"
    )
    raise TamperedError(msg)


def _fitting(store: Store, size: int) -> Head | None:
    """Where the chain stands by its last two commits, or None when they do not fit together."""
    first = size - 2 * MAX_ENTRIES - 1
    listed = store.keys(COMMITS, commit_key(first) if first > 0 else "")
    keys = deque(takewhile(lambda key: key < commit_key(size), listed), maxlen=2)
    head = Head()
    for key in keys:
        digits, data = key.removeprefix(COMMITS), store.read(key)
        if data is None or not digits.isdecimal():
            return None
        commit = read_commit(Head(int(digits), head.prev), data)
        last = key == keys[-1]
        # (1) Each starts where the one before it says it ends.
        if (last and len(keys) > 1 and commit.start != head.end) or (
            len(keys) == 1 and commit.start
        ):
            return None
        # (2) The last is valid after the one before it.
        if last and commit.quarantined:
            return None
        head = Head(claimed_end(commit.start, data) or 0, commit.sha256)
    # (3) It ends at the checkpoint.
    return head if head.end == size else None
