"""MLflow's artifact repositories, and no way to change what was judged.

Source: docs/spec/sealed-models.md; MLflow 3.17.2, `mlflow.store.artifact`.
"""

import asyncio
import logging
import os
import posixpath
from collections.abc import AsyncIterable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import urlsplit

from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import PERMISSION_DENIED
from mlflow.store.artifact.artifact_repo import StreamUploadMixin
from mlflow.store.artifact.local_artifact_repo import LocalArtifactRepository
from mlflow.store.artifact.s3_artifact_repo import S3ArtifactRepository

from govgate.errors import DeniedError, GovgateError, StoreError
from govgate.integrations.mlflow.destination import Destination, destination_of, require_free
from govgate.integrations.mlflow.refusal import ERROR_CLASS
from govgate.project import spellings

_log = logging.getLogger("govgate.registry")


def guarded_repository(uri: str, tracking_uri: str | None, registry_uri: str | None) -> Any:
    """Open a folder or bucket through MLflow's own class, guarded.

    Args:
        uri: A path, "file:///..." or "s3://...".
        tracking_uri: MLflow's.
        registry_uri: MLflow's.
    """
    stock = S3ArtifactRepository if urlsplit(uri).scheme == "s3" else LocalArtifactRepository
    made = _guarded(stock)(uri, tracking_uri=tracking_uri, registry_uri=registry_uri)
    made._guard_for(destination_of(uri))  # noqa: SLF001 -- our own
    return made


@lru_cache
def _guarded(stock: type) -> Any:
    # A subclass, so that MLflow's questions for multipart, presigned and streaming hold.
    bases = [GuardsArtifacts, stock]
    if issubclass(stock, StreamUploadMixin):
        bases.insert(0, GuardsStreams)
    return type(f"Guarded{stock.__name__}", tuple(bases), {})


