#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""One-way delay between two network namespaces: owd.py FROM TO ADDRESS COUNT INTERVAL_MS

Sends COUNT datagrams of 100 bytes from namespace FROM to ADDRESS in namespace TO. The time of sending
is read just before sendto (in a real-time thread), that of arrival is the kernel's. Prints JSON:
sent, received, overtaken, runs (of lost ones), and the delay in us: p50, p1, p99, p999, max, deviation."""
import ctypes
import json
import os
import socket
import struct
import sys
import threading
import time

SO_TIMESTAMPNS = 35
CLONE_NEWNET = 0x40000000
libc = ctypes.CDLL(None, use_errno=True)


def socket_in(namespace):
    """Sockets keep the namespace they were made in; only this thread changes its own."""
    made = []

    def run():
        with open(f"/run/netns/{namespace}") as f:
            if libc.setns(f.fileno(), CLONE_NEWNET) != 0:
                return
        made.append(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))

    t = threading.Thread(target=run)
    t.start()
    t.join()
    if not made:
        sys.exit(f"owd.py: cannot enter namespace {namespace}")
    return made[0]


def real_time(priority):
    os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(priority))


def send(s, to, count, interval):
    real_time(41)
    start = time.monotonic()
    for i in range(count):
        wait = start + i * interval - time.monotonic()
        if wait > 0:
            time.sleep(wait)
        s.sendto(struct.pack("!IQ", i, time.clock_gettime_ns(time.CLOCK_REALTIME)) + bytes(88), to)


def receive(s, count, seconds):
    """[(number, delay in us)] in order of arrival; ends a second after the last one."""
    real_time(40)
    got = []
    end = time.monotonic() + seconds
    s.settimeout(1.0)
    while len(got) < count and time.monotonic() < end:
        try:
            data, control, _, _ = s.recvmsg(200, 256)
        except TimeoutError:
            if got:
                break
            continue
        number, sent = struct.unpack("!IQ", data[:12])
        for level, kind, value in control:
            if level == socket.SOL_SOCKET and kind == SO_TIMESTAMPNS:
                sec, ns = struct.unpack("qq", value[:16])
                got.append((number, (sec * 10**9 + ns - sent) / 1000))
    return got


def runs_of_lost(got, count):
    here = {n for n, _ in got}
    return sum(1 for i in range(count) if i not in here and (i == 0 or i - 1 in here))


def main():
    if len(sys.argv) != 6:
        sys.exit(__doc__)
    count, interval = int(sys.argv[4]), float(sys.argv[5]) / 1000
    rx, tx = socket_in(sys.argv[2]), socket_in(sys.argv[1])
    rx.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
    rx.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
    rx.bind((sys.argv[3], 0))
    sender = threading.Thread(target=send, args=(tx, rx.getsockname(), count, interval))
    sender.start()
    got = receive(rx, count, count * interval + 10)
    sender.join()
    result = {"sent": count, "received": len(got), "runs": runs_of_lost(got, count)}
    if got:
        delays = sorted(d for _, d in got)
        mean = sum(delays) / len(delays)
        result["overtaken"] = sum(a[0] > b[0] for a, b in zip(got, got[1:]))
        result["deviation"] = round((sum((d - mean) ** 2 for d in delays) / len(delays)) ** 0.5)
        for name, q in (("p1", 0.01), ("p50", 0.5), ("p99", 0.99), ("p999", 0.999), ("max", 1)):
            result[name] = round(delays[max(0, min(len(delays) - 1, int(q * len(delays) + 0.5) - 1))])
    print(json.dumps(result))


if __name__ == "__main__":
    main()
