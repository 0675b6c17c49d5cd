"""Data are encrypted at rest and on their way, as far as their own bytes and places tell.

Source: docs/reference/gates/encryption.md.
"""

from collections.abc import Iterator
from typing import ClassVar, Literal

from pydantic import Field

from govgate.gate import Body, Bounds, Gate, Planted
from govgate.plot import Bars, Plot
from govgate.records import AtMost, Exactly, Finding, SeenFiles, SeenPlace, SeenSettings, Word

# fmt: off
Accepted = Literal[
    "parquet-modular", "age", "openpgp", "fernet", "openssl", "luks1", "luks2", "zip, aes",
    "7z, aes", "pdf, encrypted", "office, encrypted", "key, encrypted", "sse-s3", "sse-kms",
    "sse-kms-dsse", "sse-c", "dm-crypt", "ecryptfs", "gocryptfs", "encfs", "random-looking",
]
_Setting = Literal[
    "default-encryption", "bucket-key", "tls-only", "public-access-block", "owner-enforced",
    "versioning", "object-lock", "endpoint",
]
_Guarded = Literal[
    "tls, verified", "tls, host not verified", "tls, not verified", "plain", "loopback", "file"
]
_ENOUGH: tuple[Accepted, ...] = (
    "parquet-modular", "age", "openpgp", "key, encrypted", "sse-kms", "sse-kms-dsse", "dm-crypt",
)
_SET: tuple[_Setting, ...] = (
    "default-encryption", "tls-only", "public-access-block", "owner-enforced", "endpoint",
)
# fmt: on
_WIDTHS = ("bucket", "owner", "group", "everyone")
_PARTLY = "parquet, partly encrypted"


class EncryptionFacts(Body):
    """What bytes, disks, buckets and addresses say of their own encryption."""

    KIND: ClassVar[str] = "encryption/v1"

    places: tuple[SeenPlace, ...] = Field(min_length=1)
    buckets: tuple[SeenSettings, ...] = ()
    addresses: tuple[SeenSettings, ...] = ()


class EncryptionBounds(Bounds):
    """What counts as encrypted."""

    accept: tuple[Accepted, ...] = _ENOUGH
    """Forms of files, and places, that are encrypted enough: one of them will do."""
    columns_in_clear: tuple[Word, ...] = ()
    """Columns of a Parquet file that need no encryption."""
    statistics_in_clear: Literal["refuse", "accept"] = "refuse"
    """Whether an encrypted column may show its least and largest value."""
    open_to: Literal["owner", "group", "everyone"] = "owner"
    """Who may open files at most, by their mode."""
    max_unseen: float = Field(default=0.0, ge=0, le=1)
    """Largest share of the files at a place that nobody looked into."""
    bucket: tuple[_Setting, ...] = _SET
    """Settings that every bucket must have."""
    connections: tuple[_Guarded, ...] = ("tls, verified", "loopback", "file")
    """How an address may be reached."""


class Encryption(Gate[EncryptionFacts, EncryptionBounds]):
    """Nobody reads the data from a disk, a bucket or a wire without a key."""

    title = "Data are encrypted at rest and on their way"
    newest_speaks = True

    def judge(self, body: EncryptionFacts, bounds: EncryptionBounds) -> Iterator[Finding]:
        """See `Gate.judge`."""
        for place in body.places:
            yield from _of_place(place, bounds)
        sse = tuple(kind for kind in bounds.accept if kind.startswith("sse-"))
        other = {"default-encryption": sse, "endpoint": bounds.connections}
        for bucket in body.buckets:
            for name in bounds.bucket:
                seen = bucket.settings.get(name, "unknown")
                step = bucket.unknown.get(name, f"set {name} of {bucket.about}")
                yield _word(f"{name}, {bucket.about}", seen, other.get(name, ("yes",)), step)
        for address in body.addresses:
            for what, seen in address.settings.items():
                good = bounds.connections if what == "connection" else ("good",)
                step = address.unknown.get(what, "use https, or sslmode=verify-full and the like")
                yield _word(f"{what}, {address.about}", seen, good, step)

    def plots(self, body: EncryptionFacts, bounds: EncryptionBounds) -> tuple[Plot, ...]:
        """See `Gate.plots`."""
        well = tuple(_files([f for f in p.files if _is_encrypted(f, bounds)]) for p in body.places)
        series = {"encrypted": well, "there": tuple(float(p.there) for p in body.places)}
        labels = tuple(p.place for p in body.places)
        return (Bars("Encrypted files, by place", labels, series, "files"),)

    def planted(self) -> Planted[EncryptionFacts, EncryptionBounds]:
        """See `Gate.planted`."""

        def shown(form: str) -> EncryptionFacts:
            seen = SeenFiles(form=form, at_rest="none", open_to="owner", files=1, example="a")
            place = SeenPlace(place="data", looked_into=1, there=1, counted_all=True, files=(seen,))
            return EncryptionFacts(places=(place,))

        return Planted(EncryptionBounds(), shown("age"), shown("text"))


def _of_place(place: SeenPlace, bounds: EncryptionBounds) -> Iterator[Finding]:
    where, there = place.place, max(place.there, 1)
    unseen = (place.there - place.looked_into) / there if place.counted_all else "not all counted"
    yield _most(f"files not looked into, {where}", unseen, "raise most_files", bounds.max_unseen)
    yield _most(f"facts not found out, {where}", len(place.unknown), "".join(place.unknown[:1]))
    clear = [f for f in place.files if not _is_encrypted(f, bounds)]
    forms = [f"{f.example} ({f.form}; {f.unknown or f.at_rest})" for f in clear[:3]]
    step = f"encrypt {', '.join(forms)}" if forms else ""
    yield _most(f"files in clear or unknown, {where}", _files(clear), step)
    told = [f for f in place.files if f.statistics_in_clear and f.at_rest not in bounds.accept]
    columns = sorted({c for f in told for c in f.statistics_in_clear})[:5]
    if bounds.statistics_in_clear == "refuse":
        step = f"write statistics of {', '.join(columns)} with a key" if columns else ""
        yield _most(f"files that show extremes, {where}", _files(told), step)
    wide = [f for f in place.files if _WIDTHS.index(f.open_to) > _WIDTHS.index(bounds.open_to)]
    step = f"run chmod go-rwx on {wide[0].example} and its like" if wide else ""
    yield _most(f"files open to others, {where}", _files(wide), step)


def _is_encrypted(seen: SeenFiles, bounds: EncryptionBounds) -> bool:
    if seen.at_rest in bounds.accept or seen.form in bounds.accept:
        return True
    if seen.form != _PARTLY or "parquet-modular" not in bounds.accept:
        return False
    return len(seen.columns_in_clear) > 0 and set(seen.columns_in_clear) <= {
        *bounds.columns_in_clear
    }


def _files(seen: list[SeenFiles]) -> float:
    return float(sum(f.files for f in seen))


def _most(about: str, seen: float | str, step: str, most: float = 0.0) -> Finding:
    unit = "1" if most or isinstance(seen, str) else "{file}"
    return Finding(about=about, observed=seen, limit=AtMost(value=most), unit=unit, remedy=step)


def _word(about: str, seen: str, good: tuple[str, ...], step: str) -> Finding:
    limit = Exactly(value=seen if seen in good else " or ".join(good) or "nothing")
    return Finding(about=about, observed=seen, limit=limit, unit="", remedy=step)
