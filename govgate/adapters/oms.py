"""Sign and verify a model folder in the OpenSSF model signing format, with an elliptic curve key.

Source: OpenSSF Model Signing (OMS) 1.0, through the `model-signing` package.
"""

import base64
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from govgate.errors import AuthorityError, EvidenceError, ProjectError


def sign(folder: Path, signature: Path, key: Path, passphrase: str | None) -> None:
    """Sign every file below a folder.

    Args:
        folder: The model.
        signature: Where the bundle is written; left out of itself when in the folder.
        key: PEM file with a private key on P-256, P-384 or P-521.
        passphrase: Opens the key, when it has one.

    Raises:
        AuthorityError: The key cannot be used.
        EvidenceError: The model cannot be read, or the signature not be written.
        ProjectError: The package is not installed.
    """
    with _package():
        from model_signing import hashing, signing
    config = signing.Config()
    try:
        password = passphrase.encode() if passphrase else None
        config.use_elliptic_key_signer(private_key=key, password=password)
    except (OSError, ValueError, TypeError, AttributeError) as why:
        msg = f"{key} cannot sign a model ({why}); give a PEM file with a P-256 private key, "
        raise AuthorityError(
            msg + "such as `openssl ecparam -name prime256v1 -genkey -noout` makes"
        ) from why
    # Every file is signed: what a signature leaves out, anybody may add later.
    hashed = hashing.Config().set_ignored_paths(
        paths=_inside(folder, signature), ignore_git_paths=False
    )
    try:
        config.set_hashing_config(hashed).sign(folder, signature)
    except (OSError, ValueError) as why:
        msg = f"{folder} cannot be signed ({why}); look at its files and at {signature}"
        raise EvidenceError(msg) from why


def verify(folder: Path, signature: Path, key: Path) -> str:
    """Check that a folder's signed files are as they were signed.

    Args:
        folder: The model.
        signature: The bundle.
        key: PEM file with the signer's public key.

    Returns:
        The signed root digest, 64 lowercase hex characters.

    Raises:
        AuthorityError: The key cannot be used, or is not the signer's.
        EvidenceError: The signature does not hold for these files.
        ProjectError: The package is not installed.
    """
    with _package():
        from cryptography.exceptions import InvalidSignature
        from model_signing import hashing, verifying
    config = verifying.Config()
    try:
        config.use_elliptic_key_verifier(public_key=key)
    except (OSError, ValueError, AttributeError) as why:
        msg = f"{key} is no public key to verify a model with ({why}); give the signer's PEM file"
        raise AuthorityError(msg) from why
    hashed = hashing.Config().set_ignored_paths(
        paths=_inside(folder, signature), ignore_git_paths=False
    )
    try:
        config.set_hashing_config(hashed).verify(folder, signature)
        bundle = json.loads(signature.read_bytes())
        signed = json.loads(base64.b64decode(bundle["dsseEnvelope"]["payload"]))
        return str(signed["subject"][0]["digest"]["sha256"])
    except InvalidSignature as why:
        msg = f"{signature} was not signed with the key of {key}; ask the signer for the right one"
        raise AuthorityError(msg) from why
    # A bundle of another shape makes the package fail in any way.
    except Exception as why:
        msg = f"{signature} does not hold for {folder} ({_plainly(why)}); fetch both anew"
        raise EvidenceError(msg) from why


def _plainly(why: Exception) -> str:
    """Leave out the digests, which the package prints as raw bytes; which files differ stays."""
    return re.sub(r": Expected .*?Actual .*?digest_value=.*?\)\\*'", "", str(why)).replace(
        "\\'", "'"
    )


def _inside(folder: Path, signature: Path) -> list[Path]:
    real, within = signature.resolve(), folder.resolve()
    return [real.relative_to(within)] if real.is_relative_to(within) else []


@contextmanager
def _package() -> Iterator[None]:
    """Say what to install.

    Raises:
        ProjectError: It is not installed.
    """
    try:
        yield
    except ImportError as why:
        msg = f"model signing is not installed ({why}); run `pip install govgate[oms]`"
        raise ProjectError(msg) from why
