"""The vault that an artifact destination names."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from govgate.adapters.clock import SystemClock
from govgate.adapters.model_files import files_of
from govgate.adapters.vault_files import FileVault
from govgate.adapters.vault_s3 import Place, S3Vault
from govgate.errors import ProjectError
from govgate.ports import Vault


def open_vault(
    uri: str,
    *,
    client: Callable[[], Any],
    call: Mapping[str, Any] | None = None,
    upload: Mapping[str, Any] | None = None,
    retention_days: int = 0,
) -> Vault:
    """Open the place where models are.

    Args:
        uri: A path, "file:///..." or "s3://BUCKET/PREFIX".
        client: Gives the boto3 client for S3; not called for a folder.
        call: Words of every call to S3.
        upload: Words of every write to S3.
        retention_days: How long sealed objects are locked, where the bucket has Object Lock.

    Returns:
        The vault.

    Raises:
        ProjectError: The scheme is another.
    """
    parts = urlsplit(uri)
    if parts.scheme in {"", "file"}:
        return FileVault(Path(unquote(parts.path)), files_of)
    if parts.scheme == "s3":
        prefix = parts.path.strip("/")
        place = Place(
            client,
            parts.netloc,
            f"{prefix}/" if prefix else "",
            call or {},
            upload or {},
        )
        return S3Vault(place, SystemClock(), retention_days)
    msg = f"{uri} is neither a folder nor an S3 bucket, so nothing can be sealed there; "
    raise ProjectError(msg + "give --artifacts-destination govgate+file:///... or govgate+s3://...")
