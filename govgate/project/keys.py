"""Private keys by the name that govgate.yaml gives them: a file, a folder, or a URI."""

from pathlib import Path
from typing import TYPE_CHECKING

from govgate.adapters.keys import FileSigner, read_public
from govgate.adapters.secret_files import FileSecrets
from govgate.errors import AuthorityError, ProjectError
from govgate.ledger import split_retired, vkey, write_retired
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


def log_vkeys(folder: Path, settings: Settings) -> tuple[str, ...]:
    """The log's keys that a project trusts, each as in `ledger.log_keys`.

    Raises:
        ProjectError: A public key cannot be read.
        AuthorityError: One is no key.
    """
    named = map(split_retired, settings.trust.log)
    origin = settings.ledger.origin
    return tuple(
        write_retired(vkey(origin, read_public(read_text(folder / path))), last)
        for path, last in named
    )


def open_log_signers(folder: Path, settings: Settings) -> "list[Signer]":
    """Open the log's private keys.

    Raises:
        AuthorityError: A key cannot be used.
        ProjectError: `trust.log` does not name the public half of each.
    """
    public = [path for path, last in map(split_retired, settings.trust.log) if last is None]
    names = settings.keys.log
    if len(names) > len(public):
        msg = f"keys.log names {len(names)} keys and trust.log {len(public)} in force; name the "
        raise ProjectError(msg + "public half of each, in the same order")
    return [open_signer(folder, *pair) for pair in zip(names, public, strict=False)]


def open_secrets(folder: Path, settings: Settings) -> "Secrets":
    """Open the keys of files with personal data."""
    return FileSecrets(folder / settings.keys.erasable)
