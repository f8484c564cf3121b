#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The scheduler of docs/schedulers.md, compiled by the command that stands there, is one that loads and decides.

documented_scheduler.py ROOT SIMULATOR SCENARIO
"""
import os
import re
import subprocess
import sys
import tempfile

root, simulator, scenario = sys.argv[1:]


def block(text, mark):
  """Indented lines of the first block that has the mark."""
  return next(b for b in re.findall(r'(?:^(?: {4}.*)?\n)+', text, re.M) if mark in b)


def command(path, prefix):
  with open(os.path.join(root, path), encoding='utf-8') as f:
    return next(line.strip(prefix + ' \t\n') for line in f if 'clang -target bpf' in line)


with open(os.path.join(root, 'docs/schedulers.md'), encoding='utf-8') as f:
  program = block(f.read(), 'SCHEDULER(').split('    clang ')[0]
documented = command('docs/schedulers.md', '')
assert documented == command('lib/bond/wb_sched_bpf.h', '/'), 'the page and the header name different commands'
# From 20 on clang makes other instructions without it.
assert '-mcpu=v2' in documented.split(), documented
with tempfile.TemporaryDirectory() as folder:
  with open(os.path.join(folder, 'mine.bpf.c'), 'w', encoding='utf-8') as f:
    f.write('\n'.join(line[4:] for line in program.split('\n')))
  words = [f'-I{root}/lib/bond' if w.startswith('-I') else w for w in documented.split()]
  subprocess.run(words + ['-Werror'], check=True, cwd=folder)
  # Ends with 2 when it does not load.
  played = subprocess.run([simulator, '-d', '3', '-S', os.path.join(folder, 'mine.bpf.o'), scenario],
                          capture_output=True, text=True)
assert played.returncode == 0 and '"goodput_mbit"' in played.stdout, (played.returncode, played.stderr)
