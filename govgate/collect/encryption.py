"""Looks at files, buckets and addresses for what they say of their own encryption.

Source: docs/reference/gates/encryption.md.
"""

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from pydantic import field_validator

from govgate.collector import Measured, PlaceOptions, Survey, line, told
from govgate.errors import EvidenceError, StoreError
from govgate.forms import addresses
from govgate.forms.bucket import READERS
from govgate.forms.look_alike import SAMPLE_BYTES, looks_random
from govgate.forms.name import PARQUET, name_form
from govgate.gates.encryption import EncryptionFacts
from govgate.parquet_footer import Footer, Read, read_footer
from govgate.ports import Item, Surroundings
from govgate.records import SeenFiles, SeenPlace, SeenSettings, Word

_MOST_ALIKE, _MOST_NAMED = 200, 50
_BUCKET = "s3://"
_WINDOWS = 8
"""Samples of a large file with a hidden footer: a column that fills an eighth of it is seen."""
_CARELESS = {
    "registry": "MLFLOW_TRACKING_INSECURE_TLS",
    "MLFLOW_TRACKING_URI": "MLFLOW_TRACKING_INSECURE_TLS",
    "PREFECT_API_URL": "PREFECT_API_TLS_INSECURE_SKIP_VERIFY",
}
"""Address to the variable that makes its client take any certificate."""


class EncryptionOptions(PlaceOptions):
    """What to look at."""

    connections: tuple[Word, ...] = ("registry",)
    """Addresses: variables such as PREFECT_API_URL, "registry" for the project's own, or URIs."""

    check_certificates: bool = False
    """Whether to connect to each https address, and have its certificate verified."""

    @field_validator("connections")
    @classmethod
    def _without_secrets(cls, connections: tuple[str, ...]) -> tuple[str, ...]:
        if any("@" in uri for uri in connections):
            msg = "an address here must not hold a user or password; name the variable it is in"
            raise ValueError(msg)
        return connections


@dataclass
class _Alike:
    """Files that are alike, as they are counted."""

    files: int = 0
    example: str = ""
    keys: set[str] = field(default_factory=set)
    unknown: str = ""


class EncryptionCollector(Survey[EncryptionOptions]):
    """Reads the ends of every file, and asks every bucket and address that is named."""

    kind = EncryptionFacts.KIND

    def survey(self, around: Surroundings, options: EncryptionOptions) -> Measured:
        """See `Survey.survey`."""
        places = tuple(_place(around, place, options.most_files) for place in options.places)
        buckets = dict.fromkeys(
            p.removeprefix(_BUCKET).partition("/")[0] for p in options.places if _BUCKET in p
        )
        body = EncryptionFacts(
            places=places,
            buckets=tuple(_bucket(around, name) for name in buckets),
            addresses=tuple(
                _address(around, name, verify=options.check_certificates)
                for name in options.connections
            ),
        )
        return Measured(body, {"files": sum(p.looked_into for p in places)})


def _place(around: Surroundings, place: str, most: int) -> SeenPlace:
    try:
        found = around.find(place, most)
    except StoreError as why:
        return SeenPlace(
            place=place, looked_into=0, there=0, counted_all=False, files=(), unknown=(told(why),)
        )
    alike: dict[tuple[Any, ...], _Alike] = {}
    for item in found.items:
        how, key, unknown = _kept(around, item)
        try:
            form, columns, shown = _form(around, item)
        except StoreError as why:
            form, columns, shown, unknown = "unreadable", (), (), unknown or told(why)
        group = (form, how, _open_to(item), columns, shown)
        if group not in alike and len(alike) >= _MOST_ALIKE:
            group = ("more forms than are listed", "unknown", "everyone", (), ())
        seen = alike.setdefault(group, _Alike(example=line(item.name), unknown=unknown))
        seen.files += 1
        if key and len(seen.keys) < _MOST_NAMED:
            seen.keys.add(key)
    return SeenPlace(
        place=place,
        looked_into=len(found.items),
        there=found.count,
        counted_all=found.counted_all,
        files=tuple(_files(*pair) for pair in sorted(alike.items(), key=lambda pair: pair[0])),
    )


