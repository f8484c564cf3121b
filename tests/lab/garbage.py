#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""garbage.py ADDRESS PORT COUNT SEED: datagrams that no honest end sends: random bytes of every
length, truncated and bit-flipped shapes of each type, empty ones."""
import random
import socket
import sys


def main():
    address, port, count, seed = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
    r = random.Random(seed)
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    for i in range(count):
        length = r.choice((0, 1, 7, 8, 15, 16, 31, 32, 33, 96, 148, 200, 400, 1200, 1472, r.randrange(1472)))
        data = bytearray(r.randbytes(length))
        if data and i % 2:
            data[0] = r.randrange(8)  # a type that exists, most likely
        if len(data) > 4 and i % 4 == 1:
            data[1:4] = bytes(3)
        s.sendto(bytes(data), (address, port))
    print(f"sent {count} datagrams, seed {seed}")


main()
