#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""What `meson install` puts on a machine: all that the pages speak of, as it is here, and their links hold.

install.py ROOT BUILD PREFIX
"""
import filecmp
import glob
import os
import re
import subprocess
import sys
import tempfile

root, build, prefix = sys.argv[1:]
PROGRAMS = ['wanbond', 'wanbond-bench', 'wanbond-emu', 'wanbond-hugepages', 'wanbond-sim', 'wanbond-sim-plot']
# Of the checkout only: what a page says of the source or of the tests.
SOURCE = re.compile(r'(\.\./)*(lib|tests|app)/')


def sources(*patterns):
  """Paths below ROOT."""
  return [os.path.relpath(p, root) for n in patterns for p in glob.glob(os.path.join(root, n))]


def wanted():
  """Installed path below PREFIX: path below ROOT, None: made by the build."""
  files = {f'bin/{p}': None for p in PROGRAMS}
  files['bin/wanbond-hugepages'] = 'drivers-cfg/hugepages.sh'
  files['bin/wanbond-sim-plot'] = 'app/sim/plot'
  for source in sources('drivers-cfg/xdp/*.bpf.c', 'config/schedulers/*.bpf.c'):
    files[f'lib/wanbond/{os.path.basename(source)[:-2]}.o'] = None
  files['include/wanbond/wb_sched_bpf.h'] = 'lib/bond/wb_sched_bpf.h'
  files['lib/systemd/system/wanbond@.service'] = None
  files['share/wanbond/wanbond.schema.json'] = 'config/wanbond.schema.json'
  files['share/wanbond/wanbond.lua'] = 'drivers-cfg/wireshark/wanbond.lua'
  for source in sources('README.md', 'LICENSE', 'docs/*.md', 'docs/design/*.md', 'config/*.json', 'config/*.nft', 'config/schedulers/*.c',
                        'drivers-cfg/README.md'):
    files[f'share/doc/wanbond/{source}'] = source
  return files


def links(page):
  """Local links of a page that lead nowhere."""
  with open(page, encoding='utf-8') as f:
    for link in re.findall(r'\]\(([^)#:]+)(?:#[^)]*)?\)', f.read()):
      if not SOURCE.match(link) and not os.path.exists(os.path.join(os.path.dirname(page), link)):
        yield f'{page}: no {link}'


def unit(top):
  path = os.path.join(top, 'lib/systemd/system/wanbond@.service')
  with open(path, encoding='utf-8') as f:
    text = f.read()
  page = re.search(r'^Documentation=file:(.*)$', text, re.M).group(1)
  assert page.startswith(prefix), page
  assert os.path.exists(top + page[len(prefix):]), f'{path}: no {page}'
  for program in re.findall(r'^Exec\w+=(?:/usr/bin/env )?(\S+)', text, re.M):
    assert os.path.exists(os.path.join(top, 'bin', os.path.basename(program))), f'{path}: no {program}'


def main():
  with tempfile.TemporaryDirectory() as dest:
    subprocess.run(['meson', 'install', '-C', build, '--no-rebuild', '--destdir', dest], check=True,
                   stdout=subprocess.DEVNULL)
    top, files = dest + prefix, wanted()
    have = {os.path.relpath(os.path.join(d, n), top) for d, _, names in os.walk(top) for n in names}
    have = {f for f in have if not f.startswith('share/doc/wanbond/config/') or f in files or not f.endswith('.build')}
    assert not files.keys() - have, f'not installed: {sorted(files.keys() - have)}'
    # Other ready files may join the examples; nothing else comes unasked.
    other = {f for f in have - files.keys() if not f.startswith('share/doc/wanbond/config/')}
    assert not other, f'installed, and named nowhere: {sorted(other)}'
    for name, source in files.items():
      assert source is None or filecmp.cmp(os.path.join(top, name), os.path.join(root, source), False), name
    for program in PROGRAMS:
      assert os.access(os.path.join(top, 'bin', program), os.X_OK), program
    broken = [b for name in files if name.endswith('.md') for b in links(os.path.join(top, name))]
    assert not broken, broken
    unit(top)
  print(f'{len(have)} files')


main()
