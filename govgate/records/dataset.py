"""What is written down of a data set: where it comes from, and why it may be used.

Source: Regulation (EU) 2016/679 (GDPR), articles 5(1)(e), 6(1), 9(2) and 30.
"""

from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from govgate.records.base import Digest, Record, Word

LawfulBasis = Literal[
    "consent",
    "contract",
    "legal-obligation",
    "vital-interests",
    "public-task",
    "legitimate-interests",
]
"""Article 6(1), (a) to (f)."""

SpecialBasis = Literal[
    "explicit-consent",
    "employment-and-social-security",
    "vital-interests",
    "not-for-profit-body",
    "made-public-by-the-person",
    "legal-claims",
    "substantial-public-interest",
    "health-or-social-care",
    "public-health",
    "research-or-statistics",
]
"""Article 9(2), (a) to (j)."""

_Text = Annotated[str, StringConstraints(min_length=1, max_length=1000, pattern=r"^\S(.*\S)?$")]


class DataSet(Record):
    """One data set, as somebody answers for it in `datasets.yaml`."""

    name: Word
    content: Digest
    """Of the bytes as evidence names them, or of the rows; `govgate digest` prints both."""

    source: _Text
    """Where it comes from: an address, or who collected it and how."""

    licence: Annotated[str, StringConstraints(min_length=1, max_length=250)]
    """SPDX expression, such as "CC-BY-4.0"; "LicenseRef-NAME" for one of your own."""

    contact: _Text
    """Who answers for it: a role, not a private person."""

    personal: bool
    """Whether it holds personal data."""

    lawful_basis: LawfulBasis | None = None
    """GDPR article 6(1); needed where it is personal."""

    special_categories: bool = False
    """Whether it holds data of article 9(1), such as health, religion or ethnic origin."""

    special_basis: SpecialBasis | None = None
    """GDPR article 9(2); needed where there are special categories."""

    consent: _Text | None = None
    """Where the records of consent are kept; needed where that is a basis."""

    retention_until: date | None = None
    """Last day on which it may be kept, in UTC; needed where it is personal."""

    @property
    def ends_at(self) -> datetime | None:
        """The moment from which it must not be kept; None where nothing was set."""
        if self.retention_until is None:
            return None
        return datetime.combine(self.retention_until, time(), UTC) + timedelta(days=1)

    @property
    def lacks(self) -> tuple[str, ...]:
        """What the law asks to be written down and is not, by field."""
        consents = {self.lawful_basis, self.special_basis} & {"consent", "explicit-consent"}
        asked = {
            "lawful_basis": self.personal,
            "retention_until": self.personal,
            "special_basis": self.special_categories,
            "consent": bool(consents),
        }
        missing = [name for name, wanted in asked.items() if wanted and not getattr(self, name)]
        # data of article 9 are about persons, whatever the record says
        return (*missing, *(["personal"] if self.special_categories and not self.personal else []))


class DataSets(Record):
    """The whole file."""

    datasets: tuple[DataSet, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _one_record_a_digest(self) -> Self:
        digests = [each.content for each in self.datasets]
        if twice := [d for d in digests if digests.count(d) > 1]:
            msg = f"two records are of {twice[0]}; keep the one that holds"
            raise ValueError(msg)
        return self
