#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""A constant stream of UDP datagrams that two busy cores can offer: segmented by the kernel
(UDP_SEGMENT), received with a buffer that a late reader does not overflow. iperf3 3.12 takes three
system calls a datagram and loses what does not fit its 208 KiB.

usage: udp.py serve PORT MBIT SECONDS SIZE     waits for a receiver's hello, then sends to it
       udp.py get ADDRESS PORT SECONDS         says hello, receives, prints the figures as JSON

SIZE: bytes of UDP payload. Both must run on one machine: delays are differences of its clock."""
import json
import socket
import struct
import sys
import time

HEAD = struct.Struct("!IQ")  # number, or END; sender's clock in ns, or the number sent
END = 0xFFFFFFFF
UDP_SEGMENT = 103
SO_RCVBUFFORCE = 33
STEP = 16  # datagrams a system call


def serve(port, mbit, seconds, size):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.bind(("", port))
    _, peer = s.recvfrom(64)
    s.connect(peer)
    s.setsockopt(socket.IPPROTO_UDP, UDP_SEGMENT, size)
    block = bytearray(size * STEP)
    gap = size * 8 * STEP * 1000 / mbit  # ns
    began = due = time.monotonic_ns()
    sent = 0
    while due < began + seconds * 1e9:
        now = time.monotonic_ns()
        if now < due:
            time.sleep((due - now) / 1e9)
            continue
        for i in range(STEP):
            HEAD.pack_into(block, i * size, sent + i, now)
        try:
            s.send(block)
        except ConnectionRefusedError:
            break
        sent += STEP
        due += gap
    end = HEAD.pack(END, sent)
    for _ in range(5):
        time.sleep(0.2)
        try:
            s.send(end)
        except ConnectionRefusedError:
            break
    print(json.dumps({"sent": sent, "offered_mbit": sent * size * 8000 / (time.monotonic_ns() - began - 1e9)}))


def get(address, port, seconds):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 32 << 20)
    s.connect((address, port))
    s.settimeout(0.3)
    buffer = bytearray(2048)
    numbers, delays, by_second = bytearray(), [], []
    sent = first = last = size = got = 0
    limit = time.monotonic() + seconds + 10
    while not sent and time.monotonic() < limit:
        try:
            if not got:
                s.send(b"hello")
            n = s.recv_into(buffer)
        except (socket.timeout, ConnectionRefusedError):
            continue
        number, stamp = HEAD.unpack_from(buffer)
        if number == END:
            sent = stamp
            break
        last = time.monotonic_ns()
        first = first or last
        delays.append(last - stamp)
        size, got = n, got + 1
        while len(by_second) <= (last - first) // 1_000_000_000:
            by_second.append(0)
        by_second[-1] += n
        if number >= len(numbers):
            numbers.extend(bytes(max(number + 1 - len(numbers), 1 << 16)))
        numbers[number] = 1
    if not sent or last <= first:
        sys.exit("udp.py: nothing came")
    delays.sort()
    arrived = sum(numbers)
    print(json.dumps({
        "sent": sent,
        "lost": sent - arrived,
        "lost_percent": 100 * (sent - arrived) / sent,
        "twice": got - arrived,
        "received_mbit": got * size * 8000 / (last - first),
        "offered_mbit": sent * size * 8000 / (last - first),
        "seconds_mbit": [n * 8 / 1e6 for n in by_second],
        "delay_ms": {p: delays[min(got - 1, int(got * q))] / 1e6
                     for p, q in (("p50", 0.5), ("p99", 0.99), ("max", 1))},
    }))


def main():
    try:
        if sys.argv[1] == "serve":
            serve(int(sys.argv[2]), float(sys.argv[3]), float(sys.argv[4]), int(sys.argv[5]))
        else:
            get(sys.argv[2], int(sys.argv[3]), float(sys.argv[4]))
    except (IndexError, ValueError):
        sys.exit(__doc__)


if __name__ == "__main__":
    main()
