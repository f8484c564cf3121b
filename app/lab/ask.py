#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Asks a DPDK process one telemetry command: ask.py SOCKET /command[,parameters]

Prints the value of the command's key as JSON: dpdk-telemetry.py for scripts (one question, an exit
code, a deadline)."""
import json
import socket
import sys


def ask(path, command, timeout=5.0):
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as s:
        s.settimeout(timeout)
        s.connect(path)
        limit = json.loads(s.recv(1024))["max_output_len"]
        s.send(command.encode())
        reply = json.loads(s.recv(limit + 64))
    return reply[command.split(",")[0]]


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    try:
        answer = ask(sys.argv[1], sys.argv[2])
    except (OSError, ValueError, KeyError) as e:
        sys.exit(f"ask.py: {sys.argv[1]} {sys.argv[2]}: {e!r}")
    if answer is None:
        sys.exit(f"ask.py: {sys.argv[2]}: no such command or object")
    print(json.dumps(answer))


if __name__ == "__main__":
    main()
