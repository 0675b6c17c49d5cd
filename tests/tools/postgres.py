"""Run a real PostgreSQL server in a temporary folder, for as long as a `with` block lasts.

    with postgres() as server:
        uri = server.database("registry")

It listens on 127.0.0.1 only, trusts whoever connects, and forgets everything in the end.
"""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_HASTE = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")
"""Nothing in a test outlives its server, so nothing has to outlive a power cut."""


def programs() -> Path | None:
    """Folder of the newest installed `postgres` and `initdb`, or None."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=_major)
    if found:
        return found[-1].parent
    one = shutil.which("postgres")
    return Path(one).parent if one else None


def _major(program: Path) -> int:
    return int(program.parts[-3])


@dataclass(frozen=True)
class Postgres:
    """A running server."""

    port: int
    programs: Path

    def database(self, name: str) -> str:
        """Make an empty database; give the URI that SQLAlchemy opens it with."""
        here = ("--host", "127.0.0.1", "--port", str(self.port), "--username", "postgres")
        subprocess.run([self.programs / "createdb", *here, name], check=True, timeout=30)
        return f"postgresql://postgres@127.0.0.1:{self.port}/{name}"


@contextmanager
def postgres() -> Iterator[Postgres]:
    """Run a server that nobody else uses.

    Raises:
        FileNotFoundError: No PostgreSQL is installed.
    """
    found = programs()
    if found is None:
        msg = "no PostgreSQL here; apt-get install postgresql"
        raise FileNotFoundError(msg)
    folder = Path(tempfile.mkdtemp(prefix="govgate-postgres-"))
    user = _owner(folder)
    data = folder / "data"
    initdb = [found / "initdb", "--auth=trust", "--username=postgres", "--encoding=UTF8"]
    log = (folder / "log").open("wb")
    try:
        subprocess.run(
            [*initdb, "--no-sync", "--locale=C.UTF-8", "-D", data],
            check=True,
            user=user,
            stdout=log,
            stderr=log,
            cwd=folder,
            timeout=120,
        )
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        settings = (*_HASTE, "listen_addresses=127.0.0.1", f"port={port}", "max_connections=200")
        options = [word for each in settings for word in ("-c", each)]
        process = subprocess.Popen(
            [found / "postgres", "-D", data, "-k", folder, *options],
            user=user,
            stdout=log,
            stderr=log,
            cwd=folder,
        )
        try:
            _wait(found, port, process, folder / "log")
            yield Postgres(port, found)
        finally:
            # At once, whoever is still connected.
            process.send_signal(signal.SIGQUIT)
            process.wait(30)
    finally:
        log.close()
        shutil.rmtree(folder)


def _owner(folder: Path) -> int | None:
    """Give the folder to somebody who is not root, as PostgreSQL insists; None is this user."""
    if os.geteuid():
        return None
    names = {entry.pw_name: entry for entry in pwd.getpwall()}
    owner = names.get("postgres") or names["nobody"]
    os.chown(folder, owner.pw_uid, owner.pw_gid)
    return owner.pw_uid


def _wait(found: Path, port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    ready = [found / "pg_isready", "--quiet", "--host", "127.0.0.1", "--port", str(port)]
    until = time.monotonic() + 60
    while process.poll() is None and time.monotonic() < until:
        if not subprocess.run(ready, check=False, timeout=30).returncode:
            return
        time.sleep(0.05)
    raise ChildProcessError(log.read_text(errors="replace")[-2000:])
