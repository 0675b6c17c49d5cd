"""How a refusal leaves the server: HTTP 403, one attempt, a reason a machine can read.

MLflow's client retries 429 and 5xx and then loses the message, so a refusal is
never one of those, and neither is a guard that fails: it refuses.

    {"error_code": "PERMISSION_DENIED", "error_class": "GOVGATE_DENIED",
     "message": "[govgate] models:/credit/2 @champion: ...",
     "govgate": {"reason": "PENDING", "model": "credit", "version": "2",
                 "alias": "champion", "failed_gates": ["sign-off"],
                 "decision": "sha256:3f2a...",
                 "hint": "govgate explain models:/credit/2"}}

Source: MLflow 3.17.2, `mlflow.exceptions.MlflowException.serialize_as_json`.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import PERMISSION_DENIED

from govgate.errors import DeniedError

ERROR_CLASS = "GOVGATE_DENIED"

_MARKS = {
    "EXPIRED": "expired",
    "NO_ATTESTATION": "pending",
    "PENDING": "pending",
    "QUARANTINED": "quarantined",
    "REVOKED": "revoked",
}
"""Reason to the tag `govgate.decision` of a version that is only audited; all others: denied."""

_log = logging.getLogger("govgate.registry")


@dataclass(frozen=True)
class Place:
    """Where somebody wants to move or read, as it is named in a refusal."""

    model: str
    version: str = ""
    alias: str = ""
    """Alias, or stage written "stage:Production"; empty when none is concerned."""

    def __str__(self) -> str:
        """Write the place as people do, such as "models:/credit/2@champion"."""
        version = f"/{self.version}" if self.version else ""
        return f"models:/{self.model}{version}" + (f" @{self.alias}" if self.alias else "")


@contextmanager
def refusing(place: Place) -> Iterator[None]:
    """Turn whatever the guard raises into a refusal; MLflow's own errors pass.

    Raises:
        MlflowException: The guard said no, or could not say; HTTP 403.
    """  # noqa: DOC501 -- `refusal` makes that exception
    try:
        yield
    except MlflowException:
        raise
    except DeniedError as why:
        raise refusal(place, why) from why
    except Exception as why:
        _log.exception("the guard failed on %r", place)
        msg = f"the guard failed ({type(why).__name__}); see the server's log, run govgate doctor"
        raise refusal(place, DeniedError(msg, "VERIFY_UNAVAILABLE", "")) from why


def reason_of(error: MlflowException) -> str:
    """Give the reason of one of our refusals; "" for an error of MLflow's own."""
    if error.error_class != ERROR_CLASS:
        return ""
    return str(error.json_kwargs["govgate"]["reason"])


def mark_of(reason: str) -> str:
    """Say in one word what a refusal makes of a version, as the tag `govgate.decision` does."""
    return _MARKS.get(reason, "denied")


def refusal(place: Place, why: DeniedError) -> MlflowException:
    """Write a refusal, and log it."""
    _log.warning("refused %r: %s", place, why.reason)
    hint = f"govgate explain models:/{place.model}/{place.version}" if place.version else ""
    return MlflowException(
        f"[govgate] {place}: {why.args[0]}",
        error_code=PERMISSION_DENIED,
        error_class=ERROR_CLASS,
        govgate={
            "reason": why.reason,
            "model": place.model,
            "version": place.version,
            "alias": place.alias,
            "failed_gates": list(why.failed_gates),
            "decision": "".join(map(str, why.args[2:3])),
            "hint": hint,
        },
    )
