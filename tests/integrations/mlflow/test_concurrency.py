"""Eight clients promote, attest and re-tag one model at once: no alias rests on what is denied.

GOVGATE_TRIAL_S says how long, in seconds; 10 without it. On PostgreSQL where the scheme is there.
"""

import os
import random
import threading
import time
from contextlib import ExitStack, contextmanager

import pytest
import sqlalchemy

from tests.conftest import found_project
from tests.integrations.mlflow.bypasses.lab import API, JUDGED, Side
from tests.tools.mlflow_server import Stores, free_port, guarded_server, in_folder
from tests.tools.postgres import postgres, programs

TRIAL_S = float(os.environ.get("GOVGATE_TRIAL_S", "10"))
CLIENTS, VERSIONS = 8, 4

_HISTORY = """
CREATE TABLE moves (
    at serial PRIMARY KEY, name text, alias text, version integer, attestation text
);
CREATE FUNCTION note() RETURNS trigger AS $$
BEGIN
    INSERT INTO moves (name, alias, version, attestation)
    VALUES (NEW.name, NEW.alias, NEW.version,
            (SELECT value FROM model_version_tags t
             WHERE t.workspace = NEW.workspace AND t.name = NEW.name AND t.version = NEW.version
             AND t.key = 'govgate.attestation'));
    RETURN NEW;
END $$ LANGUAGE plpgsql;
CREATE TRIGGER note AFTER INSERT OR UPDATE ON registered_model_aliases
    FOR EACH ROW EXECUTE FUNCTION note();
"""
"""PostgreSQL's own account of every move, with the attestation that stood there at that moment."""


@contextmanager
def running(folder):
    """A guarded server of two workers over PostgreSQL."""
    from importlib.metadata import entry_points

    schemes = entry_points(group="mlflow.model_registry_store").names
    if programs() is None or "govgate+postgresql" not in schemes:
        pytest.skip("no PostgreSQL here, or no scheme for it yet")
    with ExitStack() as parts:
        database = parts.enter_context(postgres()).database("registry")
        stores = Stores(database, in_folder(folder).artifacts)
        port = free_port()
        governed = found_project(folder / "project", f"http://127.0.0.1:{port}")
        server = parts.enter_context(
            guarded_server(folder, governed.folder, stores, "--workers", "2", port=port)
        )
        side = Side(server, governed)
        parts.callback(side.engine.dispose)
        with side.engine.begin() as connection:
            connection.execute(sqlalchemy.text(_HISTORY))
        yield side


class Crowd:
    """Clients that each do one thing after another until time is up, and a reader."""

    def __init__(self, side, seed):
        self.side, self.seed = side, seed
        self.until = 0.0
        self.done, self.wrong = [], []

    def prepare(self):
        """Half of the versions have a decision; half of those have it recorded already."""
        first = self.side.model()
        self.name = first.name
        self.versions = [first, *(self.side.model(self.name) for _ in range(VERSIONS - 1))]
        self.envelopes = {v.version: self.side.decided(v) for v in self.versions[: VERSIONS // 2]}
        assert self.side.attest(first, self.envelopes[first.version]).ok
        self.allowed = set(self.envelopes)

    def run(self):
        self.until = time.monotonic() + TRIAL_S
        workers = [threading.Thread(target=self._client, args=(n,)) for n in range(CLIENTS)]
        workers.append(threading.Thread(target=self._reader))
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()

    def _client(self, number):
        side = Side(self.side.server, self.side.governed)
        chance = random.Random(f"{self.seed}-{number}")  # noqa: S311 -- to repeat a run
        try:
            while time.monotonic() < self.until:
                what = chance.choice(
                    (self._promote, self._attest, self._swap, self._tag, self._drop)
                )
                answer = what(side, chance)
                self.done.append((what.__name__, answer.status_code))
                if answer.status_code >= 500:
                    self.wrong.append((what.__name__, answer.status_code, answer.text[:300]))
        except Exception as why:  # noqa: BLE001 -- a thread's failure is the test's
            self.wrong.append(repr(why))
        side.engine.dispose()

    def _promote(self, side, chance):
        return side.set_alias(chance.choice(self.versions))

    def _attest(self, side, chance):
        """Hand a decision over, to its own version or to another."""
        envelope = chance.choice(list(self.envelopes.values()))
        return side.attest(chance.choice(self.versions), envelope)

    def _swap(self, side, chance):
        """Set the alias on two versions as fast as can be."""
        side.set_alias(chance.choice(self.versions))
        return side.set_alias(chance.choice(self.versions))

    def _tag(self, side, chance):
        version = chance.choice(self.versions)
        key = chance.choice(("team", "govgate.decision", "govgate.attestation"))
        return side.set_tag(version, key, chance.choice(("allowed", "{}", "x")))

    def _drop(self, side, _chance):
        named = {"name": self.name, "alias": "champion"}
        return side.ask("DELETE", f"{API}/registered-models/alias", **named)

    def _reader(self):
        side = Side(self.side.server, self.side.governed)
        while time.monotonic() < self.until:
            row = side.alias_of(self.name)
            if row and row not in self.allowed:
                self.wrong.append(f"the row names version {row}")
            found = side.resolve(self.name)
            if found.ok and found.json()["model_version"]["version"] not in self.allowed:
                self.wrong.append(f"a reader was given {found.text[:300]}")
        side.engine.dispose()


def test_no_interleaving_leaves_an_alias_on_what_is_not_allowed(tmp_path):
    seed = random.SystemRandom().randrange(2**32)
    print(f"seed {seed}")
    with running(tmp_path) as side:
        crowd = Crowd(side, seed)
        crowd.prepare()
        crowd.run()

        assert crowd.wrong == []
        moves = side.sql("SELECT name, alias, version, attestation FROM moves ORDER BY at")
        assert {str(version) for _, _, version, _ in moves} == crowd.allowed
        assert [m for m in moves if m[3] != crowd.envelopes.get(str(m[2]))] == []
        assert side.served(crowd.name) in (JUDGED, None)
        counted = {what: sum(w == what for w, _ in crowd.done) for what, _ in crowd.done}
        print(f"{len(moves)} moves, calls {counted}")
        # The crowd did meet: each thing was done, allowed and refused.
        assert {200, 403} <= {status for _, status in crowd.done}
        assert len(counted) == 5
