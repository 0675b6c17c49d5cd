"""What every record shares: frozen, closed, canonical, named by its digest."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, StringConstraints

from govgate.canon import digest
from govgate.errors import EvidenceError


def _to_utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC)


Utc = Annotated[AwareDatetime, AfterValidator(_to_utc)]
"""A moment with a time zone, kept in UTC. Naive datetimes are refused."""

Digest = Annotated[str, StringConstraints(pattern=r"^sha256:[0-9a-f]{64}$")]
"""A content name: "sha256:" and 64 lowercase hex characters."""

Word = Annotated[str, StringConstraints(min_length=1, max_length=250, pattern=r"^\S(.*\S)?$")]
"""A short text that is not empty and has no space at either end."""


class Record(BaseModel):
    """A frozen record with no unknown fields.

    Two records with the same fields have the same digest on every machine.
    """

    # Where a field takes any JSON, NaN would else be written as null, as if nobody had measured.
    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        strict=True,
        allow_inf_nan=False,
        ser_json_inf_nan="constants",
    )

    @property
    def digest(self) -> str:
        """Content name: "sha256:" and 64 lowercase hex characters.

        Raises:
            EvidenceError: A number is not finite, or an integer too large to be exact.
        """
        try:
            return digest(self.model_dump(mode="json"))
        except ValueError as why:
            msg = f"a number in this {type(self).__name__} cannot be kept exactly ({why}); "
            raise EvidenceError(msg + "give a finite one below 2**53") from why