def _files(group: tuple[Any, ...], seen: _Alike) -> SeenFiles:
    form, at_rest, open_to, columns, shown = group
    return SeenFiles(
        form=form,
        at_rest=at_rest,
        keys=tuple(sorted(line(key) for key in seen.keys)),
        open_to=open_to,
        files=seen.files,
        example=seen.example,
        columns_in_clear=columns,
        statistics_in_clear=shown,
        unknown=seen.unknown,
    )


def _form(around: Surroundings, item: Item) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    """Form of a file, its columns in clear, and those that show their extremes all the same."""
    held: dict[tuple[int, int], bytes] = {}

    def read(offset: int, size: int) -> bytes:
        if (offset, size) not in held:
            held[offset, size] = around.read(item, offset, size)
        return held[offset, size]

    form = name_form(read, item.size_bytes)
    if form != PARQUET:
        return form, (), ()
    try:
        footer = read_footer(read, item.size_bytes)
    except EvidenceError:
        return "parquet, broken", (), ()
    if footer.hidden:
        return _hidden(read, footer), (), ()
    clear = [c.name for c in footer.columns if c.plain]
    shown = [c.name for c in footer.columns if c.statistics_in_clear and not c.plain]
    partly = "parquet, partly encrypted" if clear else "parquet-modular"
    return partly if footer.algorithm else PARQUET, _named(clear), _named(shown)


def _hidden(read: Read, footer: Footer) -> str:
    """Behind a hidden footer columns may stand in clear all the same: these do not look random.

    Lengths between the encrypted modules are full of zeros, so these bytes are left out.
    """
    windows = 1 if footer.body_bytes <= SAMPLE_BYTES else _WINDOWS
    size = min(footer.body_bytes, SAMPLE_BYTES) // windows
    step = (footer.body_bytes - size) // max(windows - 1, 1)
    samples = [
        re.sub(rb"..\0\0", b"", read(n * step, size), flags=re.DOTALL) for n in range(windows)
    ]
    well = all(looks_random(sample) is not False for sample in samples)
    return "parquet-modular" if well else "parquet, partly in clear behind a hidden footer"


def _kept(around: Surroundings, item: Item) -> tuple[str, str, str]:
    """How its place encrypts it, with which key, and why that is unknown."""
    try:
        how, key = around.at_rest(item)
    except StoreError as why:
        return "unknown", "", told(why)
    return how, key, ""


def _open_to(item: Item) -> str:
    if item.mode is None:
        return "bucket"
    return "everyone" if item.mode & 0o007 else "group" if item.mode & 0o070 else "owner"


def _bucket(around: Surroundings, name: str) -> SeenSettings:
    settings: dict[str, str] = {}
    unknown: dict[str, str] = {}
    for question, read in READERS.items():
        try:
            settings |= read(around.bucket(name, question) or {}, name)
        except (StoreError, AttributeError, TypeError, KeyError, IndexError) as why:
            for setting in read({}, name):
                settings[setting] = "unknown"
                unknown[setting] = told(why) if isinstance(why, StoreError) else "look at it"
    settings["endpoint"] = addresses.how_guarded(around.endpoint(name))
    return SeenSettings(about=f"{_BUCKET}{name}", settings=settings, unknown=unknown)


def _address(around: Surroundings, name: str, *, verify: bool) -> SeenSettings:
    uri = name if "://" in name else around.address(name)
    shown = addresses.without_secrets(uri) if uri else "unset"
    guarded = addresses.how_guarded(uri) if uri else "unset"
    careless = around.address(_CARELESS.get(name, "")).lower() if name in _CARELESS else ""
    if guarded == addresses.VERIFIED and careless in {"true", "1", "yes"}:
        guarded = addresses.UNVERIFIED
    settings, unknown = {"connection": guarded}, {}
    if verify and guarded != addresses.LOOPBACK and uri.startswith("https:"):
        try:
            around.certificate(uri)
            settings["certificate"] = "good"
        except StoreError as why:
            settings["certificate"], unknown["certificate"] = "not good", told(why)
    about = shown if name == uri else f"{name} ({shown})"
    return SeenSettings(about=line(about)[:180].strip(), settings=settings, unknown=unknown)


def _named(columns: list[str]) -> tuple[str, ...]:
    counted = [line(name) for name in Counter(columns)]
    more = len(counted) - _MOST_NAMED
    return tuple(counted[:_MOST_NAMED] + ([f"and {more} more"] if more > 0 else []))