class GuardsArtifacts:
    """Asks before each write and deletion; stands before MLflow's class in the class order."""

    _destination: Destination

    @property
    def _stock(self) -> Any:
        """MLflow's own methods, unguarded."""
        return super()

    def _guard_for(self, destination: Destination) -> None:
        self._destination = destination

    def log_artifact(self, local_file: str, artifact_path: str | None = None) -> None:
        """Write one file, if that may be."""
        self._require_open(artifact_path, local_file)
        self._stock.log_artifact(local_file, artifact_path)

    def log_artifacts(self, local_dir: str, artifact_path: str | None = None) -> None:
        """Write a folder of files, if all of them may be."""
        self._require_open(artifact_path, tree=True)
        for at, _, names in os.walk(local_dir):
            below = Path(at).relative_to(local_dir).as_posix()
            for name in names:
                self._require_open(posixpath.join(artifact_path or "", below), name)
        self._stock.log_artifacts(local_dir, artifact_path)

    def delete_artifacts(self, artifact_path: str | None = None) -> None:
        """Delete a file or folder that neither is, holds nor is in anything judged."""
        self._require_open(artifact_path, tree=True)
        self._stock.delete_artifacts(artifact_path)

    def create_multipart_upload(
        self, local_file: str, num_parts: int = 1, artifact_path: str | None = None
    ) -> Any:
        """Begin an upload in parts."""
        self._require_open(artifact_path, local_file)
        return self._stock.create_multipart_upload(local_file, num_parts, artifact_path)

    def complete_multipart_upload(
        self,
        local_file: str,
        upload_id: str,
        parts: Any = None,
        artifact_path: str | None = None,
    ) -> Any:
        """End an upload in parts, even one that began before the freeze."""
        self._require_open(artifact_path, local_file)
        return self._stock.complete_multipart_upload(local_file, upload_id, parts, artifact_path)

    def abort_multipart_upload(
        self, local_file: str, upload_id: str, artifact_path: str | None = None
    ) -> Any:
        """Give up an upload in parts."""
        self._require_open(artifact_path, local_file)
        return self._stock.abort_multipart_upload(local_file, upload_id, artifact_path)

    def create_presigned_upload_url(self, artifact_path: str, expiration: int = 900) -> Any:
        """Give an address that lets its holder write one file."""
        self._require_open(artifact_path)
        return self._stock.create_presigned_upload_url(artifact_path, expiration)

    def upload_archived_trace_data_bytes(self, data: bytes) -> None:
        """Write a trace's archive, which S3 does without `log_artifact`."""
        self._require_open("", tree=True)
        self._stock.upload_archived_trace_data_bytes(data)

    def get_local_path(self, artifact_path: str) -> str | None:
        """Tell where a file can be served from, if it is the judged one or none was judged."""
        found: str | None = self._stock.get_local_path(artifact_path)
        if found is not None and Path(found).is_file():
            self._require_judged(artifact_path)
        return found

    def get_download_presigned_url(self, artifact_path: str, expiration: int = 300) -> Any:
        """Give an address that lets its holder read one file, under the same condition."""
        self._require_judged(artifact_path)
        return self._stock.get_download_presigned_url(artifact_path, expiration)

    def _download_file(self, remote_file_path: str, local_path: str) -> None:
        """Fetch a file, and let it go on only if it is the judged one or none was judged."""
        self._stock._download_file(remote_file_path, local_path)  # noqa: SLF001 -- MLflow's own hook
        self._require_judged(remote_file_path, Path(local_path))

    def _require_judged(self, path: str, copy: Path | None = None) -> None:
        """Refuse to serve a file from a sealed place that is another by now.

        Raises:
            MlflowException: HTTP 403.
        """
        with self._answering(path):
            self._destination.require_judged(self._place(path), copy)

    def _require_open(
        self, folder: str | None, file: str | os.PathLike[str] = "", *, tree: bool = False
    ) -> None:
        """Refuse to write at a place that is, or is in, something judged.

        Args:
            folder: Below the repository's root.
            file: What is written there; only its last name counts.
            tree: Whether whatever is below is touched too.

        Raises:
            MlflowException: HTTP 403.
        """
        path = posixpath.join(folder or "", Path(file).name if file else "")
        with self._answering(path):
            # As somebody wrote it, and as any layer below may decode it.
            for text in spellings(path):
                require_free(text)
                self._destination.require_open(self._place(text), tree=tree)

    @staticmethod
    @contextmanager
    def _answering(path: str) -> Iterator[None]:
        """Turn whatever the guard raises into a refusal.

        Raises:
            MlflowException: HTTP 403.
        """  # noqa: DOC501 -- `_refusal` makes that exception
        try:
            yield
        except DeniedError as why:
            raise _refusal(path, why) from why
        except (GovgateError, OSError, ValueError) as why:
            _log.exception("the guard failed on %r", path)
            msg = "the server cannot tell whether it was judged; see its log, run govgate doctor"
            raise _refusal(path, DeniedError(msg, "VERIFY_UNAVAILABLE", "")) from why

    def _place(self, path: str) -> str:
        """Write where a path of this repository is, as `Destination` does.

        Raises:
            StoreError: The repository is of a kind that nobody has thought of.
        """
        if isinstance(self, S3ArtifactRepository):
            return self._destination.s3(posixpath.join(self.artifact_uri, path))
        if isinstance(self, LocalArtifactRepository):
            return self._destination.local(Path(self.artifact_dir, path))
        msg = f"{type(self).__name__} has no guard; use a folder or an S3 bucket"
        raise StoreError(msg)


class GuardsStreams(GuardsArtifacts):
    """The same for uploads that MLflow streams to disk."""

    def log_artifact_from_stream(
        self, stream: BinaryIO, artifact_file_name: str, artifact_path: str | None = None
    ) -> None:
        """Write one file as it arrives."""
        self._require_open(artifact_path, artifact_file_name)
        self._stock.log_artifact_from_stream(stream, artifact_file_name, artifact_path)

    async def log_artifact_from_async_stream(
        self,
        chunks: AsyncIterable[bytes],
        artifact_file_name: str,
        artifact_path: str | None = None,
    ) -> None:
        """Write one file as it arrives, under uvicorn."""
        await asyncio.to_thread(self._require_open, artifact_path, artifact_file_name)
        await self._stock.log_artifact_from_async_stream(chunks, artifact_file_name, artifact_path)

    def _publish_staged_artifact(self, temp_file_path: str, to: str, *rest: Any) -> None:
        """Give an upload its name, unless its folder was frozen while it arrived."""
        self._require_open(os.path.relpath(to, self._artifact_folder))
        self._stock._publish_staged_artifact(temp_file_path, to, *rest)  # noqa: SLF001 -- MLflow's own hook

    @property
    def _artifact_folder(self) -> str:
        return str(self._stock.artifact_dir)


def _refusal(path: str, why: DeniedError) -> MlflowException:
    _log.warning("refused %r: %s", path, why.reason)
    return MlflowException(
        f"[govgate] {path or 'the whole store'}: {why.args[0]}",
        error_code=PERMISSION_DENIED,
        error_class=ERROR_CLASS,
        govgate={
            "reason": why.reason,
            "path": path,
            "model": "",
            "version": "",
            "alias": "",
            "failed_gates": [],
            "decision": "",
            "hint": "",
        },
    )
