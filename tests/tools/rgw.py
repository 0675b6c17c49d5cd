"""Run a Ceph object gateway of one node from unpacked Debian packages, until stdin closes.

    sh tests/tools/fetch_ceph.sh PROGRAMS
    python tests/tools/rgw.py PROGRAMS FOLDER PORT

Prints the endpoint once it answers. SIGUSR1 kills the gateway alone and SIGUSR2 starts it again:
what it stored is in the object store behind it. Keys are AKIATEST and secretsecret; data are in
memory.
A monitor, a store and the gateway listen on 127.0.0.1 only, with no authentication between them.
"""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
import uuid
from contextlib import suppress
from pathlib import Path

TRIES = 3
"""A port that was free may be taken by the time a daemon binds it."""

CONF = """\
[global]
fsid = {fsid}
mon host = v1:127.0.0.1:{mon_port}
public addr = 127.0.0.1
cluster addr = 127.0.0.1
auth cluster required = none
auth service required = none
auth client required = none
cephx require signatures = false
run dir = {folder}/run
log file = {folder}/log/$name.log
admin socket =
plugin dir = {lib}/ceph
erasure code dir = {lib}/ceph/erasure-code
osd class dir = {lib}/rados-classes
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 4
osd pool default pgp num = 4
osd pool default pg autoscale mode = off
mon allow pool size one = true
mon warn on pool no redundancy = false
mon data avail warn = 1
mon data avail crit = 1
osd crush chooseleaf type = 0
osd crush update on start = false
osd class update on start = false
osd objectstore = memstore
osd client watch timeout = 2
memstore device bytes = 1073741824
auth allow insecure global id reclaim = true
ms bind msgr2 = false
paxos propose interval = 0.02
paxos min wait = 0.01
mon tick interval = 1
debug mon = 0
debug paxos = 0
debug osd = 0
debug rgw = 0
[mon.a]
mon data = {folder}/mon
[osd.0]
osd data = {folder}/osd
[client.rgw]
rgw frontends = beast endpoint=127.0.0.1:{port} tcp_nodelay=1
rgw thread pool size = 64
rgw crypt s3 kms backend = testing
rgw crypt s3 kms encryption keys = testkey-1=YmluCmJvb3N0CmJvb3N0LWJ1aWxkCmNlcGguY29uZgo=
rgw crypt require ssl = false
rgw enable usage log = false
rgw init timeout = 60
"""


def environment(programs: Path, lib: Path) -> dict[str, str]:
    libraries = (lib, programs / "lib" / lib.name, programs / "usr/lib/ceph", lib / "ceph")
    return {
        "PATH": f"{programs}/usr/bin:{programs}/usr/sbin:/usr/bin:/usr/sbin:/bin:/sbin",
        "LD_LIBRARY_PATH": ":".join(map(str, libraries)),
        "PYTHONPATH": str(programs / "usr/lib/python3/dist-packages"),
        "HOME": os.environ.get("HOME", "/"),
    }


def unused_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


class BootError(Exception):
    """A daemon or command of the node failed."""


class Node:
    """One node's daemons, in the foreground, as children of this process."""

    def __init__(self, programs: Path, folder: Path, port: int) -> None:
        self.folder, self.port = folder, port
        lib = next(programs.glob("usr/lib/*-linux-gnu"))
        self.environment = environment(programs, lib)
        for name in ("mon", "osd", "run", "log"):
            (folder / name).mkdir(parents=True)
        self.fsid, self.mon_port = str(uuid.uuid4()), unused_port()
        self.conf = folder / "ceph.conf"
        values = {"fsid": self.fsid, "mon_port": self.mon_port, "folder": folder}
        self.conf.write_text(CONF.format(**values, lib=lib, port=port))
        self.children: list[subprocess.Popen[bytes]] = []
        own = programs / "usr/bin/python3"
        # The command is written for the Python that Debian built its bindings for.
        self.ceph = (str(own if own.exists() else "/usr/bin/python3"), f"{programs}/usr/bin/ceph")

    def run(self, *command: str) -> None:
        with (self.folder / "log" / "commands").open("ab") as log:
            done = subprocess.run(
                [*command, "-c", str(self.conf)],
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                timeout=15,
                check=False,
            )
        if done.returncode:
            said = (self.folder / "log" / "commands").read_text(errors="replace")[-2000:]
            msg = f"{' '.join(command)} ended with {done.returncode}:\n{said}"
            raise BootError(msg)

    def start(self, *command: str) -> None:
        with (self.folder / "log" / "daemons").open("ab") as log:
            child = subprocess.Popen(
                [*command, "-f", "-c", str(self.conf)],
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        self.children.append(child)

    def boot(self) -> None:
        monmap, disk = str(self.folder / "monmap"), str(uuid.uuid4())
        keyring = str(self.folder / "keyring")
        address = f"[v1:127.0.0.1:{self.mon_port}]"
        self.run("monmaptool", "--create", "--addv", "a", address, "--fsid", self.fsid, monmap)
        self.run("ceph-authtool", "--create-keyring", keyring, "--gen-key", "-n", "mon.")
        self.run("ceph-mon", "--mkfs", "-i", "a", "--monmap", monmap, "--keyring", keyring)
        self.start("ceph-mon", "-i", "a")
        self.run(*self.ceph, "osd", "new", disk, "0")
        self.run(*self.ceph, "osd", "crush", "add-bucket", "h0", "host", "root=default")
        self.run(*self.ceph, "osd", "crush", "add", "osd.0", "1.0", "host=h0")
        self.run("ceph-osd", "-i", "0", "--mkfs", "--osd-uuid", disk)
        self.start("ceph-osd", "-i", "0")
        self.start_gateway()
        keys = ("--access-key=AKIATEST", "--secret-key=secretsecret")
        make = ("user", "create", "--uid=t", "--display-name=t")
        self.run("radosgw-admin", "-n", "client.rgw", *make, *keys)
        self.wait()

    def start_gateway(self, *_: object) -> None:
        self.start("radosgw", "-n", "client.rgw")

    def kill_gateway(self, *_: object) -> None:
        gateway = self.children.pop()
        gateway.kill()
        gateway.wait(10)

    def wait(self) -> None:
        until = time.monotonic() + 15
        while time.monotonic() < until and all(child.poll() is None for child in self.children):
            with suppress(OSError):
                urllib.request.urlopen(f"http://127.0.0.1:{self.port}/", timeout=5).close()
                return
            time.sleep(0.05)
        msg = "the gateway did not answer; see log/ in its folder"
        raise BootError(msg)

    def kill(self) -> None:
        for child in reversed(self.children):
            child.kill()
        for child in self.children:
            child.wait(10)


def serve(node: Node) -> bool:
    """Run a node until stdin closes; False when it did not boot."""
    try:
        node.boot()
        signal.signal(signal.SIGUSR1, node.kill_gateway)
        signal.signal(signal.SIGUSR2, node.start_gateway)
        print(f"http://127.0.0.1:{node.port}", flush=True)
        sys.stdin.read()
    except (BootError, subprocess.TimeoutExpired) as why:
        print(why, file=sys.stderr, flush=True)
        return False
    finally:
        node.kill()
    return True


def main() -> None:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    programs, folder, port = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
    nodes = (Node(programs.resolve(), (folder / str(n)).resolve(), port) for n in range(TRIES))
    sys.exit(not any(serve(node) for node in nodes))


if __name__ == "__main__":
    main()
