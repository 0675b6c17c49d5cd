"""A model folder on this machine, read for its tree digest."""

from collections.abc import Iterator
from pathlib import Path

from govgate.errors import EvidenceError
from govgate.tree import File, tree_digest

_PIECE_BYTES = 1 << 20


def content_of_folder(folder: Path) -> str:
    """Name a model folder by its bytes.

    Args:
        folder: As MLflow saves a model; holds no symbolic link.

    Returns:
        Its tree digest.

    Raises:
        EvidenceError: It is absent, empty, holds a link, or cannot be read.
    """
    if not folder.is_dir():
        msg = f"there is no model folder {folder}; pass the folder that holds MLmodel"
        raise EvidenceError(msg)
    try:
        return tree_digest(_files(folder))
    except OSError as why:
        msg = f"the model folder {folder} cannot be read ({why}); mend its permissions"
        raise EvidenceError(msg) from why


def _files(folder: Path) -> Iterator[File]:
    for path in sorted(folder.rglob("*")):
        if path.is_symlink() or not (path.is_file() or path.is_dir()):
            msg = f"{path} is a link or a device, which can change unseen; replace it by a file"
            raise EvidenceError(msg)
        if path.is_file():
            yield path.relative_to(folder).as_posix(), _pieces(path)


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(_PIECE_BYTES):
            yield piece
