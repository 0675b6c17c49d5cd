"""Eight clients promote, attest, re-tag, stop and release one model at once.

No interleaving gives anybody what is denied at that moment. GOVGATE_TRIAL_S says how long, in
seconds; 10 without it.
"""

import os
import random
import threading
import time
from collections import Counter
from contextlib import ExitStack, contextmanager

import sqlalchemy

from tests.conftest import POLICY, found_project, need
from tests.integrations.mlflow.bypasses.lab import API, JUDGED, POLICY_MORE, Side
from tests.integrations.mlflow.bypasses.probe import reason_of
from tests.integrations.mlflow.bypasses.stopped import order, show
from tests.tools.mlflow_server import Stores, free_port, guarded_server, in_folder
from tests.tools.postgres import postgres, programs

TRIAL_S = float(os.environ.get("GOVGATE_TRIAL_S", "10"))
CLIENTS, VERSIONS = 8, 4


def files_of(number):
    """Bytes of one version alone: an order is about bytes, whoever has them."""
    return {**JUDGED, "notes.txt": str(number).encode()}


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
    need(programs(), "PostgreSQL (apt-get install postgresql)")
    with ExitStack() as parts:
        database = parts.enter_context(postgres()).database("registry")
        stores = Stores(database, in_folder(folder).artifacts)
        port = free_port()
        policy = POLICY.replace("rules:\n", POLICY_MORE)
        governed = found_project(folder / "project", f"http://127.0.0.1:{port}", policy)
        server = parts.enter_context(
            guarded_server(folder, governed.folder, stores, "--workers", "2", port=port)
        )
        side = Side(server, governed)
        parts.callback(side.engine.dispose)
        with side.engine.begin() as connection:
            connection.execute(sqlalchemy.text(_HISTORY))
        yield side


class Crowd:
    """Clients that each do one thing after another until time is up, one who stops, a reader."""

    def __init__(self, side, seed):
        self.side, self.seed = side, seed
        self.until = 0.0
        self.done, self.wrong = [], []
        self.given = []
        """(began, ended, version) of every move and read that was answered with yes."""
        self.denied = []
        """(from, until, version): in the ledger as stopped, and not yet decided on again."""

    def prepare(self):
        """Half of the versions have a decision; half of those have it recorded already."""
        first = self.side.model(files=files_of(1))
        self.name, rest = first.name, range(2, VERSIONS + 1)
        self.versions = [first, *(self.side.model(self.name, files_of(n)) for n in rest)]
        self.envelopes = {
            v.version: [self.side.decided(v, files=files_of(v.version))]
            for v in self.versions[: VERSIONS // 2]
        }
        assert self.side.attest(first, self.envelopes[first.version][0]).ok
        self.allowed = set(self.envelopes)

    def run(self):
        self.until = time.monotonic() + TRIAL_S
        workers = [threading.Thread(target=self._client, args=(n,)) for n in range(CLIENTS)]
        workers += [threading.Thread(target=work) for work in (self._reader, self._stopper)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()

    def _stopper(self):
        """Stop an allowed version, let it go on, have it decided anew; over and over."""
        side = Side(self.side.server, self.side.governed)
        chance = random.Random(f"{self.seed}-stopper")  # noqa: S311 -- to repeat a run
        try:
            while time.monotonic() < self.until:
                self._stop_for_a_while(side, chance)
        except Exception as why:  # noqa: BLE001 -- a thread's failure is the test's
            self.wrong.append(repr(why))
        side.engine.dispose()

    def _stop_for_a_while(self, side, chance):
        version = chance.choice(self.versions[: VERSIONS // 2])
        files = files_of(version.version)
        stopped = order(side, version, files, "revoke", chance.choice((None, "olga")))
        begun = time.monotonic()
        if chance.random() < 0.5:
            self._note("revoke", show(side, version, stopped))
        time.sleep(chance.uniform(0.1, 0.8))
        released = order(side, version, files, "release", "rami")
        if chance.random() < 0.5:
            self._note("release", show(side, version, released))
        envelope = side.decided(version, files=files)
        self.denied.append((begun, time.monotonic(), version.version))
        self.envelopes[version.version].append(envelope)
        self._note("decide again", side.attest(version, envelope))

    def _note(self, what, answer):
        self.done.append((what, answer.status_code))
        if answer.status_code >= 500:
            self.wrong.append((what, answer.status_code, answer.text[:300]))

    def _given(self, began, version):
        self.given.append((began, time.monotonic(), version))

    def overlaps(self):
        """Every yes that began and ended while its version was denied."""
        return [
            (given, denied)
            for given in self.given
            for denied in self.denied
            if given[2] == denied[2] and denied[0] < given[0] and given[1] < denied[1]
        ]

    def _client(self, number):
        side = Side(self.side.server, self.side.governed)
        chance = random.Random(f"{self.seed}-{number}")  # noqa: S311 -- to repeat a run
        try:
            while time.monotonic() < self.until:
                what = chance.choice(
                    (self._promote, self._attest, self._swap, self._tag, self._drop)
                )
                self._note(what.__name__, what(side, chance))
        except Exception as why:  # noqa: BLE001 -- a thread's failure is the test's
            self.wrong.append(repr(why))
        side.engine.dispose()

    def _promote(self, side, chance):
        version, began = chance.choice(self.versions), time.monotonic()
        answer = side.set_alias(version)
        if answer.ok:
            self._given(began, version.version)
        return answer

    def _attest(self, side, chance):
        """Hand a decision over, to its own version or to another; perhaps one of before."""
        envelope = chance.choice(chance.choice(list(self.envelopes.values())))
        return side.attest(chance.choice(self.versions), envelope)

    def _swap(self, side, chance):
        """Set the alias on two versions as fast as can be."""
        self._promote(side, chance)
        return self._promote(side, chance)

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
            began, found = time.monotonic(), side.resolve(self.name)
            if found.ok:
                self._given(began, found.json()["model_version"]["version"])
        side.engine.dispose()


def test_no_interleaving_leaves_an_alias_on_what_is_not_allowed(tmp_path):
    seed = random.SystemRandom().randrange(2**32)
    print(f"seed {seed}")
    with running(tmp_path) as side:
        crowd = Crowd(side, seed)
        crowd.prepare()
        crowd.run()

        assert crowd.wrong == []
        assert crowd.overlaps() == []
        assert {version for _, _, version in crowd.given} <= crowd.allowed
        moves = side.sql("SELECT version, attestation FROM moves ORDER BY at")
        assert [m for m in moves if m[1] not in crowd.envelopes.get(str(m[0]), ())] == []
        counted = Counter(what for what, _ in crowd.done)
        print(f"{len(moves)} moves, {len(crowd.denied)} times stopped, calls {dict(counted)}")
        # The crowd did meet: each thing was done, allowed and refused; what was stopped was asked.
        assert {200, 403} <= {status for _, status in crowd.done}
        assert len(counted) >= 6
        assert crowd.denied

        stopped_for_good(side, crowd)


def stopped_for_good(side, crowd):
    """Whatever the crowd left behind: an order ends it, on every worker."""
    version = crowd.versions[0]
    envelope = crowd.envelopes[version.version][-1]
    assert side.attest(version, envelope).ok
    assert side.set_alias(version).ok
    assert side.served(crowd.name) == files_of(1)

    order(side, version, files_of(1))

    for _ in range(20):
        side.session.close()  # a new connection, so that each worker is asked
        assert reason_of(side.resolve(crowd.name)) == "QUARANTINED"
        assert reason_of(side.set_alias(version)) == "QUARANTINED"
