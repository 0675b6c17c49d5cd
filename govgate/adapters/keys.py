"""Ed25519 keys in the files that ssh-keygen writes.

Source: OpenSSH PROTOCOL.key (private half), RFC 8709 and RFC 4253 section 6.6
(public half); read and written by the `cryptography` package.
"""

import os
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_ssh_private_key,
    load_ssh_public_key,
)

from govgate.errors import AuthorityError, ProjectError, StoreError

_NEW_FILE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_OTHERS = 0o077
"""Permission bits of everybody but the owner."""


def create_key(path: Path | str, comment: str) -> None:
    """Make a key: the private half at `path`, mode 0600, the public half at `path`.pub.

    Args:
        path: Where no file is yet.
        comment: Whose key it is; stands in the public half.

    Raises:
        ProjectError: There is a file already, or the comment is more than one line.
        StoreError: The files cannot be written.
    """
    if not comment.isprintable():
        msg = f"{comment!r} cannot be a key's comment; use one line"
        raise ProjectError(msg)
    key = Ed25519PrivateKey.generate()
    private = key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())
    public = key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH)
    # The public half first: an interruption then leaves no private half without it.
    _write_new(Path(f"{path}.pub"), public + f" {comment}".rstrip().encode() + b"\n", 0o644)
    _write_new(Path(path), private, 0o600)


def _write_new(path: Path, data: bytes, mode: int) -> None:
    try:
        with open(os.open(path, _NEW_FILE, mode), "wb") as file:  # noqa: PTH123 -- a descriptor
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
    except FileExistsError as why:
        msg = f"{path} exists; move it away, or make the key under another name"
        raise ProjectError(msg) from why
    except OSError as why:
        msg = f"{path} cannot be written ({why.strerror}); check the folder and its permissions"
        raise StoreError(msg) from why


class FileSigner:
    """Implements `ports.Signer` with a key file that only its owner can read."""

    def __init__(self, path: Path | str) -> None:
        """Read the key.

        Args:
            path: An Ed25519 private key in OpenSSH format.

        Raises:
            AuthorityError: The file is missing, open to others, protected by a passphrase,
                or holds another type of key.
        """
        self._key = _parse_private(Path(path), _read_private(Path(path)))

    @property
    def public(self) -> bytes:
        """See `ports.Signer.public`."""
        return self._key.public_key().public_bytes_raw()

    def sign(self, data: bytes) -> bytes:
        """See `ports.Signer.sign`."""
        return self._key.sign(data)


def _read_private(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode & 0o777
            data = file.read()
    except OSError as why:
        msg = f"the key {path} cannot be read ({why.strerror}); make one or name the right file"
        raise AuthorityError(msg) from why
    if mode & _OTHERS:
        msg = f"the key {path} has mode {mode:04o}, open to others; run `chmod 600 {path}`"
        raise AuthorityError(msg)
    return data


def _parse_private(path: Path, data: bytes) -> Ed25519PrivateKey:
    try:
        key = load_ssh_private_key(data, password=None)
    except (TypeError, UnsupportedAlgorithm) as why:
        msg = f"the key {path} has a passphrase, which cannot be asked for yet; use one without"
        raise AuthorityError(msg) from why
    except ValueError as why:
        msg = f"{path} is no OpenSSH private key; make one with `ssh-keygen -t ed25519`"
        raise AuthorityError(msg) from why
    if not isinstance(key, Ed25519PrivateKey):
        msg = f"{path} is no Ed25519 key; make one with `ssh-keygen -t ed25519`"
        raise AuthorityError(msg)
    return key


def read_public(source: Path | str) -> bytes:
    """Read a public key.

    Args:
        source: The line "ssh-ed25519 AAAA… comment", or the path of a file that holds it.

    Returns:
        The raw key, 32 bytes.

    Raises:
        AuthorityError: It cannot be read, or is no Ed25519 public key.
    """
    try:
        line = source.read_text() if isinstance(source, Path) else source
        key = load_ssh_public_key(line.strip().encode())
    except OSError as why:
        msg = f"the public key {source} cannot be read ({why.strerror}); name the right file"
        raise AuthorityError(msg) from why
    except (ValueError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, Ed25519PublicKey):
        msg = f"{source} is no line `ssh-ed25519 AAAA… comment`; give the .pub half of the key"
        raise AuthorityError(msg)
    return key.public_bytes_raw()
