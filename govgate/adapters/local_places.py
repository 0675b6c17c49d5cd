"""Facts about files on this machine: who may open them, and what keeps their disk.

Source: proc(5), mountinfo; Linux kernel, Documentation/ABI/testing/sysfs-block (dm/uuid, slaves):
cryptsetup gives its devices a uuid that begins with CRYPT-.
"""

import grp
import os
import pwd
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

from govgate.errors import StoreError
from govgate.ports import Found, Item

_MOST_COUNTED = 1_000_000
_STACKED = {"ecryptfs": "ecryptfs", "fuse.gocryptfs": "gocryptfs", "fuse.encfs": "encfs"}
_MOST_DOCUMENT_BYTES = 1 << 20


class LocalPlaces:
    """Looks at files below a folder, or anywhere by whole paths."""

    def __init__(self, folder: Path, system: Path = Path("/")) -> None:
        """Look from a folder.

        Args:
            folder: Where relative paths begin.
            system: Root of proc and sys.
        """
        self._folder = folder
        self._system = system

    def find(self, place: str, most: int) -> Found:
        """See `Surroundings.find`."""
        top = self._folder / place
        with _looking(place):
            if not top.is_dir():
                return Found((self._item(place),), 1)
            paths = sorted(islice(_files(top), _MOST_COUNTED + 1))
            names = (str(Path(place) / path.relative_to(top)) for path in paths[:most])
            items = tuple(self._item(name) for name in names)
        return Found(items, len(paths), counted_all=len(paths) <= _MOST_COUNTED)

    def _item(self, name: str) -> Item:
        about = (self._folder / name).stat()  # of what a link leads to, as that is what is read
        if not stat.S_ISREG(about.st_mode):
            msg = f"{name} is no plain file; name files and folders"
            raise StoreError(msg)
        return Item(
            name=name,
            size_bytes=about.st_size,
            stamp=_stamp(about),
            mode=stat.S_IMODE(about.st_mode),
            owner=_named(pwd.getpwuid, about.st_uid),
            group=_named(grp.getgrgid, about.st_gid),
        )

    def read(self, item: Item, offset: int, size: int) -> bytes:
        """See `Surroundings.read`.

        Raises:
            StoreError: It cannot be read, or is another file than was found.
        """
        path = self._folder / item.name
        with _looking(item.name), path.open("rb") as file:
            file.seek(offset)
            data = file.read(size)
            # What is open and what has the name by now must both be what was found.
            if {_stamp(os.fstat(file.fileno())), _stamp(path.stat())} != {item.stamp}:
                msg = f"{item.name} changed while it was read; measure when nobody writes to it"
                raise StoreError(msg)
        return data

    def at_rest(self, item: Item) -> tuple[str, str]:
        """See `Surroundings.at_rest`.

        Raises:
            StoreError: It is on no disk of this machine.
        """
        with _looking(item.name):
            device = (self._folder / item.name).stat().st_dev
            number = f"{os.major(device)}:{os.minor(device)}"
            for line in self._text("proc/self/mountinfo").splitlines():
                fields, _, rest = line.partition(" - ")
                if fields.split()[2] == number and rest.split()[0] in _STACKED:
                    return _STACKED[rest.split()[0]], ""
        block = self._system / "sys/dev/block" / number
        if not block.exists():
            msg = f"what keeps {item.name} is no disk of this machine that can be looked at; "
            raise StoreError(msg + "encrypt the file itself, or measure where its disk is")
        return ("dm-crypt" if _is_crypt(block.resolve()) else "none"), ""

    def acl(self, item: Item) -> Any:
        """See `Surroundings.acl`; here the mode of its folder, and whether it has a list too."""
        with _looking(item.name):
            path = self._folder / item.name
            folder = path.parent.stat()
            listed = "system.posix_acl_access" in os.listxattr(path)
        return {
            "folder_mode": stat.S_IMODE(folder.st_mode),
            "folder_group": _named(grp.getgrgid, folder.st_gid),
            "listed": listed,
        }

    def document(self, path: str) -> str:
        """See `Surroundings.document`."""
        with _looking(path), (self._folder / path).open("rb") as file:
            return file.read(_MOST_DOCUMENT_BYTES).decode()

    def _text(self, name: str) -> str:
        return (self._system / name).read_text(encoding="utf-8")


def _files(top: Path) -> Iterator[Path]:
    def failed(why: OSError) -> None:
        raise why  # os.walk would leave the folder out

    for folder, _, names in os.walk(top, onerror=failed):
        yield from (Path(folder, name) for name in names)


def _named(ask: object, number: int) -> str:
    try:
        return str(ask(number)[0])  # type: ignore[operator]
    except KeyError:
        return str(number)


def _stamp(about: os.stat_result) -> str:
    return f"{about.st_dev}:{about.st_ino}:{about.st_size}:{about.st_mtime_ns}:{about.st_ctime_ns}"


def _is_crypt(block: Path) -> bool:
    """Tell whether a block device, or all that it is made of, is behind dm-crypt."""
    uuid = block / "dm/uuid"
    if uuid.exists() and uuid.read_text(encoding="ascii").startswith("CRYPT-"):
        return True
    below = block / "slaves"
    parts = [part.resolve() for part in below.iterdir()] if below.is_dir() else []
    return bool(parts) and all(_is_crypt(part) for part in parts)


@contextmanager
def _looking(what: str) -> Iterator[None]:
    """Turn what the system says into ours.

    Raises:
        StoreError: It cannot be looked at.
    """
    try:
        yield
    except (OSError, ValueError, IndexError) as why:
        said = getattr(why, "strerror", None) or type(why).__name__
        msg = f"{what} cannot be looked at ({said}); correct its path, or let this user read it"
        raise StoreError(msg) from why
