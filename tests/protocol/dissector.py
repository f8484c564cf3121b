#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""drivers-cfg/wireshark/wanbond.lua against docs/protocol.md: tshark reads what we have written.

dissector.py ROOT     exit code 77 (skipped): no tshark here
"""
import json
import os
import shutil
import struct
import subprocess
import sys
import tempfile

from codec import Codec
from document import Document

EDGE, HUB = (b'\xc0\xa8\x01\x02', 40000), (b'\xcb\x00\x71\x0a', 65500)


def frame(source, to, payload):
  udp = struct.pack('>4H', source[1], to[1], 8 + len(payload), 0)
  ip = struct.pack('>BBHHHBBH', 0x45, 0, 28 + len(payload), 0, 0x4000, 64, 17, 0) + source[0] + to[0]
  return bytes(12) + b'\x08\x00' + ip + udp + payload


def write_pcap(path, frames):
  with open(path, 'wb') as f:
    f.write(struct.pack('<IHHiIII', 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1))
    for i, data in enumerate(frames):
      f.write(struct.pack('<IIII', i, 0, len(data), len(data)) + data)


def datagrams(doc):
  """(frame, what the dissector must show)"""
  v, c = doc.vector, Codec(doc)
  init, response = v('INIT'), v('RESPONSE')

  def session(path, number, n=40):
    return c.header(path, 0x55667788, number) + bytes(n)

  def shows(path, number, step=None, n=40):
    fields = {'wanbond.type': '4', 'wanbond.path': str(path), 'wanbond.number': str(number),
              'wanbond.receiver': '0x55667788', 'wanbond.sealed_len': str(n - 20)}
    return fields if step is None else {**fields, 'wanbond.step': str(step)}

  yield frame(EDGE, HUB, init), {
    'wanbond.type': '1', 'wanbond.format': '1', 'wanbond.sender': '0x11223344',
    'wanbond.ephemeral': init[8:40], 'wanbond.static': init[40:88],
    'wanbond.payload': init[88:-16], 'wanbond.mac1': init[-16:]}
  yield frame(HUB, EDGE, response), {
    'wanbond.type': '2', 'wanbond.receiver': '0x11223344', 'wanbond.ephemeral': response[8:40],
    'wanbond.payload': response[40:-16], 'wanbond.mac1': response[-16:]}
  yield frame(EDGE, HUB, v('datagram')), {
    'wanbond.type': '4', 'wanbond.path': '2', 'wanbond.receiver': '0x55667788', 'wanbond.number': '5',
    'wanbond.sealed': v('datagram')[12:-16], 'wanbond.tag': v('datagram')[-16:]}
  yield frame(EDGE, HUB, session(0, 0)), shows(0, 0)
  yield frame(EDGE, HUB, session(0, 1)), shows(0, 1, 1)
  yield frame(EDGE, HUB, session(0, 4)), {**shows(0, 4, 3), 'wanbond.step.gap': None}
  yield frame(EDGE, HUB, session(0, 2)), {**shows(0, 2, -2), 'wanbond.step.late': None}
  yield frame(HUB, EDGE, session(0, 2)), shows(0, 2)  # the other direction counts for itself
  yield frame(EDGE, HUB, session(1, (1 << 48) - 1, 20)), shows(1, (1 << 48) - 1, n=20)
  yield frame(EDGE, HUB, session(0, 5)[:31]), {'wanbond.type': '4', 'wanbond.length.bad': None}
  yield frame(EDGE, HUB, init[:100]), {'wanbond.type': '1', 'wanbond.length.bad': None}
  yield frame(EDGE, HUB, init + bytes(500)), {'wanbond.type': '1', 'wanbond.length.bad': None}
  yield frame(EDGE, HUB, init[:2] + b'\1' + init[3:]), {'wanbond.clear.bad': None}
  cookie = bytes([3, 1, 0, 0, 0x11, 0x22, 0x33, 0x44]) + bytes(range(56))
  yield frame(HUB, EDGE, cookie), {
    'wanbond.type': '3', 'wanbond.receiver': '0x11223344', 'wanbond.nonce': cookie[8:32], 'wanbond.cookie': cookie[32:]}
  yield frame(HUB, EDGE, cookie[:-1]), {'wanbond.type': '3', 'wanbond.length.bad': None}
  proof = bytes([5, 1, 0, 0]) + bytes(range(16)) + init
  yield frame(EDGE, HUB, proof), {
    'wanbond.type': '5', 'wanbond.mac2': proof[4:20], 'wanbond.sender': '0x11223344',
    'wanbond.ephemeral': init[8:40], 'wanbond.mac1': init[-16:]}
  yield frame(EDGE, HUB, proof[:100]), {'wanbond.type': '5', 'wanbond.length.bad': None}
  yield frame(EDGE, HUB, b'\x2a' + bytes(60)), {'wanbond.type': '42', 'wanbond.type.unknown': None}


def flatten(node, out):
  for key, value in node.items():
    for one in value if isinstance(value, list) else [value]:
      if isinstance(one, dict):
        flatten(one, out)
      else:
        out[key] = one
  return out


def main():
  root, tshark = sys.argv[1], os.environ.get('TSHARK') or shutil.which('tshark')
  if tshark is None:
    print('skipped: no tshark (Debian package tshark)')
    return 77
  frames, wanted = zip(*datagrams(Document(root)))
  # as root tshark warns, and may run no scripts: there it is nobody, who sees this folder only
  other = {'user': 'nobody', 'group': 'nogroup', 'extra_groups': []} if os.geteuid() == 0 else {}
  with tempfile.TemporaryDirectory() as folder:
    os.chmod(folder, 0o755)
    shutil.copy(os.path.join(root, 'drivers-cfg/wireshark/wanbond.lua'), folder)
    write_pcap(os.path.join(folder, 'all.pcap'), frames)
    run = subprocess.run(
      [tshark, '-X', 'lua_script:wanbond.lua', '-r', 'all.pcap', '-T', 'json', '--no-duplicate-keys'],
      cwd=folder, env={**os.environ, 'HOME': folder}, capture_output=True, text=True, timeout=60,
      check=False, **other)
  assert run.returncode == 0, run.stderr
  assert 'Lua' not in run.stderr, run.stderr
  shown = json.loads(run.stdout)
  assert len(shown) == len(frames)
  for i, (packet, fields) in enumerate(zip(shown, wanted)):
    got = flatten(packet['_source']['layers'].get('wanbond', {}), {})
    for name, value in fields.items():
      value = ':'.join(f'{b:02x}' for b in value) if isinstance(value, bytes) else value
      assert name in got, f'packet {i + 1}: no {name} in {got}'
      assert value is None or got[name] == value, f'packet {i + 1}: {name} is {got[name]}, not {value}'
    for name in ('wanbond.length.bad', 'wanbond.clear.bad', 'wanbond.step.gap', 'wanbond.step.late',
                 'wanbond.type.unknown', 'wanbond.step'):
      assert name in fields or name not in got, f'packet {i + 1}: {name} in {got}'
  print(f'{len(frames)} packets read as docs/protocol.md says')
  return 0


sys.exit(main())
