"""What an audit of a log found.

Source: docs/spec/verify.md.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Self

from govgate.errors import GovgateError
from govgate.ledger.pieces import Backdated
from govgate.ledger.version_audit import VersionAudit


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

    disowned: tuple[int, ...]
    """Index of each entry, of those checked now, that is nobody's: only keys signed it that had
    ended before, or were disowned. It counts for nothing, and is no problem: the ledger itself
    says so."""

    duplicates: tuple[str, ...]
    """Entry ids that more than one of the entries checked now carries; not looked for where there
    are problems."""

    backdated: tuple[Backdated, ...]
    """Entries dated before the one in front of them: a hint at a wrong clock, no problem."""

    verified_before: int
    """Entries whose signatures an earlier verification checked, and this one did not."""

    kinds: Mapping[str, int]
    """Kind of statement to number of entries whose signatures were checked now."""

    unerased: tuple[str, ...]
    """Commitments of the files with personal data that the entries checked now attach, and none
    of them erases."""

    problems: tuple[GovgateError, ...]
    """All that is wrong; empty when the log says what it always said."""

    versions: VersionAudit | None = None
    """What was found among older bytes; None where none are kept, or they were not looked at."""

    def with_versions(self, audit: VersionAudit) -> Self:
        """Add what was found among the versions that the store keeps.

        It goes first: it names what to bring back, where the rest says what is missing.
        """
        return replace(self, versions=audit, problems=(*audit.problems, *self.problems))

    @property
    def unpublished(self) -> int:
        """Entries committed and not yet in a checkpoint."""
        return max(0, self.committed - self.size)

    def raise_if_bad(self) -> None:
        """Raise the first problem, and say how many more there are.

        Raises:
            GovgateError: TamperedError, RollbackError, AuthorityError or StoreError.
        """
        raise_first(self.problems)


def raise_first(problems: Sequence[GovgateError]) -> None:
    """Raise the first problem, if there is one, and note all of them on it where there are more.

    Raises:
        GovgateError: Of the first one's kind; `__notes__` holds every problem, in order.
    """
    if problems:
        first, more = problems[0], len(problems) - 1
        error = type(first)(f"{first} (and {more} more)" if more else str(first))
        for problem in problems if more else ():
            error.add_note(str(problem))
        raise error from first
