"""Names below a registry's artifact store that are the server's own.

    <experiment>/models/govgate-sealed-<64 hex>/<attempt>/artifacts/...   judged bytes
    <experiment>/models/govgate-sealed-<64 hex>/<attempt>/sealed.json     what they are
    govgate-frozen/<folder>/govgate-frozen                                <folder> was judged

Source: docs/spec/sealed-models.md.
"""

import re
import unicodedata
from collections.abc import Iterator
from urllib.parse import unquote

SEALED, FROZEN = "govgate-sealed", "govgate-frozen"
MANIFEST = "sealed.json"
SERVED = "mlflow-artifacts:/"
"""Begins the URI of whatever the server itself hands out."""

_SEALED_FOLDER = re.compile(
    r"(?:workspaces/[^/]+/)?[^/]+/models/govgate-sealed-([0-9a-f]{64})/[0-9a-f]{16}/artifacts"
)
_TOP = re.compile(r"((?:workspaces/[^/]+/)?[^/]+)/[^/]+/.+")
"""An experiment's folder, and in it at least a run's or model's folder and one more name."""

_FREEZABLE_PARTS = 3
"""A folder less deep would be a whole experiment's or run's, with more in it than one model."""


def spellings(path: str) -> tuple[str, ...]:
    """Return a path as it is, and as whoever decodes it again would read it."""
    found = [path]
    while (plain := unquote(found[-1])) != found[-1]:
        found.append(plain)
    return tuple(found)


def is_reserved(path: str) -> bool:
    """Tell whether any name in a path is the server's own, or leads upwards, in any disguise."""
    return any(_own(name) for text in spellings(path) for name in re.split(r"[/\\]", text))


def _own(name: str) -> bool:
    if name == "..":
        return True
    # Some file systems ignore invisible characters, and dots and spaces at the end.
    plain = unicodedata.normalize("NFKC", name).casefold()
    plain = "".join(c for c in plain if unicodedata.category(c)[0] != "C").strip(" .")
    return plain.startswith((SEALED, FROZEN)) or plain == ".."


def marker(folder: str) -> str:
    """Path of the file that says that a folder is frozen."""
    return f"{FROZEN}/{folder}/{FROZEN}"


def markers_below(folder: str) -> str:
    """Folder that holds something as soon as a folder, or one below it, is frozen."""
    return f"{FROZEN}/{folder}".rstrip("/")


def folders_of(path: str) -> Iterator[str]:
    """Yield the path and the folders above it that can be frozen."""
    parts = [part for part in path.split("/") if part not in {"", "."}]
    for length in range(len(parts), _FREEZABLE_PARTS - 1, -1):
        yield "/".join(parts[:length])


def experiment_of(folder: str) -> str:
    """Return the folder of the experiment that a model's folder is in, or "" for none."""
    found = _TOP.fullmatch(folder)
    return found[1] if found else ""


def sealed_base(experiment: str, content: str) -> str:
    """Folder of the sealed copies of some bytes.

    Args:
        experiment: Folder of the experiment.
        content: Tree digest, "sha256:" and 64 hex characters.
    """
    return f"{experiment}/models/{SEALED}-{content.removeprefix('sha256:')}"


def sealed_folder_of(path: str) -> str:
    """Return the sealed folder that a path is in, or "" when it is in none."""
    found = _SEALED_FOLDER.match(path)
    return found[0] if found and path[found.end() :].startswith("/") else ""


def sealed_content(folder: str) -> str:
    """Return the tree digest that a sealed folder is named after, or "" when it is none."""
    found = _SEALED_FOLDER.fullmatch(folder)
    return f"sha256:{found[1]}" if found else ""


def named_content(uri: str) -> str:
    """Return the tree digest of the sealed place that a URI names, or "" when it is none."""
    return sealed_content(uri.removeprefix(SERVED)) if uri.startswith(SERVED) else ""
