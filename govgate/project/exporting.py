"""All that the ledger holds about one model, in one file for somebody who has no govgate.

Source: docs/spec/bundle.md.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from govgate.canon import canonical
from govgate.engine import attestation_of
from govgate.errors import LedgerError, StoreError
from govgate.ledger import Checkpoint, Entry, Log, Signed, evidence_key
from govgate.ledger.b64 import encode
from govgate.ledger.checkpoint import open_checkpoint
from govgate.ledger.proof import Proof, write_proof
from govgate.ledger.reader import TileReader, require_continuation
from govgate.project.bundle_zip import write_bundle
from govgate.project.bundled_files import about_files, bundled_files
from govgate.records import Subject

if TYPE_CHECKING:
    from govgate.ports import Store
    from govgate.project.front import Project

_README = """\
Evidence about {subject}
({content})
from the ledger {origin}, as it stood at {size} entries.

  checkpoint      what the ledger's own key signed: its size, and the hash of all of it
  entries/        every published entry about these bytes, and the policies they were judged by
  proofs/         that each entry is in that ledger (C2SP tlog-proof)
  consistency/    that the ledger still begins as it did at an earlier size
  evidence/       records too long for their entries
  files/          the files kept with it, each called by its SHA-256; the entries have their names
  personal/       where they were asked for, files with personal data, called by their commitment
  cosignatures/   timestamps/    what witnesses and time stamping authorities said of the checkpoint
  MANIFEST        SHA-256 of each file; check with `sha256sum --check MANIFEST`
  verify.py       checks all of it; needs Python 3.8 or newer, and no network

    python3 verify.py THIS.zip --trust trust.json

Take trust.json, and verify.py too, from somebody you trust: not from this file, and not from
whoever handed it to you alone. Whoever forged a bundle would forge them with it.

A bundle cannot show what was left out of it. To know that nothing was, check a copy of the
whole ledger: python3 verify.py --log FOLDER --trust trust.json
The formats are described at https://govgate.readthedocs.io/spec/
"""


@dataclass(frozen=True)
class Exported:
    """What was written."""

    subject: Subject
    checkpoint: Checkpoint
    entries: int
    files: int
    digest: str
    """SHA-256 of the bundle's bytes, "sha256:" and 64 lowercase hex characters."""


def export_evidence(
    project: "Project",
    model: str,
    path: Path,
    pinned: Sequence[Path] = (),
    *,
    with_personal: bool = False,
) -> Exported:
    """Write the bundle of one model.

    Args:
        project: Whose ledger.
        model: "models:/NAME/VERSION", "models:/NAME@ALIAS" or a model folder.
        path: A file that does not exist yet.
        pinned: Checkpoint files that the reader has seen before; the bundle proves that the
            ledger still begins with them.
        with_personal: Whether the files with personal data go along, opened.

    Returns:
        What is in it; the same ledger gives the same bytes.

    Raises:
        EvidenceError: The ledger holds no decision about the model, or a key is lost.
        LedgerError: An entry about it is not published, or the ledger was forked.
        StoreError: The file exists, or cannot be written.
    """
    subject = project.latest(model).decision.request.subject
    entries = _about(subject, list(project.book.entries()))
    signed = _checkpoint(project)
    reader = TileReader(project.book.store, signed.checkpoint.size, signed.checkpoint.root)
    members = members_of(project.book.store, subject, entries, signed, reader)
    seen = [_seen(project, _read(file), str(file)) for file in pinned]
    if own := project.book.pinned():
        seen.append(_seen(project, own, "the last checkpoint seen here"))
    for earlier in seen:
        require_continuation(earlier, signed.checkpoint.size, reader)
        members |= _consistency(earlier, reader)
    files, said = bundled_files(project.kept, subject.content, with_personal=with_personal)
    digest = write_bundle(path, members | said, files)
    count = len(members) + len(said) + len(files) + 1
    return Exported(subject, signed.checkpoint, len(entries), count, digest)


def _about(subject: Subject, entries: Sequence[Entry]) -> list[Entry]:
    """Pick the entries about these bytes, the policies that decided, and erasures of its files."""
    ours = [e for e in entries if e.subject.content == subject.content]
    named = {attestation_of(e).decision.policy for e in ours if e.kind == "decision/v1"}
    policies = [e for e in entries if e.kind == "policy/v1" and e.subject.content in named]
    return sorted([*ours, *policies, *about_files(ours, entries)], key=_index)


def _index(entry: Entry) -> int:
    return entry.index or 0


def _checkpoint(project: "Project") -> Signed:
    book = project.book
    log = Log(book.store, project.settings.ledger.origin, book.trust.log_vkeys, book.pinned())
    signed = log.checkpoint()
    if signed is None:
        msg = "the ledger has no checkpoint; publish it, then export again"
        raise LedgerError(msg)
    return signed


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as why:
        msg = f"{path} cannot be read ({why}); name a checkpoint file"
        raise StoreError(msg) from why


def _seen(project: "Project", note: bytes, name: str) -> Checkpoint:
    vkeys = project.book.trust.log_vkeys
    return open_checkpoint(note, project.settings.ledger.origin, vkeys, name).checkpoint


def members_of(
    store: "Store", subject: Subject, entries: Iterable[Entry], signed: Signed, reader: TileReader
) -> dict[str, bytes]:
    """Name to bytes of all but the consistency proofs and the manifest.

    Args:
        store: Where the ledger is.
        subject: Whose bundle it is.
        entries: What goes into it, all of it published.
        signed: The checkpoint that everything is proven under.
        reader: The tree of that checkpoint.
    """
    size, origin = signed.checkpoint.size, signed.checkpoint.origin
    words = {"subject": subject.name, "content": subject.content, "origin": origin, "size": size}
    about = {"v": 1, "name": subject.name, "content": subject.content}
    members = {
        "README.txt": _README.format(**words).encode(),
        "bundle.json": canonical(about),
        "checkpoint": signed.note,
        "verify.py": (files("govgate") / "standalone" / "verify.py").read_bytes(),
    }
    for entry in entries:
        name, proof = f"{_index(entry):020d}", tuple(reader.inclusion(_index(entry)))
        members[f"entries/{name}.json"] = entry.envelope
        text = write_proof(Proof(_index(entry), proof, signed.note))
        members[f"proofs/{name}.tlog-proof"] = text.encode()
        members |= _kept(store, [evidence_key(entry.record_digest)])
    for folder in ("cosignatures", "timestamps"):
        members |= _kept(store, store.keys(f"{folder}/{size:020d}/"))
    return members


def _kept(store: "Store", keys: Iterable[str]) -> dict[str, bytes]:
    """Key to bytes of those keys that are in the store; a short record is in its entry only."""
    found = ((key, store.read(key)) for key in keys)
    return {key: data for key, data in found if data is not None}


def _consistency(earlier: Checkpoint, reader: TileReader) -> dict[str, bytes]:
    """The proof that the ledger begins with an earlier checkpoint; none is needed for its own."""
    if earlier.size in {0, reader.size}:
        return {}
    lines = [encode(one) + "\n" for one in reader.consistency(earlier.size)]
    return {f"consistency/{earlier.size:020d}": "".join(lines).encode()}
