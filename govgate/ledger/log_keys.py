"""The keys of a log: which sign its checkpoints, and up to which size each of them counts.

Source: docs/spec/keys.md, "The log's key".

    <verifier key>                signs checkpoints of any size
    <verifier key> until <size>   was retired there: signs none that is larger
"""

import re
from collections.abc import Iterable
from typing import NamedTuple

from govgate.errors import AuthorityError
from govgate.ledger.note import read_vkey

_RETIRED = re.compile(r"(.*\S) until (0|[1-9][0-9]{0,19})")


class LogKey(NamedTuple):
    """One key of a log."""

    vkey: str
    name: str
    """The log's origin."""

    public: bytes
    """Ed25519, 32 bytes."""

    last_size: int | None
    """Largest checkpoint it signs for, in entries; None while it is in force."""

    def counts_at(self, size: int) -> bool:
        """Tell whether its signature counts under a checkpoint of that size."""
        return self.last_size is None or size <= self.last_size


def split_retired(line: str) -> tuple[str, int | None]:
    """Take "<what> until <size>" apart; the size is None where there is no such end."""
    found = _RETIRED.fullmatch(line)
    return (found[1], int(found[2])) if found else (line, None)


def write_retired(what: str, last_size: int | None) -> str:
    """Write what `split_retired` takes apart."""
    return what if last_size is None else f"{what} until {last_size}"


def read_log_key(line: str) -> LogKey:
    """Read one key of a log.

    Raises:
        AuthorityError: It is no verifier key, with or without its end.
    """
    vkey, last_size = split_retired(line)
    return LogKey(vkey, *read_vkey(vkey), last_size)


def read_log_keys(lines: Iterable[str]) -> tuple[LogKey, ...]:
    """Read the keys of a log, each once.

    Raises:
        AuthorityError: One is malformed, or stands twice.
    """
    keys = tuple(map(read_log_key, lines))
    if len({k.vkey for k in keys}) != len(keys):
        msg = "a log key stands twice; give each once, with or without its end"
        raise AuthorityError(msg)
    return keys
