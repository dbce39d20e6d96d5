"""Where a server may listen: tokens do not travel in the open unless somebody says so in so many words."""

from __future__ import annotations

import ipaddress
import socket

from sturnus.core.errors import Invalid
from sturnus.core.settings import Settings


def listening_socket(settings: Settings) -> socket.socket:
    """Open the socket, or say why not.

    Raises:
        Invalid: plain HTTP on an address of the network, half a certificate, or an address that cannot be had.

    """
    if (settings.tls_certificate is None) is not (settings.tls_key is None):
        raise Invalid(
            "TLS needs a certificate and a key.",
            expected="tls_certificate and tls_key",
            remedy="set both, or neither",
        )
    plain = settings.tls_certificate is None
    if plain and settings.plain_http == "loopback only" and not _is_loopback(settings.listen_address):
        raise Invalid(
            f"Plain HTTP on {settings.listen_address} would send tokens in the open.",
            expected="TLS, or a loopback address",
            remedy='set tls_certificate and tls_key, or plain_http = "anywhere"',
        )
    family = socket.AF_INET6 if ":" in settings.listen_address else socket.AF_INET
    opened = socket.socket(family, socket.SOCK_STREAM)
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        opened.bind((settings.listen_address, settings.listen_port))
        opened.listen(2048)  # who reads "serving" in the log may call at once
    except OSError as error:
        opened.close()
        raise Invalid(
            f"Cannot listen on {settings.listen_address} port {settings.listen_port}: {error.strerror}.",
            expected="a free port and an address of this host",
            remedy="set listen_address and listen_port",
        ) from error
    return opened


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return address == "localhost"
