"""The shell that a test server serves on port 2323, as a program for the machine outside of the cloud.

python -m tests.integration.openstack.guest_shell ADDRESS COMMAND     prints what the command says
python -m tests.integration.openstack.guest_shell ADDRESS --listen    keeps one connection, on which the server says
    ten times a second how long it is up; at the end of its input it prints what it heard when, as JSON
"""

from __future__ import annotations

import json
import select
import socket
import sys
import time
from typing import TextIO

PORT = 2323
END = b"END-OF-COMMAND"
DEADLINE = 60.0
"""Seconds to connect, for a command, and for the next word."""
WORD = b"while :; do cut -d ' ' -f 1 /proc/uptime; sleep 0.1; done\n"


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
        answer = b""
        while END not in answer:
            more = there.recv(65536)
            if not more:
                raise ConnectionError(f"{address} ended the connection after {answer!r}")
            answer += more
    return answer.partition(END)[0].decode()


def heard(address: str) -> list[tuple[float, float]]:
    """Listen until standard input has ended, and for one word more: a silence at the end counts as any other.

    A connection that breaks is an error, whatever the silences.

    Returns when each word came (seconds of this machine's clock), and when it was said (of the server's).
    """
    words: list[tuple[float, float]] = []
    with connected(address) as there:
        there.sendall(WORD)
        sources: list[socket.socket | TextIO] = [there, sys.stdin]
        rest = b""
        while True:
            readable, _, _ = select.select(sources, [], [], DEADLINE)
            if not readable:
                raise TimeoutError(f"{address} has said nothing for {DEADLINE:.0f} s")
            if there in readable:
                more = there.recv(65536)
                if not more:
                    raise ConnectionError(f"{address} ended the connection")
                *lines, rest = (rest + more).split(b"\n")
                if lines and not words:
                    print("listening", flush=True)
                words += [(time.monotonic(), float(line)) for line in lines]
                if lines and sys.stdin not in sources:
                    return words
            if sys.stdin in readable and not sys.stdin.readline():
                sources.remove(sys.stdin)


if __name__ == "__main__":
    if sys.argv[2:] == ["--listen"]:
        print(json.dumps(heard(sys.argv[1])))
    else:
        print(said(sys.argv[1], " ".join(sys.argv[2:])), end="")
