"""The same request in a form that a guard in front of the server might read otherwise."""

import gzip
import http.client
import json
from urllib.parse import urlsplit

import requests

from tests.integrations.mlflow.bypasses.lab import AJAX, API
from tests.integrations.mlflow.bypasses.probe import Step, probe

_PATH = f"{API}/registered-models/alias"


def asking(version, **more):
    return {"name": version.name, "version": version.version, "alias": "champion", **more}


def sending(side, last, version=None):
    """One request of a form of its own; it landed when the alias names the version."""
    version = version or side.model()
    return Step(lambda: last(version), lambda: side.alias_of(version.name) == version.version)


def raw(side, method, target, body, headers=()):
    """Send a request whose address nobody tidies up on the way; give the answer."""
    parts = urlsplit(side.server.url)
    line = http.client.HTTPConnection(parts.hostname, parts.port, timeout=60)
    line.putrequest(method, target, skip_accept_encoding=True)
    for name, value in (("Content-Type", "application/json"), *headers):
        line.putheader(name, value)
    line.putheader("Content-Length", str(len(body)))
    line.endheaders(body)
    heard = line.getresponse()
    answer = requests.Response()
    answer.status_code, answer._content = heard.status, heard.read()
    answer.headers.update(dict(heard.getheaders()))
    line.close()
    return answer


@probe("R01", "gives a free alias and a governed one under the same JSON key", "NO_ATTESTATION")
def two_aliases_under_one_key(side):
    def last(version):
        text = json.dumps(asking(version, alias="candidate"))
        return side.ask("POST", _PATH, data=text[:-1] + ', "alias": "champion"}')

    return sending(side, last)


@probe("R02", "gives an allowed version and another one under the same key", "NO_ATTESTATION")
def two_versions_under_one_key(side):
    first = side.attested()
    second = side.model(first.name, {"model.bin": b"next"})

    def last(version):
        text = json.dumps(asking(first))
        return side.ask("POST", _PATH, data=f'{text[:-1]}, "version": "{version.version}"}}')

    return sending(side, last, second)


@probe("R03", "adds fields that the API does not know", "NO_ATTESTATION")
def unknown_fields(side):
    more = {"free": True, "govgate": {"allowed": True}, "force": True}
    return sending(side, lambda v: side.ask("POST", _PATH, **asking(v), **more))


@probe("R04", "sends the body in chunks", "malformed", bites=False)
def body_in_chunks(side):
    def last(version):
        text = json.dumps(asking(version)).encode()
        pieces = (text[at : at + 7] for at in range(0, len(text), 7))
        return side.ask("POST", _PATH, data=pieces)

    return sending(side, last)


@probe("R05", "sends the body compressed", "malformed", bites=False)
def body_compressed(side):
    def last(version):
        body = gzip.compress(json.dumps(asking(version)).encode())
        return side.ask("POST", _PATH, {"Content-Encoding": "gzip"}, body)

    return sending(side, last)


@probe("R06", "sends the body in UTF-16", "NO_ATTESTATION")
def body_in_utf_16(side):
    return sending(
        side, lambda v: side.ask("POST", _PATH, data=json.dumps(asking(v)).encode("utf-16"))
    )


@probe("R07", "spells the alias with JSON escapes", "NO_ATTESTATION")
def alias_in_escapes(side):
    def last(version):
        text = json.dumps(asking(version, alias="@"))
        escaped = "".join(f"\\u{ord(letter):04x}" for letter in "champion")
        return side.ask("POST", _PATH, data=text.replace("@", escaped))

    return sending(side, last)


@probe("R08", "says that the body is plain text", "malformed", bites=False)
def body_called_plain_text(side):
    def last(version):
        return side.ask("POST", _PATH, {"Content-Type": "text/plain"}, json.dumps(asking(version)))

    return sending(side, last)


@probe("R09", "sends a form instead of JSON", "malformed", bites=False)
def body_as_a_form(side):
    def last(version):
        return side.session.post(f"{side.server.url}/{_PATH}", data=asking(version), timeout=60)

    return sending(side, last)


@probe("R10", "doubles the slashes of the address", "NO_ATTESTATION")
def doubled_slashes(side):
    def last(version):
        body = json.dumps(asking(version)).encode()
        answer = raw(side, "POST", "//api//2.0/mlflow//registered-models/alias", body)
        where = answer.headers.get("Location", "")
        return raw(side, "POST", urlsplit(where).path, body) if where else answer

    return sending(side, last)


