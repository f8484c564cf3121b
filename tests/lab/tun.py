#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""A wire without Ethernet between two network namespaces: what PPP, a modem in raw-IP mode or a CLAT gives.

tun.py NS1 IF1 NS2 IF2 TYPE[,TYPE]: makes a TUN device in each, carries packets between them, and takes both away when
it ends. TYPE: the ARPHRD_ number that IF1 shows (1: Ethernet, 512: PPP, 519: RAWIP, 65534: none); the second one from
SIGUSR1 on, for which IF1 must be down.
"""
import ctypes
import fcntl
import os
import select
import signal
import struct
import sys

TUNSETIFF = 0x400454CA
TUNSETLINK = 0x400454CD
IFF_TUN_NO_PI = 0x0001 | 0x1000
CLONE_NEWNET = 0x40000000


def enter(namespace):
    """Moves this process to a network namespace."""
    libc = ctypes.CDLL(None, use_errno=True)
    with open("/run/netns/" + namespace) as f:
        if libc.setns(f.fileno(), CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), "setns " + namespace)


def make(namespace, name):
    """A TUN device in a namespace; it lives as long as its descriptor."""
    enter(namespace)
    fd = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(fd, TUNSETIFF, struct.pack("16sH22x", name.encode(), IFF_TUN_NO_PI))
    return fd


def main():
    ns1, if1, ns2, if2 = sys.argv[1:5]
    types = [int(t) for t in sys.argv[5].split(",")]
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    a = make(ns1, if1)
    fcntl.ioctl(a, TUNSETLINK, types[0])
    signal.signal(signal.SIGUSR1, lambda *_: fcntl.ioctl(a, TUNSETLINK, types[1]))
    b = make(ns2, if2)  # last: who sees it may set both up
    other = {a: b, b: a}
    while True:
        for fd in select.select([a, b], [], [])[0]:
            try:
                packet = os.read(fd, 65536)
                os.write(other[fd], packet)
            except OSError:
                pass  # an end that is down


if __name__ == "__main__":
    main()
