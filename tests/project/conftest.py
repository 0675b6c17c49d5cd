"""A project with a model folder, and people who may erase or may not."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from govgate.adapters.keys import create_key
from govgate.project import create_project, open_project

PEOPLE = {
    "tess": ("trainer", "data-protection"),
    "olga": ("model-owner",),
    "rami": ("risk",),
    "dora": ("data-protection",),
}


@dataclass(frozen=True)
class Office:
    """A folder where people keep and erase files; each call opens it anew, as a command does."""

    folder: Path

    @property
    def project(self):
        return open_project(self.folder)

    @property
    def model(self):
        return str(self.folder / "model")

    def key(self, person):
        return self.folder / "people" / person

    def file(self, name, data):
        path = self.folder.parent / name
        path.write_bytes(data)
        return path

    def keep(self, name, data, *, personal=False, model=None):
        return self.project.attach(self.file(name, data), model or self.model, personal=personal)

    def fetch(self, digest):
        output = self.folder.parent / "fetched"
        output.unlink(missing_ok=True)
        self.project.fetch(digest, output)
        return output.read_bytes()

    def erase(self, digest, person="dora", key=None, reason="request 17"):
        return self.project.erase(digest, person, self.key(key or person), reason)

    @property
    def secrets(self):
        folder = self.folder / "erasable-keys"
        return sorted(folder.iterdir()) if folder.exists() else []

    def kinds(self):
        return [entry.kind for entry in self.project.book.entries()]

    def stored(self):
        """Every byte that is kept anywhere: name to content, the fetched and the given aside."""
        found = (p for p in self.folder.rglob("*") if p.is_file())
        return {p.relative_to(self.folder).as_posix(): p.read_bytes() for p in found}


@pytest.fixture
def office(tmp_path):
    folder = tmp_path / "project"
    create_project(folder, name="office", uri="http://127.0.0.1:9")
    lines = ["people:"]
    (folder / "people").mkdir(mode=0o700)
    for person, roles in PEOPLE.items():
        create_key(folder / "people" / person, person)
        line = (folder / "people" / f"{person}.pub").read_text().strip()
        held = ", ".join(roles)
        lines.append(f'  - {{id: {person}, name: {person}, roles: [{held}], keys: ["{line}"]}}')
    (folder / "people.yaml").write_text("\n".join(lines) + "\n")
    for name in ("model", "other"):
        (folder / name).mkdir()
        (folder / name / "MLmodel").write_text(f"flavors: {{}}  # {name}\n")
    return Office(folder)
