"""Erasing a file with personal data: who may, and what is recorded.

Source: docs/spec/evidence-store.md, "Erasing a file".
"""

from collections.abc import Iterable
from datetime import datetime

from pydantic import ValidationError

from govgate.errors import AuthorityError, EvidenceError
from govgate.ledger import ERASURE
from govgate.policy import People
from govgate.project.belief import DATA_PROTECTION
from govgate.project.book import Writing
from govgate.records import Erasure, Subject


def require_eraser(people: People, person: str, trainers: Iterable[str]) -> None:
    """Check that a person may erase a file.

    Args:
        people: Who holds which role.
        person: Who asks for it.
        trainers: Who trained the models that it is kept with.

    Raises:
        AuthorityError: The person lacks the role, or would erase what judges the person's model.
    """
    if not people.holds(person, DATA_PROTECTION):
        msg = f"{person} does not hold role {DATA_PROTECTION} in the people file; "
        raise AuthorityError(msg + "ask somebody who does, or have the role given there")
    if person in trainers:
        msg = f"{person} trained a model that this file is kept with, and may not erase it; "
        raise AuthorityError(msg + f"ask somebody else with role {DATA_PROTECTION}")


def erasure_of_file(commitment: str, person: str, reason: str, at: datetime) -> Writing:
    """Write what a person signs to erase a file.

    Raises:
        EvidenceError: The reason is empty or too long.
    """
    try:
        erasure = Erasure(commitment=commitment, erased_by=person, reason=reason, erased_at=at)
    except ValidationError as why:
        said = why.errors()[0]
        msg = f"the erasure cannot be written ({said['loc'][0]}: {said['msg']}); correct that"
        raise EvidenceError(msg) from why
    return Writing(ERASURE, Subject(name="a file with personal data", content=commitment), erasure)
