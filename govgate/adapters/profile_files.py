"""A profile's file in the place of a table whose rows nobody kept.

Source: docs/spec/table-profile.md.
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from govgate.errors import EvidenceError
from govgate.ports import Done, Part

SUFFIX = ".json"
_MOST_BYTES = 64 << 20


class ProfileFile:
    """Implements `ports.Profiled`, and `ports.Table` as far as there is anything to say."""

    def __init__(self, path: Path) -> None:
        """Take the path of a file that `govgate profile` wrote; it is read when it is asked for."""
        self._path = path

    @property
    def digest(self) -> str:
        """See `ports.Table.digest`: of the file's bytes, read again each time."""
        return f"sha256:{hashlib.sha256(self._bytes()).hexdigest()}"

    @property
    def columns(self) -> tuple[str, ...]:
        """See `ports.Table.columns`."""
        return tuple(self.profile.plan.columns)

    @cached_property
    def profile(self) -> Any:
        """See `ports.Profiled.profile`."""
        from govgate.profile import from_bytes

        return from_bytes(self._bytes())

    def batches(self, columns: Sequence[str], *, categorical: Sequence[str] = ()) -> Iterator[Any]:
        """Refuse: there are no rows.

        Raises:
            EvidenceError: Always.
        """
        del columns, categorical
        raise EvidenceError(self._no_rows())

    def each(self, job: Callable[[Part], Done]) -> Iterator[Done]:
        """Refuse: there are no rows.

        Raises:
            EvidenceError: Always.
        """
        del job
        raise EvidenceError(self._no_rows())

    def _no_rows(self) -> str:
        return f"{self._path} is a profile, which has no rows; hand over the table itself"

    def _bytes(self) -> bytes:
        try:
            if self._path.stat().st_size > _MOST_BYTES:
                msg = f"{self._path} is too large for a profile; name one `govgate profile` wrote"
                raise EvidenceError(msg)
            return self._path.read_bytes()
        except OSError as why:
            msg = (
                f"{self._path} cannot be read ({why.strerror}); name a file that `govgate profile` "
            )
            raise EvidenceError(msg + "wrote") from why
