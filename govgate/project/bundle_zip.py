"""Writing a bundle: one zip file, the same bytes for the same members.

Source: docs/spec/bundle.md; APPNOTE.TXT 6.3.10 for zip.
"""

import hashlib
import os
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from govgate.errors import StoreError
from govgate.project.bundled_files import BundledFile

MANIFEST = "MANIFEST"

_FIRST_MOMENT = (1980, 1, 1, 0, 0, 0)
"""The earliest a zip file can say; fixed, so that the same evidence gives the same bytes."""

_MODE = 0o100644 << 16

_NEW_FILE = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


def manifest(members: Mapping[str, bytes], files: Mapping[str, BundledFile]) -> bytes:
    """List members as `sha256sum` does, sorted by name."""
    hashes = {name: hashlib.sha256(data).hexdigest() for name, data in members.items()}
    hashes |= {name: each.file.sha256.removeprefix("sha256:") for name, each in files.items()}
    return "".join(f"{hashes[name]}  {name}\n" for name in sorted(hashes)).encode()


def write_bundle(path: Path, members: Mapping[str, bytes], files: Mapping[str, BundledFile]) -> str:
    """Write the zip: sorted names, one date, nothing compressed, readable to its owner.

    Args:
        path: Where no file is yet; after an error there is none.
        members: Name to bytes.
        files: Name to what is streamed.

    Returns:
        "sha256:" and the 64 hex characters of its digest.

    Raises:
        GovgateError: It exists or cannot be written, or a kept file cannot be read.
    """
    whole = {**members, MANIFEST: manifest(members, files)}
    with _new_file(path) as opened, open(opened, "w+b") as file:  # noqa: PTH123 -- a descriptor
        with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as bundle:
            for name in sorted([*whole, *files]):
                if name in whole:
                    _add(bundle, name, len(whole[name]), iter([whole[name]]))
                else:
                    _add(bundle, name, files[name].file.size_bytes, files[name].blocks())
        file.seek(0)
        return f"sha256:{hashlib.file_digest(file, 'sha256').hexdigest()}"


@contextmanager
def _new_file(path: Path) -> Iterator[int]:
    """Open a new file, and remove it when something goes wrong.

    Raises:
        StoreError: It exists or cannot be written.
    """
    done = made = False
    try:
        opened = os.open(path, _NEW_FILE, 0o600)
        made = True
        yield opened
        done = True
    except OSError as why:
        msg = f"{path} cannot be written ({why}); name a new file with -o"
        raise StoreError(msg) from why
    finally:
        if made and not done:
            path.unlink(missing_ok=True)


def _add(bundle: zipfile.ZipFile, name: str, size_bytes: int, blocks: Iterator[bytes]) -> None:
    info = zipfile.ZipInfo(name, _FIRST_MOMENT)
    info.create_system, info.external_attr = 3, _MODE
    # From the size zipfile tells whether the member needs the long form.
    info.file_size = size_bytes
    with bundle.open(info, "w") as member:
        for block in blocks:
            member.write(block)
