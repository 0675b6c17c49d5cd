"""The project file `govgate.yaml`: where things are, and whose keys are trusted."""

from pathlib import Path

from govgate.errors import ProjectError
from govgate.policy import read_record
from govgate.records import Record, Word

FILE = "govgate.yaml"


class LedgerSettings(Record):
    """Where the ledger is, and its name for ever."""

    folder: Word = "ledger"
    origin: Word
    """First line of every checkpoint; never change it."""


class KeySettings(Record):
    """Private keys, as files; who only reads needs none of them."""

    gate: Word = "keys/gate"
    log: Word = "keys/log"


class TrustSettings(Record):
    """Public keys, as OpenSSH files, that signatures are checked against."""

    gate: tuple[Word, ...] = ("keys/gate.pub",)
    """Gate runners that may sign evidence and decisions."""

    log: Word = "keys/log.pub"


class RegistrySettings(Record):
    """The MLflow registry that govgate guards."""

    id: Word
    """Part of every decision, so that none can be carried to another registry."""

    uri: Word = "http://127.0.0.1:5000"


class Settings(Record):
    """The whole project file."""

    name: Word
    policy: Word = "policy.yaml"
    people: Word = "people.yaml"
    ledger: LedgerSettings
    keys: KeySettings = KeySettings()
    trust: TrustSettings = TrustSettings()
    registry: RegistrySettings


def find_folder(start: Path) -> Path:
    """Find the project's folder, here or above.

    Args:
        start: Where to begin.

    Returns:
        The nearest folder that holds govgate.yaml.

    Raises:
        ProjectError: There is none.
    """
    for folder in (start, *start.parents):
        if (folder / FILE).is_file():
            return folder
    msg = f"no {FILE} in {start} or above; run `govgate init` or pass --project FOLDER"
    raise ProjectError(msg)


def read_text(path: Path) -> str:
    """Read one of the project's text files.

    Raises:
        ProjectError: It is absent or not text.
    """
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as why:
        msg = f"{path} cannot be read ({why}); `govgate init` writes a first one"
        raise ProjectError(msg) from why


def read_settings(folder: Path) -> Settings:
    """Read the project file of a folder.

    Raises:
        ProjectError: It is absent, or not of its declared shape.
    """
    return read_record(read_text(folder / FILE), Settings, FILE, ProjectError)[0]
