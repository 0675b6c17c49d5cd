"""Which objects a log is made of, and what may ever happen to each.

Source: docs/spec/index.md, "Layout"; docs/spec/s3-keys.md, "Writing".
"""

from govgate.errors import LedgerError
from govgate.ledger.tiles import WIDTH, read_tile_path

_LOCKED = (
    "checkpoints/",
    "commits/",
    "cosignatures/",
    "evidence/",
    "signers/",
    "tile/",
    "timestamps/",
)
_CREATED_ONCE = (*_LOCKED, "log.json")


def is_partial(key: str) -> bool:
    """Tell whether a key is that of a partial tile or bundle, which a full one makes needless."""
    place = read_tile_path(key)
    return place is not None and place[2] != WIDTH


def is_created_once(key: str) -> bool:
    """Tell whether an object never changes once it is there; all but hints and probes."""
    return key.startswith(_CREATED_ONCE)


def is_kept(key: str) -> bool:
    """Tell whether an object never changes and never goes."""
    return is_created_once(key) and not is_partial(key)


def is_locked(key: str) -> bool:
    """Tell whether a store that can lock keeps an object from being deleted."""
    return key.startswith(_LOCKED) and not is_partial(key)


def require_partial(key: str) -> None:
    """Refuse to remove anything but a partial tile or bundle; the last guard, in every store.

    Raises:
        LedgerError: The key is of something else.
    """
    if not is_partial(key):
        msg = f"{key} is no partial tile and is never removed; report this as a defect of govgate"
        raise LedgerError(msg)
