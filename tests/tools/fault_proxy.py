"""An HTTP proxy that breaks some requests the ways networks and object stores do.

    python fault_proxy.py PORT UPSTREAM_PORT CHANCE SEED

PUT of an object, with CHANCE: 503 and nothing arrives; it arrives and the connection is dropped;
it arrives and the answer is 500; it arrives late. GET: 503; or an answer cut short. GET /-/faults
tells how often each happened. It listens on 127.0.0.1 only.
"""

import http.client
import json
import random
import sys
import time
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

WRITES = ("503-before", "drop-after", "500-after", "delay")
READS = ("503-before", "truncated")
ERRORS = {"503-before": (503, "SlowDown"), "500-after": (500, "InternalError")}
MAX_DELAY_S = 0.3
NOT_FORWARDED = {"expect", "connection", "transfer-encoding", "content-length"}


class Proxy(ThreadingHTTPServer):
    """Counts the faults it makes."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port, upstream, chance, seed):
        self.upstream, self.chance = upstream, chance
        self.random = random.Random(seed)  # noqa: S311 -- the same again, not secret
        self.faults = Counter()
        super().__init__(("127.0.0.1", port), Handler)

    def handle_error(self, request, client_address):
        """A client that went away is no news."""


class Handler(BaseHTTPRequestHandler):
    """Forwards one request, or breaks it."""

    protocol_version = "HTTP/1.1"

    def do_any(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.path == "/-/faults":
            self._answer(200, [], json.dumps(self.server.faults).encode())
            return
        fault = self._fault()
        if fault == "delay":
            time.sleep(self.server.random.uniform(0, MAX_DELAY_S))
        answer = None if fault == "503-before" else self._forward(body)
        if fault in ERRORS:
            status, code = ERRORS[fault]
            self._answer(status, [], f"<Error><Code>{code}</Code></Error>".encode())
        elif fault == "drop-after":
            self.close_connection = True
        else:
            self._answer(*answer, cut=fault == "truncated")

    do_GET = do_PUT = do_POST = do_HEAD = do_DELETE = do_any  # noqa: N815 -- http.server's names

    def _fault(self):
        """Choose a fault for a request about an object, or a listing."""
        names = urlsplit(self.path).path.strip("/").split("/")
        kinds = {"PUT": WRITES if len(names) > 1 else (), "GET": READS}.get(self.command, ())
        if not kinds or self.server.random.random() >= self.server.chance:
            return ""
        fault = self.server.random.choice(kinds)
        self.server.faults[fault] += 1
        return fault

    def _forward(self, body):
        upstream = http.client.HTTPConnection("127.0.0.1", self.server.upstream, timeout=30)
        upstream.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
        for name, value in self.headers.items():
            if name.lower() not in NOT_FORWARDED - {"content-length"}:
                upstream.putheader(name, value)
        upstream.endheaders(body or None)
        answer = upstream.getresponse()
        data = answer.read()
        upstream.close()
        kept = [(k, v) for k, v in answer.getheaders() if k.lower() not in NOT_FORWARDED]
        return answer.status, kept, data

    def _answer(self, status, headers, data, *, cut=False):
        self.send_response_only(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data[: len(data) // 2] if cut else data)
        if cut:
            self.close_connection = True

    def log_message(self, *_):
        """Say nothing."""


if __name__ == "__main__":
    port, upstream, chance, seed = sys.argv[1:]
    Proxy(int(port), int(upstream), float(chance), int(seed)).serve_forever()
