"""Private keys by the name that govgate.yaml gives them: a file, a folder, or a URI."""

from pathlib import Path
from typing import TYPE_CHECKING

from govgate.adapters.keys import FileSigner, read_public
from govgate.adapters.secret_files import FileSecrets
from govgate.errors import AuthorityError
from govgate.project.settings import Settings, read_text

if TYPE_CHECKING:
    from govgate.ports import Secrets, Signer


def open_signer(folder: Path, name: str, public: str) -> "Signer":
    """Open a private key.

    Args:
        folder: The project's folder, from which paths go.
        name: A path, "awskms:KEY_ARN?region=REGION", or "ssl:URI" for securesystemslib.
        public: Path of its public half, which a key behind "ssl:" is held against.

    Raises:
        AuthorityError: The key cannot be used.
        ProjectError: The public half of a key behind "ssl:" cannot be read.
    """
    # Late: these import what most projects do not need.
    if name.startswith("awskms:"):
        from govgate.adapters.kms import KmsSigner

        return KmsSigner(name)
    if name.startswith("ssl:"):
        from govgate.adapters.signers import LibrarySigner

        return LibrarySigner(name, read_public(read_text(folder / public)))
    if not (folder / name).exists() and ":" in name:
        msg = f"{name!r} is no file and no URI of a key; write a path, awskms:… or ssl:…"
        raise AuthorityError(msg)
    return FileSigner(folder / name)


def open_secrets(folder: Path, settings: Settings) -> "Secrets":
    """Open the keys of files with personal data."""
    return FileSecrets(folder / settings.keys.erasable)
