"""Bytes that may be loaded, in a private folder, or a refusal; nothing of them was run."""

from pathlib import Path

from govgate.integrations.mlflow.fetching import Asked, fetch
from govgate.project import require_attested, require_loadable


def fetch_verified(
    asked: Asked, into: Path, project: Path | None = None, server: str | None = None
) -> Path:
    """Fetch a model, and check what arrived.

    1. A version must carry a decision that a trusted gate runner signed.
    2. Its bytes are copied to where nobody else writes.
    3. The copy's tree digest, and all the decision says, are checked.

    Args:
        asked: What to fetch.
        into: A private, empty folder.
        project: A folder with govgate.yaml; None finds it as `open_guard` does.
        server: Address of the tracking server; None takes MLflow's own setting.

    Returns:
        The model's folder.

    Raises:
        DeniedError: With a reason code.
    """
    if asked.version is not None:
        require_attested(asked.version, project)
    folder = fetch(asked, into, server)
    require_loadable(folder, asked.version, asked.alias, project)
    return folder
