"""May these bytes be loaded here: what a consumer asks before it opens a model.

Source: docs/spec/loading.md.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from govgate.adapters.mlmodel_file import names_outside
from govgate.adapters.model_files import content_of_folder
from govgate.engine import Claim, require_alias
from govgate.errors import DeniedError, GovgateError
from govgate.ports import ModelVersion
from govgate.project.guard import open_guard

_ATTESTATION = "govgate.attestation"


def registry_of(project: Path | None = None) -> str:
    """Address of the registry that a project guards.

    Raises:
        DeniedError: There is no project, or it is not in order.
    """
    with _refusing():
        return open_guard(project).registry_uri


def require_attested(version: ModelVersion, project: Path | None = None) -> None:
    """Refuse a version that nobody trusted vouches for, before its bytes are fetched.

    Args:
        version: What the registry says of the version.
        project: As `require_loadable`.

    Raises:
        DeniedError: With a reason code.
    """
    with _refusing():
        open_guard(project).vouch(_envelope(version), version, None)


def require_loadable(
    folder: Path, version: ModelVersion | None, alias: str, project: Path | None = None
) -> Claim:
    """Check that a decision in force lets these very bytes be loaded.

    Args:
        folder: The bytes, fetched to where nobody else writes.
        version: The registered version they came as, or None for bytes met without one.
        alias: The alias they were asked for by, or a stage written "stage:Production"; "" if none.
        project: A folder with govgate.yaml; None finds it as `open_guard` does.

    Returns:
        What the decision or adoption is good for.

    Raises:
        DeniedError: With a reason code.
    """
    with _refusing():
        guard = open_guard(project)
        content = content_of_folder(folder)
        envelope = _envelope(version) if version else guard.decision_about(content)
        if envelope is None:
            msg = f"the ledger holds no decision about these bytes ({content}); "
            raise DeniedError(msg + "run `govgate assess`", "NO_ATTESTATION", "")
        claim = guard.vouch(envelope, version, content)
        if version and alias and not guard.is_free(version.name, alias):
            require_alias(claim, alias)
        _require_whole(folder)
        return claim


def _envelope(version: ModelVersion) -> bytes:
    envelope = version.tags.get(_ATTESTATION)
    if envelope is None:
        name = f"models:/{version.name}/{version.version}"
        msg = f"{name} carries no decision; run `govgate assess {name}`, then `govgate promote`"
        raise DeniedError(msg, "NO_ATTESTATION", "")
    return envelope.encode()


def _require_whole(folder: Path) -> None:
    if outside := names_outside(folder):
        msg = f"the model reads files outside its folder, which no digest covers ({outside[0]}); "
        raise DeniedError(msg + "log it again with its files inside", "READS_OUTSIDE", "")


@contextmanager
def _refusing() -> Iterator[None]:
    """Turn whatever keeps us from verifying into a no.

    Raises:
        DeniedError: What could not be verified is refused.
    """
    try:
        yield
    except DeniedError:
        raise
    except GovgateError as why:
        msg = f"nothing could be verified: {why.args[0]}"
        raise DeniedError(msg, "VERIFY_UNAVAILABLE", "") from why
