"""Run commands as a person would, show them, and stop everything at the end."""

import contextlib
import os
import shlex
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import FrameType

from rich.text import Text

from govgate.cli.show import console, working
from govgate.errors import ProjectError, StoreError

_STOP_S = 10.0


class Stage:
    """A folder, a terminal and the processes started there."""

    def __init__(self, folder: Path) -> None:
        """Use a folder; commands run in it."""
        self._folder = folder
        self._step = 0
        self._out = console()

    def say(self, what: str) -> None:
        """Begin a numbered step."""
        self._step += 1
        self._out.print()
        self._out.print(Text(f"{self._step}. {what}", "bold cyan"))

    def run(self, words: Sequence[str], *, expect: int = 0) -> None:
        """Show a command, run it, and stop the show when it ends otherwise than expected.

        Raises:
            ProjectError: It ended with another exit code.
        """
        shown = ["govgate" if w == "govgate.cli.main" else w for w in words]
        shown = shown[2:] if shown[1:3] == ["-m", "govgate"] else ["python", *shown[1:]]
        self._out.print(Text(f"$ {shlex.join(shown)}", "bold"))
        code = subprocess.run(words, cwd=self._folder, check=False).returncode  # noqa: S603 -- ours
        if code != expect:
            msg = f"the demo stopped: `{shlex.join(shown)}` ended with {code}, not {expect}; "
            raise ProjectError(msg + f"look at {self._folder / 'server.log'}")

    def ask(self, url: str, body: str) -> int:
        """Send JSON by hand, as curl would, and show the answer.

        Returns:
            The HTTP status.
        """
        self._out.print(Text(f"$ curl -X POST {url} -d {shlex.quote(body)}", "bold"))
        headers = {"Content-Type": "application/json"}
        asking = urllib.request.Request(url, body.encode(), headers)  # noqa: S310 -- our own server
        try:
            with urllib.request.urlopen(asking) as answer:  # noqa: S310 -- our own server
                status, said = answer.status, answer.read().decode()
        except urllib.error.HTTPError as why:
            status, said = why.code, why.read().decode()
        self._out.print(f"HTTP {status} {said}")
        return int(status)

    @contextlib.contextmanager
    def server(self, words: Sequence[str], health: str, *, timeout_s: float) -> Iterator[None]:
        """Start a server, wait until it answers, and stop it at the end, whatever happens.

        Args:
            words: The command.
            health: Address that answers 200 once it is up.
            timeout_s: How long to wait, in seconds.

        Raises:
            StoreError: It ended, or did not answer in time.
        """
        self._out.print(Text("$ govgate server &", "bold"))
        log = self._folder / "server.log"
        with log.open("wb") as file:
            process = subprocess.Popen(  # noqa: S603 -- ours
                words, cwd=self._folder, stdout=file, stderr=file, start_new_session=True
            )
        try:
            with working("the MLflow server is starting"):
                if not _answers(process, health, timeout_s):
                    msg = f"the server did not start within {timeout_s:.0f} s; look at {log}"
                    raise StoreError(msg)
            yield
        finally:
            _stop(process)


def _answers(process: subprocess.Popen[bytes], health: str, timeout_s: float) -> bool:
    until = time.monotonic() + timeout_s
    while process.poll() is None and time.monotonic() < until:
        with contextlib.suppress(OSError), urllib.request.urlopen(health, timeout=2):  # noqa: S310
            return True
        time.sleep(0.2)
    return False


def _stop(process: subprocess.Popen[bytes]) -> None:
    """End the whole process group: the server's workers too."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_STOP_S)


@contextlib.contextmanager
def interruptible() -> Iterator[None]:
    """Turn a polite kill into KeyboardInterrupt, so that every `finally` runs."""

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def free_port() -> int:
    """A port on loopback that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def govgate(*words: str) -> list[str]:
    """This very govgate as a command."""
    return [sys.executable, "-m", "govgate", *words]
