"""The server's artifact destination: what is inside it, and the sealing done there."""

import json
import os
import posixpath
from collections.abc import Iterator
from functools import lru_cache, partial
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from govgate.errors import DeniedError, ProjectError
from govgate.integrations.mlflow.environment import DESTINATION, GUARDED, IS_WORKER, SERVES
from govgate.ports import Vault
from govgate.project import Sealing, is_reserved, open_vault

_PIECE_BYTES = 1 << 18


class Destination:
    """One folder or bucket below which judged bytes are frozen and sealed.

    A place is written "file:/absolute/path" or "s3:bucket/key", so that two
    ways to the same bytes are the same place.
    """

    def __init__(self, uri: str, retention_days: int = 0) -> None:
        """Use a path, "file:///..." or "s3://..."."""
        self.sealing = Sealing(vault_at(uri, retention_days))
        self._root = self.place_of(uri)

    @staticmethod
    def local(path: Path) -> str:
        """Write a local path as a place; links lead where they lead."""
        return f"file:{os.path.realpath(path)}"

    @staticmethod
    def s3(uri: str) -> str:
        """Write an S3 address as a place; a doubled slash is read as one."""
        bucket, _, key = uri.removeprefix("s3://").partition("/")
        return f"s3:{posixpath.normpath(posixpath.join(bucket, key.lstrip('/')))}"

    def place_of(self, uri: str) -> str:
        """Write a path, "file:///..." or "s3://..." as a place."""
        parts = urlsplit(uri)
        return self.s3(uri) if parts.scheme == "s3" else self.local(Path(unquote(parts.path)))

    def below(self, place: str) -> str | None:
        """Return the path of a place below the root, "" for the root, None when outside."""
        if place == self._root:
            return ""
        inside = place.startswith(f"{self._root.rstrip('/')}/")
        return place[len(self._root.rstrip("/")) + 1 :] if inside else None

    def require_open(self, place: str, *, tree: bool) -> None:
        """Refuse a place that is sealed or in a frozen folder, or with `tree` holds one.

        Raises:
            DeniedError: It does.
        """
        path = self.below(place)
        if path is None:
            if not tree or not self._root.startswith(f"{place.rstrip('/')}/"):
                return
            path = ""
        require_free(path)
        if self.sealing.is_frozen(path) or (tree and self.sealing.holds_frozen(path)):
            msg = "these bytes were judged and stay as they are; log the model anew and assess that"
            raise DeniedError(msg, "FROZEN_ARTIFACT", "")

    def require_judged(self, place: str, copy: Path | None) -> None:
        """Refuse to serve a file of a sealed place that is another by now; see `Sealing`.

        Raises:
            DeniedError: It is another.
        """
        path = self.below(place)
        if path:
            self.sealing.require_judged(path, partial(_pieces, copy) if copy else None)


def _pieces(file: Path) -> Iterator[bytes]:
    with file.open("rb") as opened:
        while piece := opened.read(_PIECE_BYTES):
            yield piece


def require_free(path: str) -> None:
    """Refuse a path with a name in it that is the server's own.

    Raises:
        DeniedError: It has one, or leads upwards.
    """
    if is_reserved(path):
        msg = "the name is kept for sealed models; choose one without govgate-sealed and .."
        raise DeniedError(msg, "VAULT", "")


def destination_of(uri: str) -> Destination:
    """Return the server's destination, or outside a server, that of a repository itself."""
    named = os.environ.get(DESTINATION, "")
    return _opened(named.removeprefix(GUARDED) if named.startswith(GUARDED) else uri, 0)


def own_destination(retention_days: int) -> Destination:
    """Return the destination of the server that this process is a worker of.

    Args:
        retention_days: How long sealed objects are locked, where the bucket has Object Lock.

    Raises:
        ProjectError: The server has none that is guarded, so judged bytes would not be safe.
    """
    named = os.environ.get(DESTINATION, "")
    if not named.startswith(GUARDED):
        raise ProjectError(_unguarded(named))
    return _opened(named.removeprefix(GUARDED), retention_days)


def require_guarded_destination() -> None:
    """Refuse to be part of a server whose artifact store is not guarded.

    In the server's parent process the words of its command line tell; in its
    workers the environment does. Elsewhere there is nothing to refuse.

    Raises:
        ProjectError: It is not.
    """
    import click

    command = click.get_current_context(silent=True)
    said: dict[str, Any] = command.params if command else {}
    if "artifacts_destination" in said and "serve_artifacts" in said:
        serves, named = said["serve_artifacts"], str(said["artifacts_destination"] or "")
    elif IS_WORKER in os.environ:
        serves = os.environ.get(SERVES) == "true"
        named = os.environ.get(DESTINATION, "")
    else:
        return
    if not serves:
        msg = "this server serves no artifacts, so judged bytes cannot be kept; "
        raise ProjectError(msg + "start it with --serve-artifacts")
    if not named.startswith(GUARDED):
        raise ProjectError(_unguarded(named))


def _unguarded(named: str) -> str:
    return (
        f"the artifact destination {named or '(none)'} is not guarded, so anybody could exchange "
        "judged bytes; start the server with --artifacts-destination govgate+file:///... or "
        "govgate+s3://..."
    )


@lru_cache
def _opened(uri: str, retention_days: int) -> Destination:
    return Destination(uri, retention_days)


def vault_at(uri: str, retention_days: int = 0) -> Vault:
    """Open a folder or bucket as MLflow would: its endpoint, credentials and TLS settings."""
    from mlflow.environment_variables import (
        MLFLOW_S3_EXPECTED_BUCKET_OWNER,
        MLFLOW_S3_UPLOAD_EXTRA_ARGS,
    )
    from mlflow.store.artifact.s3_artifact_repo import _get_s3_client

    owner = MLFLOW_S3_EXPECTED_BUCKET_OWNER.get()
    return open_vault(
        uri,
        client=_get_s3_client,
        call={"ExpectedBucketOwner": owner} if owner else {},
        upload=json.loads(MLFLOW_S3_UPLOAD_EXTRA_ARGS.get() or "{}"),
        retention_days=retention_days,
    )
