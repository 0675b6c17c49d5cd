"""A model folder's OpenSSF signature, and that it leaves no file out."""

import os
from pathlib import Path

from govgate.adapters import oms
from govgate.adapters.model_files import files_of
from govgate.errors import EvidenceError
from govgate.tree import TreeDigest, digest_tree


def sign_model(folder: Path, signature: Path, key: Path) -> TreeDigest:
    """Sign every file of a model folder; the passphrase is GOVGATE_KEY_PASSPHRASE's.

    Returns:
        What was signed.

    Raises:
        EvidenceError: It cannot be read, or the signature not be written.
    """
    found = _digest(folder, signature)
    oms.sign(folder, signature, key, os.environ.get("GOVGATE_KEY_PASSPHRASE"))
    return found


def verify_model(folder: Path, signature: Path, key: Path) -> TreeDigest:
    """Check a model folder against its signature, which must cover every file in it.

    Returns:
        What was verified.

    Raises:
        EvidenceError: It does not hold, or leaves files out.
    """
    root = oms.verify(folder, signature, key)
    found = _digest(folder, signature)
    if found.signing_root != root:
        msg = f"{signature} leaves out files that are in {folder}, such as .git or .gitattributes; "
        raise EvidenceError(msg + "remove them, or have every file signed")
    return found


def _digest(folder: Path, signature: Path) -> TreeDigest:
    if not folder.is_dir():
        msg = f"there is no model folder {folder}; pass the folder that holds MLmodel"
        raise EvidenceError(msg)
    own = signature.resolve()
    files = (file for file in files_of(folder) if (folder / file[0]).resolve() != own)
    try:
        return digest_tree(files)
    except OSError as why:
        msg = f"the model folder {folder} cannot be read ({why}); mend its permissions"
        raise EvidenceError(msg) from why
