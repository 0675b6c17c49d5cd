"""Ed25519 keys in the files that ssh-keygen and openssl write.

Source: OpenSSH PROTOCOL.key and RFC 5958 (private half), RFC 8709 and RFC 4253
section 6.6 (public half); read and written by the `cryptography` package.
"""

import os
import stat
import sys
from getpass import getpass
from pathlib import Path
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_ssh_private_key,
    load_ssh_public_key,
)

from govgate.errors import AuthorityError, ProjectError, StoreError

PASSPHRASE = "GOVGATE_KEY_PASSPHRASE"  # noqa: S105 -- the variable's name
"""Variable with the passphrase of protected keys; an argument could be seen by others."""

_NEW_FILE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_OLD_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
_OTHERS = 0o077
"""Permission bits of everybody but the owner."""

_MAX_BYTES = 65_536
"""Guards against a device or a model named as a key; a key has some 400 bytes."""


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
        """Read the key; a protected one with the passphrase of the environment or a terminal.

        Args:
            path: An Ed25519 private key in OpenSSH format or PKCS8 PEM.

        Raises:
            AuthorityError: The file is missing, a link, open to others or in a folder others
                may write to, its passphrase is missing or wrong, or it holds another type of key.
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
        _require_safe_folder(path, path.parent.stat())
        with open(os.open(path, _OLD_FILE), "rb") as file:  # noqa: PTH123 -- a descriptor
            about = os.fstat(file.fileno())
            data = file.read(_MAX_BYTES) if stat.S_ISREG(about.st_mode) else None
    except OSError as why:
        link = path.is_symlink()
        said = "it is a link" if link else why.strerror
        msg = f"the key {path} cannot be read ({said}); make one or name the right file"
        raise AuthorityError(msg) from why
    if data is None:
        msg = f"the key {path} is no file; name the private key's own file"
        raise AuthorityError(msg)
    if (mode := stat.S_IMODE(about.st_mode)) & _OTHERS:
        msg = f"the key {path} has mode {mode:04o}, open to others; run `chmod 600 {path}`"
        raise AuthorityError(msg)
    _require_owner(path, about)
    return data


def _require_safe_folder(path: Path, folder: os.stat_result) -> None:
    # Who may write to the folder can put another key in this one's place; a sticky
    # folder, such as /tmp, lets only a file's owner do that.
    mode = stat.S_IMODE(folder.st_mode)
    if mode & (stat.S_IWGRP | stat.S_IWOTH) and not mode & stat.S_ISVTX:
        msg = f"others may write to the folder of the key {path}; run `chmod go-w {path.parent}`"
        raise AuthorityError(msg)
    if not mode & stat.S_ISVTX:
        _require_owner(path.parent, folder)


def _require_owner(path: Path, about: os.stat_result) -> None:
    if about.st_uid not in {os.geteuid(), 0}:
        msg = f"{path} belongs to user {about.st_uid}, not to you; use a key of your own"
        raise AuthorityError(msg)


def _parse_private(path: Path, data: bytes) -> Ed25519PrivateKey:
    try:
        key = _load(path, data, None)
    except TypeError:
        key = _load_protected(path, data)
    if not isinstance(key, Ed25519PrivateKey):
        msg = f"{path} is no Ed25519 key; make one with `ssh-keygen -t ed25519`"
        raise AuthorityError(msg)
    return key


def _load_protected(path: Path, data: bytes) -> Any:
    try:
        return _load(path, data, _passphrase(path))
    except AuthorityError as why:
        if isinstance(why.__cause__, ValueError):
            msg = f"the passphrase of the key {path} is wrong; give the right one"
            raise AuthorityError(msg) from why
        raise


def _load(path: Path, data: bytes, passphrase: bytes | None) -> Any:
    load = load_ssh_private_key if b"BEGIN OPENSSH" in data[:64] else load_pem_private_key
    try:
        return load(data, passphrase)
    except UnsupportedAlgorithm as why:
        msg = f"the key {path} cannot be opened here ({why.args[0]}); "
        msg += "run `pip install bcrypt`, or make one with `ssh-keygen -t ed25519`"
        raise AuthorityError(msg) from why
    except ValueError as why:
        msg = f"{path} is no OpenSSH private key and no PKCS8 PEM; make one with "
        raise AuthorityError(msg + "`ssh-keygen -t ed25519`") from why


def _passphrase(path: Path) -> bytes:
    given = os.environ.get(PASSPHRASE)
    if given is None and sys.stdin is not None and sys.stdin.isatty():
        try:
            given = getpass(f"passphrase of {path}: ")
        except (EOFError, UnicodeError):
            given = None
    if not given:
        msg = f"the key {path} has a passphrase; set {PASSPHRASE}, or run this in a terminal"
        raise AuthorityError(msg)
    return given.encode("utf-8", "surrogateescape")


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
