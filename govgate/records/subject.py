"""What is being judged, and what is asked for it."""

from pydantic import Field

from govgate.records.base import Digest, Record, Word


class Subject(Record):
    """An artifact, matched by digest and never by name.

    Source: in-toto Statement v1, `subject`.
    """

    name: Word
    """For people, such as "models:/credit/7"."""

    content: Digest
    """For machines: the digest of the artifact's bytes; see docs/spec/tree-digest.md."""


class Registered(Record):
    """One version of one model in one registry, told from every other there was or will be."""

    registry: Word
    """Identity of the registry, from `registry.id` in govgate.yaml."""

    workspace: Word = "default"
    """MLflow's workspace; "default" where the registry has no others."""

    model: Word
    """Name of the registered model."""

    version: Word
    """Its version, as the registry writes it, such as "7"."""

    created_ms: int = Field(ge=0)
    """When that version was created, in ms since 1970: a version deleted and made anew differs."""


class Target(Registered):
    """The one place in one registry that a decision is good for."""

    aliases: tuple[Word, ...] = Field(min_length=1)
    """Aliases the version may carry, sorted; a stage is written "stage:Production"."""


class Request(Record):
    """What is asked: may these bytes, trained by this person, go there."""

    subject: Subject
    trained_by: Word
    """Person who trained the model; never counts as a signer."""

    target: Target | None = None
    """None when nothing is to be promoted: the decision then moves no alias."""
