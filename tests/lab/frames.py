# SPDX-License-Identifier: BSD-3-Clause
"""Datagrams and frames of given sizes for frames.sh.

frames.py echo PORT              answers each datagram with itself, prints the short ones
frames.py udp HOST PORT SIZE...  each size ten times; prints how many came back whole, at once or
                                 when sent again
frames.py raw IFACE MAC SRC DST PORT padded|tagged  a datagram in a frame as few hosts make it
"""
import os
import socket
import struct
import sys


def echo(port):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("", port))
        while True:
            data, who = sock.recvfrom(65535)
            if len(data) < 16:
                print(data.decode(errors="replace"), flush=True)
            sock.sendto(data, who)


def answered(sock, to, data):
    """Is data echoed within a few tries?"""
    for _ in range(5):
        sock.sendto(data, to)
        try:
            while True:
                if sock.recv(65535) == data:
                    return True
        except TimeoutError:
            pass
    return False


def udp(host, port, sizes):
    whole = 0
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        # as ping -M dont: what does not fit is cut on the way
        sock.setsockopt(socket.IPPROTO_IP, 10, 0)  # IP_MTU_DISCOVER, IP_PMTUDISC_DONT
        sock.settimeout(1)
        for size in sizes:
            for i in range(10):
                data = struct.pack("!HH", size, i) + os.urandom(size - 4)
                whole += answered(sock, (host, port), data)
    print(whole)


def checksum(data):
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    total = (total & 0xffff) + (total >> 16)
    return ~((total & 0xffff) + (total >> 16)) & 0xffff


def raw(iface, mac, src, dst, port, kind):
    data = b"padded" if kind == "padded" else b"tagged"
    udp_header = struct.pack("!4H", 7, port, 8 + len(data), 0)
    ip = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 28 + len(data), 1, 0, 64, 17, 0,
                     socket.inet_aton(src), socket.inet_aton(dst))
    ip = ip[:10] + struct.pack("!H", checksum(ip)) + ip[12:]
    tag = struct.pack("!HH", 0x8100, 5) if kind == "tagged" else b""
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as sock:
        sock.bind((iface, 0))
        frame = bytes.fromhex(mac.replace(":", "")) + sock.getsockname()[4]
        frame += tag + b"\x08\x00" + ip + udp_header + data
        # a card that pads with what lay in its memory
        sock.send(frame + b"\xa5" * (64 - len(frame)))


if __name__ == "__main__":
    if sys.argv[1] == "echo":
        echo(int(sys.argv[2]))
    elif sys.argv[1] == "udp":
        udp(sys.argv[2], int(sys.argv[3]), [int(a) for a in sys.argv[4:]])
    else:
        raw(*sys.argv[2:6], int(sys.argv[6]), sys.argv[7])
