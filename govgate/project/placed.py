"""What stands at a registry's aliases and stages: judged as its server does, then by its bytes.

Source: docs/spec/registry-tags.md, "Reconciliation".
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from govgate.errors import DeniedError, StoreError
from govgate.ledger import leaf_hash
from govgate.ports import ModelVersion, Registry
from govgate.project.book import Book
from govgate.project.guard import Guard
from govgate.project.places import named_content

_GOVERNED_STAGES = ("Staging", "Production")
_SEALED_URI = "govgate.sealed_uri"


@dataclass(frozen=True)
class Placed:
    """An alias, or a stage written "stage:Production", and the version there."""

    model: str
    alias: str
    number: str
    version: ModelVersion | None
    """None where the registry has no such version."""

    def __str__(self) -> str:
        """Name it for people."""
        return f"models:/{self.model}/{self.number} @{self.alias}"


def placed(registry: Registry, versions: Iterable[ModelVersion]) -> Iterator[Placed]:
    """Yield every alias, and every version at a governed stage.

    Args:
        registry: The registry.
        versions: All of its versions.
    """
    known = {(v.name, v.version): v for v in versions}
    for alias in registry.aliases():
        found = known.get((alias.model, alias.version))
        yield Placed(alias.model, alias.name, alias.version, found)
    for version in known.values():
        if version.stage in _GOVERNED_STAGES:
            yield Placed(version.name, f"stage:{version.stage}", version.version, version)


@dataclass
class Copies:
    """The sealed bytes of a registry, hashed in full as they are served, each place once."""

    registry: Registry
    found: dict[str, str] = field(default_factory=dict)
    """Place to the tree digest of what is served from it."""

    def has_read(self, version: ModelVersion) -> bool:
        """Tell whether the place that a version names was read already."""
        return version.tags.get(_SEALED_URI) in self.found

    def require(self, version: ModelVersion) -> None:
        """Check that a version's sealed place holds the bytes it is named after.

        Raises:
            DeniedError: It does not, or the version names no sealed place.
            StoreError: It cannot be read.
        """
        place = version.tags.get(_SEALED_URI, "")
        judged = named_content(place)
        if not judged:
            msg = "the judged bytes were not sealed, or the tag that says where was changed; run "
            raise DeniedError(msg + "govgate promote, and the server seals them", "NOT_SEALED", "")
        if place not in self.found:
            self.found[place] = self.registry.content(version)
        if (now := self.found[place]) != judged:
            msg = f"its sealed bytes are {now} now, and {judged} was judged; take it away, and "
            raise DeniedError(msg + "find out who wrote them", "DIGEST_MISMATCH", "")


def require_placed(place: Placed, book: Book, guard: Guard, copies: Copies) -> None:
    """Check that a version may be where it is, and that the bytes it is served by are judged ones.

    Raises:
        DeniedError: It may not.
        StoreError: The bytes cannot be read.
    """
    if place.version is None:
        msg = "the registry has no such version; take the alias away"
        raise DeniedError(msg, "NO_ATTESTATION", "")
    guard.require_unquarantined(place.version)
    if guard.is_free(place.model, place.alias):
        return
    envelope = place.version.tags.get("govgate.attestation")
    if envelope is None:
        msg = "no decision allows it; take it away, or run govgate promote"
        raise DeniedError(msg, "NO_ATTESTATION", "")
    sealed = named_content(place.version.tags.get(_SEALED_URI, "")) or None
    claim = guard.resolve(envelope.encode(), place.version, place.alias, sealed)
    if book.find(leaf_hash(envelope.encode())) is None:
        msg = "its decision is not in the ledger; find out who signed it"
        raise DeniedError(msg, "NOT_IN_LEDGER", claim.record.digest)
    copies.require(place.version)


def why_not(place: Placed, book: Book, guard: Guard, copies: Copies) -> tuple[str, str] | None:
    """As `require_placed`; give the reason and what to do, or None where all is well."""
    try:
        require_placed(place, book, guard, copies)
    except DeniedError as why:
        return why.reason, str(why.args[0])
    except StoreError as why:
        return "VERIFY_UNAVAILABLE", str(why)
    return None
