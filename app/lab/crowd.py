#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""crowd.py FROM TO FLOWS MBIT: UDP of so many flows between two addresses, of 1400 bytes, until it is ended."""
import random
import socket
import sys
import time

SIZE = 1400
HEADERS = 28

source, target, flows, mbit = sys.argv[1], sys.argv[2], int(sys.argv[3]), float(sys.argv[4])
sockets = []
for _ in range(16):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.bind((source, 0))
    sockets.append(s)
payload = bytes(SIZE - HEADERS)
interval = SIZE * 8 / (mbit * 1e6)
due = time.monotonic()
while True:
    now = time.monotonic()
    due = max(due, now - 0.02)  # this process had no core: what it missed is not made up for
    while due <= now:
        port = 20000 + random.randrange(max(1, flows // len(sockets)))
        try:
            random.choice(sockets).sendto(payload, (target, port))
        except OSError:  # a full queue, or "port unreachable" for an earlier one
            pass
        due += interval
    time.sleep(0.001)
