"""Which names are governed, whatever disguise they come in.

Source: Unicode NFKC and case folding; MLflow 3.17.2 lets an alias hold any
Unicode word character and a trailing newline, and reads " 1" and "01" as 1.
"""

import re

from mlflow.entities.model_registry.model_version_stages import get_canonical_stage
from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import INVALID_PARAMETER_VALUE
from mlflow.utils.validation import (
    _validate_model_alias_name,
    _validate_model_alias_name_reserved,
)

from govgate.errors import DeniedError
from govgate.policy import plain_name

ATTESTATION = "govgate.attestation"
"""A reserved tag a client may set: the DSSE envelope of a decision or an adoption."""

REVOCATION = "govgate.revocation"
"""The other one: the DSSE envelope of a revocation or a release."""

REGISTERED_BY = "govgate.registered_by"
RECORDED_BY = "govgate.recorded_by"
MOVED_BY = "govgate.moved_by"
DECISION = "govgate.decision"
SEALED_URI = "govgate.sealed_uri"
SIGNING_ROOT = "govgate.signing_root_sha256"

GOVERNED_STAGES = ("Staging", "Production")

_PLAIN_ALIAS = re.compile(r"[A-Za-z0-9_-]+")
_LARGEST_VERSION = 2**31 - 1
"""Largest value of the database's version column; beyond it a driver fails, not refuses."""


def reserved(key: str) -> bool:
    """Tell whether a tag's key is ours, in any case, width or padding."""
    return plain_name(key).startswith("govgate.")


def reserved_webhook(name: object) -> bool:
    """Tell whether a webhook's name is ours, in any case, width or padding."""
    return plain_name(str(name)).startswith("govgate-")


def stage_alias(stage: str) -> str:
    """Write a stage as decisions name it, such as "stage:Production"."""
    return f"stage:{get_canonical_stage(stage)}"


def version_number(version: object) -> int:
    """Read a version as MLflow does, so that what is judged is what is moved.

    Raises:
        MlflowException: It is no whole number from 1 to 2**31 - 1; HTTP 400.
    """
    try:
        number = int(str(version))
    except ValueError:
        number = 0
    if not 1 <= number <= _LARGEST_VERSION:
        msg = f"[govgate] {str(version)[:40]!r} is no model version; give a number such as 7"
        raise MlflowException(msg, error_code=INVALID_PARAMETER_VALUE)
    return number


def require_plain_alias(alias: str) -> None:
    """Refuse an alias that could be mistaken for another.

    Raises:
        MlflowException: MLflow itself forbids the name; HTTP 400.
        DeniedError: It is more than ASCII letters, digits, "_" and "-".
    """
    _validate_model_alias_name(alias)
    _validate_model_alias_name_reserved(alias)
    if not _PLAIN_ALIAS.fullmatch(alias):
        msg = f"alias {alias!r} is not plain; use only letters A-Z and a-z, digits, _ and -"
        raise DeniedError(msg, "MALFORMED", "")
