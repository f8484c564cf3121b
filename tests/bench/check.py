#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Runs `wanbond-bench --quick`, also with many routes and destinations, and checks that its figures can be true; how good they are is not
judged, a busy machine must not fail a test.

check.py WANBOND-BENCH
"""
import json
import os
import subprocess
import sys
import tempfile

SIZES = [64, 512, 1424]
# Nodes that every packet of a direction goes through.
NODES = {
  'encapsulate': ['wb_port_rx', 'wb_lan_input', 'wb_tunnel_input', 'wb_tunnel_tx', 'wb_encrypt',
    'wb_port_tx', 'wb_frame_input'],
  'decapsulate': ['wb_wan_input', 'wb_decrypt', 'wb_frame_input', 'wb_lan_output', 'wb_port_tx'],
}


def check_result(where, direction, r):
  """Returns what is wrong with one size of one direction."""
  wrong = []
  packets = r['packets']
  sink = packets['out'] + packets['queued'] + packets['held'] + sum(packets['drops'].values())
  if packets['in'] != sink:
    wrong.append(f'{where}: in {packets["in"]} is not out + queued + held + drops, {sink}: {packets}')
  if packets['queued'] or packets['held']:
    wrong.append(f'{where}: not everything was acknowledged or delivered in the end')
  for key in ('mpps', 'gbit_per_s', 'ticks_per_packet', 'aead_ticks', 'windows'):
    if not r[key] > 0:
      wrong.append(f'{where}: {key} is {r[key]}')
  if packets['out'] < 1000:
    wrong.append(f'{where}: only {packets["out"]} packets')
  for node in NODES[direction]:
    if not r['nodes'].get(node, 0) > 0:
      wrong.append(f'{where}: no ticks in {node}')
  if r['ticks_per_packet'] < r['aead_ticks'] / 2:
    wrong.append(f'{where}: quicker than the AEAD alone')
  if not sum(n > 0 for n in r['datagrams_per_path']) == len(r['datagrams_per_path']):
    wrong.append(f'{where}: a path carried nothing: {r["datagrams_per_path"]}')
  return wrong


def check_many(report):
  """Every packet to another destination: none may be lost for it."""
  wrong = []
  for r in report['encapsulate']:
    wrong += check_result(f'many destinations {r["inner_bytes"]}', 'encapsulate', r)
    if not r.get('ticks_one_destination', 0) > 0:
      wrong.append('many destinations: not compared with one')
  return wrong


def check(report):
  wrong = []
  for direction in NODES:
    sizes = [r['inner_bytes'] for r in report[direction]]
    if sizes != SIZES:
      wrong.append(f'{direction}: sizes {sizes}')
    for r in report[direction]:
      wrong += check_result(f'{direction} {r["inner_bytes"]}', direction, r)
  if not 0 < report['memory']['tunnel_bytes'] < 64 << 20:
    wrong.append(f'memory of a tunnel: {report["memory"]["tunnel_bytes"]}')
  return wrong


def run(bench, folder, options, judge):
  file = os.path.join(folder, 'bench.json')
  code = subprocess.run([bench, '--quick', f'--json={file}', *options]).returncode
  if code != 0:
    return [f'{bench} {" ".join(options)} ended with {code}']
  with open(file, encoding='utf-8') as f:
    return judge(json.load(f))


def main(argv):
  if len(argv) != 2:
    sys.exit(__doc__)
  with tempfile.TemporaryDirectory(prefix='wanbond-bench-') as folder:
    wrong = run(argv[1], folder, [], check)
    many = ['--direction', 'encapsulate', '--routes', '10000', '--destinations', '1000000']
    wrong += run(argv[1], folder, many, check_many)
  for line in wrong:
    print(f'FAIL {line}')
  return 1 if wrong else 0


if __name__ == '__main__':
  sys.exit(main(sys.argv))
