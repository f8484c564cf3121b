#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The picture of the graph in docs/architecture.md, from the nodes' registrations.

graph.py ROOT           fails when the page shows another one
graph.py ROOT --write   puts it there
"""
import glob
import os
import re
import sys

# Not edges of the graph, but the way of packets all the same.
QUEUES = [('tunnel_input', 'tunnel_tx', 'flow queue'), ('frame_input', 'tunnel_tx', 'held for order')]
SOURCE = re.compile(r'RTE_NODE_SOURCE_F')
NAME = re.compile(r'\.name = "wb_(\w+)"')
EDGE = re.compile(r'\[(\w+)\] = "wb_(\w+)"')


def nodes(root):
  """(name, is a source, [(label, next node)]) of every registration, by name."""
  for path in sorted(glob.glob(os.path.join(root, 'lib/datapath/node_*.c'))):
    with open(path, encoding='utf-8') as f:
      text = f.read()
    for body in re.findall(r'struct rte_node_register \w+ = \{(.*?)\n\};', text, re.S):
      yield NAME.search(body).group(1), bool(SOURCE.search(body)), EDGE.findall(body)


def label(edge, node):
  """PORT_RX_LAN of port_rx: lan."""
  words = edge.lower()
  return words.removeprefix(node + '_').replace('_', ' ')


def picture(root):
  lines = ['```mermaid', 'flowchart LR']
  found = list(nodes(root))
  assert len(found) >= 12, f'{len(found)} nodes'
  for name, source, _ in found:
    lines.append(f'  {name}([{name}])' if source else f'  {name}[{name}]')
  for name, _, edges in found:
    for edge, to in edges:
      if to != 'drop':  # nearly every node has that edge
        lines.append(f'  {name} -->|{label(edge, name)}| {to}')
  lines += [f'  {a} -.->|{text}| {b}' for a, b, text in QUEUES]
  return '\n'.join(lines + ['```'])


def main():
  root = sys.argv[1]
  page = os.path.join(root, 'docs/architecture.md')
  with open(page, encoding='utf-8') as f:
    text = f.read()
  m = re.search(r'(?<=<!-- graph -->\n).*?(?=\n<!-- end of graph -->)', text, re.S)
  assert m, 'no place for the picture'
  want = picture(root)
  if sys.argv[2:] == ['--write']:
    with open(page, 'w', encoding='utf-8') as f:
      f.write(text[:m.start()] + want + text[m.end():])
  elif m.group() != want:
    sys.exit(f'{page} shows another graph than lib/datapath has: run docs/graph.py {root} --write')


main()
