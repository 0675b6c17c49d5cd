"""Statements: a claim about a subject, in the form other tools read too.

Source: in-toto Statement v1
(https://github.com/in-toto/attestation/blob/main/spec/v1/statement.md);
docs/spec/statement.md.
"""

import json
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from govgate.canon import SPEC, canonical
from govgate.errors import EvidenceError, TamperedError
from govgate.records import Subject

STATEMENT = "https://in-toto.io/Statement/v1"
"""Source: in-toto Statement v1, `_type`."""


@dataclass(frozen=True)
class Statement:
    """A verified claim, taken apart."""

    subject: Subject
    predicate_type: str
    """Short name, such as "decision/v1"."""

    predicate: dict[str, Any]


def write_statement(statement: Statement) -> bytes:
    """Write a statement as RFC 8785 bytes.

    Raises:
        EvidenceError: The predicate holds something JSON has not, such as a NaN.
    """
    subject = statement.subject
    algorithm, _, value = subject.content.partition(":")
    try:
        return canonical(
            {
                "_type": STATEMENT,
                "subject": [{"name": subject.name, "digest": {algorithm: value}}],
                "predicateType": SPEC + statement.predicate_type,
                "predicate": statement.predicate,
            }
        )
    except ValueError as why:
        msg = f"{statement.predicate_type} cannot be written as JSON ({why}); give finite numbers"
        raise EvidenceError(msg) from why


def read_statement(data: bytes) -> Statement:
    """Read the bytes of a verified envelope; writing it again must give the same bytes.

    Raises:
        TamperedError: It is no statement of ours, or not in its one spelling.
    """
    try:
        fields: dict[str, Any] = json.loads(data)
        (subject,) = fields["subject"]
        statement = Statement(
            Subject(name=subject["name"], content=f"sha256:{subject['digest']['sha256']}"),
            fields["predicateType"].removeprefix(SPEC),
            dict(fields["predicate"]),
        )
        exact = write_statement(statement) == data
    except (
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
        RecursionError,
        ValidationError,
        EvidenceError,
    ) as why:
        msg = f"this is not a statement of govgate ({type(why).__name__}); distrust its signer"
        raise TamperedError(msg) from why
    if not exact:
        msg = "this statement is not in the one spelling a ledger holds; distrust its signer"
        raise TamperedError(msg)
    return statement
