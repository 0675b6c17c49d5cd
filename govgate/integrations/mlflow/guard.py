"""What the store asks of the front door.

Source: docs/spec/registry-tags.md; `govgate.project.Guard` answers.
"""

from collections.abc import Mapping
from typing import Protocol

from govgate.ports import ModelVersion


class Examined(Protocol):
    """What a guard says of an attestation it accepts."""

    @property
    def tags(self) -> Mapping[str, str]:
        """Derived tags to write for people and search."""


class Guard(Protocol):
    """What the store asks of the front door; each method says no with `DeniedError`."""

    def mode(self, model: str) -> str:
        """Tell what a no means for a model: "enforce", "audit" or "exempt"."""

    def is_free(self, model: str, alias: str) -> bool:
        """Tell whether the policy leaves this alias, or "stage:<Stage>", ungoverned."""

    def require_unquarantined(self, version: ModelVersion) -> None:
        """Judge a version that needs no decision where it is."""

    @property
    def sealed_retention_days(self) -> int:
        """How long a sealed copy cannot be deleted, where the store can hold to that."""

    def believe(self, envelope: bytes, version: ModelVersion) -> str:
        """Check all of an attestation but the bytes, and return their tree digest as judged."""

    def examine(self, envelope: bytes, version: ModelVersion, content: str) -> Examined:
        """Judge an attestation that is about to be recorded."""

    def examine_order(self, envelope: bytes, version: ModelVersion) -> Examined:
        """Judge a revocation or release that is about to be recorded."""

    def admit(
        self, envelope: bytes, version: ModelVersion, alias: str, content: str | None
    ) -> object:
        """Judge a move to an alias; with content None all but the bytes."""

    def resolve(
        self, envelope: bytes, version: ModelVersion, alias: str, content: str | None
    ) -> object:
        """Judge a read through an alias."""
