"""Whether a server shows a certificate that is good for its name.

Source: RFC 9525; the trust store is this machine's own, as Python's `ssl` takes it.
"""

import socket
import ssl
from urllib.parse import urlsplit

from govgate.errors import StoreError

_TIMEOUT_S = 5


def require_certificate(uri: str) -> None:
    """Shake hands with a server over TLS, and send nothing.

    Args:
        uri: An https address.

    Raises:
        StoreError: The certificate is not good for this name, or nobody answered.
    """
    parts = urlsplit(uri)
    host = parts.hostname or ""
    try:
        with (
            socket.create_connection((host, parts.port or 443), _TIMEOUT_S) as plain,
            ssl.create_default_context().wrap_socket(plain, server_hostname=host),
        ):
            return
    except ssl.SSLError as why:
        said = getattr(why, "verify_message", "") or why.reason or type(why).__name__
        msg = f"{host} shows no certificate that is good for it ({said}); renew it"
        raise StoreError(msg) from why
    except (OSError, ValueError) as why:
        msg = f"{host} does not answer ({type(why).__name__}); check the address and the network"
        raise StoreError(msg) from why