@probe("R11", "escapes letters of the address", "NO_ATTESTATION")
def escaped_address(side):
    target = "/%61pi/2.0/mlflow/registered%2Dmodels/%61lias"
    return sending(side, lambda v: raw(side, "POST", target, json.dumps(asking(v)).encode()))


@probe("R12", "writes the whole address in the request line", "NO_ATTESTATION")
def whole_address(side):
    target = f"{side.server.url}/{_PATH}"
    return sending(side, lambda v: raw(side, "POST", target, json.dumps(asking(v)).encode()))


@probe("R13", "adds a query to the address that names a free alias", "NO_ATTESTATION")
def query_beside_the_body(side):
    target = f"/{_PATH}?alias=candidate&version=0"
    return sending(side, lambda v: raw(side, "POST", target, json.dumps(asking(v)).encode()))


@probe("R14", "reads with a header that asks for a write", "nothing", bites=False)
def method_in_a_header(side):
    def last(version):
        headers = {"X-HTTP-Method-Override": "POST", "X-Method-Override": "POST"}
        return side.ask("GET", _PATH, headers, **asking(version))

    return sending(side, last)


@probe("R15", "uses other methods on the same address", "nothing", bites=False)
def other_methods(side):
    def last(version):
        for method in ("PUT", "PATCH", "OPTIONS"):
            answer = side.ask(method, _PATH, **asking(version))
        return answer

    return sending(side, last)


@probe("R16", "uses the address of an older client", "nothing", bites=False)
def address_of_an_older_client(side):
    path = "api/2.0/preview/mlflow/registered-models/alias"
    return sending(side, lambda v: side.ask("POST", path, **asking(v)))


@probe("R17", "uses the address of another vendor's registry", "nothing", bites=False)
def address_of_unity_catalog(side):
    path = f"{API}/unity-catalog/registered-models/alias"
    return sending(side, lambda v: side.ask("POST", path, **asking(v)))


@probe("R18", "climbs up and down the address", "nothing", bites=False)
def dots_in_the_address(side):
    target = "/health/../api/2.0/mlflow/registered-models/alias"
    return sending(side, lambda v: raw(side, "POST", target, json.dumps(asking(v)).encode()))


@probe("R19", "sends GraphQL that would set the alias", "nothing", bites=False)
def graphql(side):
    def last(version):
        asked = (
            f'mutation {{ mlflowSetRegisteredModelAlias(input: {{name: "{version.name}", '
            f'version: "{version.version}", alias: "champion"}}) {{ apiError {{ message }} }} }}'
        )
        return side.ask("POST", "graphql", query=asked)

    return sending(side, last)


@probe("R20", "names another workspace in a header", "nothing", bites=False)
def workspace_in_a_header(side):
    headers = {"X-MLFLOW-WORKSPACE": "elsewhere", "X-MLflow-Workspace": "elsewhere"}
    return sending(side, lambda v: side.ask("POST", f"{_PATH}", headers, **asking(v)))


@probe("R21", "names another host and another sender in headers", "NO_ATTESTATION")
def sender_in_headers(side):
    headers = {
        "X-Forwarded-User": "admin",
        "X-Forwarded-For": "127.0.0.1",
        "X-Original-URL": "/health",
        "X-Rewrite-URL": "/health",
        "X-GovGate-Client": "gate",
        "Authorization": "Basic YWRtaW46cGFzc3dvcmQxMjM0",
    }
    return sending(side, lambda v: side.ask("POST", f"{AJAX}/registered-models/alias", headers,
                                            **asking(v)))  # fmt: skip


@probe("R22", "sends a list of requests in one body", "nothing", bites=False)
def many_in_one_body(side):
    def last(version):
        return side.ask("POST", _PATH, data=json.dumps([asking(version), asking(version)]))

    return sending(side, last)


@probe("R23", "puts a NUL into the alias", "malformed", bites=False)
def alias_with_a_nul(side):
    return sending(side, lambda v: side.ask("POST", _PATH, **asking(v, alias="champion\0")))


@probe("R24", "hides the request behind another one on the same connection", "NO_ATTESTATION")
def two_requests_on_one_connection(side):
    def last(version):
        parts = urlsplit(side.server.url)
        line = http.client.HTTPConnection(parts.hostname, parts.port, timeout=60)
        body = json.dumps(asking(version)).encode()
        line.request("GET", "/health")
        line.getresponse().read()
        line.request("POST", f"/{_PATH}", body, {"Content-Type": "application/json"})
        heard = line.getresponse()
        answer = requests.Response()
        answer.status_code, answer._content = heard.status, heard.read()
        line.close()
        return answer

    return sending(side, last)
