"""The shell that a test server serves on port 2323, as a program for the machine outside of the cloud.

python -m tests.integration.openstack.guest_shell ADDRESS COMMAND     prints what the command says
python -m tests.integration.openstack.guest_shell ADDRESS --listen    keeps one connection, on which the server says
    something ten times a second; at the end of its input it prints the longest silence, in seconds
"""

from __future__ import annotations

import select
import socket
import sys
import time

PORT = 2323
END = b"END-OF-COMMAND"
DEADLINE = 60.0
"""Seconds to connect, and for a command."""
WORD = b"while :; do echo here; sleep 0.1; done\n"


def connected(address: str) -> socket.socket:
    """A connection; tried again until the deadline, since a floating address takes a moment to be there."""
    end = time.monotonic() + DEADLINE
    while True:
        try:
            return socket.create_connection((address, PORT), timeout=5)
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.3)


def said(address: str, command: str) -> str:
    """What a command prints there."""
    with connected(address) as there:
        there.settimeout(DEADLINE)
        there.sendall(command.encode() + b"; echo " + END + b"\n")
        heard = b""
        while END not in heard:
            more = there.recv(65536)
            if not more:
                raise ConnectionError(f"{address} ended the connection after {heard!r}")
            heard += more
    return heard.partition(END)[0].decode()


def longest_silence(address: str) -> float:
    """Listen until standard input ends. A connection that breaks is an error, whatever the silences."""
    longest = 0.0
    with connected(address) as there:
        there.sendall(WORD)
        print("listening", flush=True)
        last = time.monotonic()
        while True:
            readable, _, _ = select.select([there, sys.stdin], [], [], 1)
            if there in readable:
                if not there.recv(65536):
                    raise ConnectionError(f"{address} ended the connection")
                now = time.monotonic()
                longest, last = max(longest, now - last), now
            if sys.stdin in readable and not sys.stdin.readline():
                return max(longest, time.monotonic() - last)


if __name__ == "__main__":
    if sys.argv[2:] == ["--listen"]:
        print(f"{longest_silence(sys.argv[1]):.2f}")
    else:
        print(said(sys.argv[1], " ".join(sys.argv[2:])), end="")
