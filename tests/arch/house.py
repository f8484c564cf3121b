#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Fails where the tree does not keep its own rules: sizes, opening comments, names, what the docs point at,
functions that nobody uses. docs/CONTRIBUTING.md has the rules.

house.py source ROOT
house.py unused ROOT BUILD...      (folders with compiled objects)
"""
import collections
import glob
import json
import os
import re
import subprocess
import sys

sys.dont_write_bytecode = True
from tree import Tree, read  # noqa: E402

SKIP = 77  # for meson
MAX_LINES = 500
MAX_FUNCTION = 60
# Headers of one name, each seen only inside of its own folder.
SAME_HEADERS = {'control.h', 'keys.h', 'link.h', 'scheduler.h'}
# Exported by a library and used in no other file: tables that are found by name, and what is public for the
# next program. Entries only go away.
UNUSED = {
  'cc_fixed',
  'control_logtype',  # RTE_LOG_REGISTER's
  'config_doc_reference', 'wb_page_read', 'wb_page_write',  # of tools that are only made by name
}
TOPS = ('app', 'config', 'docs', 'drivers-cfg', 'lib', 'tests')
# Named in the docs, and made by a run.
MADE = {'tests/out', 'tests/out/'}


class House(Tree):
  def name(self, path):
    return os.path.relpath(path, self.root)


def check_sizes(house):
  for path in house.files(['lib'], '.c', '.h'):
    lines = read(path).splitlines()
    house.checked += 1
    if len(lines) > MAX_LINES:
      house.error(path, f'{len(lines)} lines, at most {MAX_LINES}')


def functions(lines):
  """Name, first line and number of lines of each function body."""
  start = name = None
  for number, line in enumerate(lines, 1):
    found = re.match(r'(\w+)\(', line)
    if found:
      name = found.group(1)
    if line == '{':
      start = number
    elif line == '}' and start is not None:
      yield name, start, number - start - 1
      start = None


def check_functions(house):
  for path in house.files(['lib'], '.c', '.h'):
    for name, start, length in functions(read(path).splitlines()):
      house.checked += 1
      if length > MAX_FUNCTION:
        house.error(path, f'{name}() has {length} lines, at most {MAX_FUNCTION}', start)


def check_openings(house):
  for path in house.files(['lib'], '.c', '.h'):
    lines = read(path).splitlines()
    house.checked += 1
    if len(lines) < 2 or not lines[1].startswith(('//', '/*')):
      house.error(path, 'does not open with a comment that says what it does', 2)


def check_names(house):
  """A header's name says which one it is; so does a source's in its library, whatever room it is in."""
  headers, sources = collections.defaultdict(list), collections.defaultdict(list)
  for path in house.files(['lib', 'app'], '.c', '.h'):
    name, base = house.name(path), os.path.basename(path)
    house.checked += 1
    if base.endswith('.h') and base not in SAME_HEADERS:
      headers[base].append(path)
    elif base.endswith('.c') and base != 'main.c':
      sources['/'.join(name.split(os.sep)[:2]) + '/' + base].append(path)
  for paths in [*headers.values(), *sources.values()]:
    for path in paths[1:]:
      house.error(path, f'has the name of {house.name(paths[0])}')


def check_constants(house):
  """In lib/bond a constant's name says which one it is: no two macros of one name."""
  seen = {}
  for path in house.files(['lib/bond'], '.c', '.h'):
    for line, text in enumerate(read(path).splitlines(), 1):
      found = re.match(r'#define (\w{2,})', text)  # X is the parameter of tables
      if not found:
        continue
      house.checked += 1
      first = seen.setdefault(found.group(1), path)
      if first != path:
        house.error(path, f'{found.group(1)} is also defined in {house.name(first)}', line)


def anchors(text):
  """What GitHub makes of headings."""
  for heading in re.findall(r'^#+\s+(.*)$', re.sub(r'```.*?```', '', text, flags=re.S), re.M):
    plain = re.sub(r'\[([^]]*)\]\([^)]*\)', r'\1', heading)
    yield re.sub(r'[^\w\- ]', '', plain.strip().lower()).replace(' ', '-')


def check_link(house, path, target, line):
  to, _, anchor = target.partition('#')
  if re.match(r'[a-z]+:', target):
    return
  full = os.path.normpath(os.path.join(os.path.dirname(path), to)) if to else path
  house.checked += 1
  if not os.path.exists(full):
    house.error(path, f'a link to {target}, which is not there', line)
  elif anchor and full.endswith('.md') and anchor not in set(anchors(read(full))):
    house.error(path, f'a link to {target}: there is no such heading', line)


def check_command(house, path, command, grammar, line):
  """A command of the prompt, in words of which those in capitals are anything."""
  words = command.split()
  if words[0] not in {g[0] for g in grammar}:
    return
  house.checked += 1
  for g in grammar:
    if len(g) >= len(words) and all(w.isupper() or '|' in w or w == v or v.isupper() or w in v.split('|')
        for w, v in zip(words, g)):
      return
  house.error(path, f'`{command}`: no such command in docs/commands.md', line)


def grammar_of(house):
  path = os.path.join(house.root, 'docs/commands.md')
  if not os.path.exists(path):
    return []
  rows = re.findall(r'^\| `((?:show|set|clear|stop|start)[^`]*)`', read(path).replace('\\|', '|'), re.M)
  return [row.split() for row in rows]


def check_docs(house):
  grammar = grammar_of(house)
  pages = [p for p in [os.path.join(house.root, 'README.md')] if os.path.exists(p)]
  for path in [*pages, *house.files(TOPS, '.md')]:
    fenced = False
    for line, text in enumerate(read(path).splitlines(), 1):
      if text.lstrip().startswith('```'):
        fenced = not fenced
      elif not fenced:
        for target in re.findall(r'\]\(([^)\s]+)\)', text):
          check_link(house, path, target, line)
      codes = [text] if fenced else re.findall(r'`([^`]+)`', text)
      for code in codes:
        for word in re.findall(r'(?:^|[\s(])((?:%s)/[\w./*-]+)' % '|'.join(TOPS), code):
          word = word.rstrip('.')
          house.checked += 1
          if word not in MADE and not glob.glob(os.path.join(house.root, word)):
            house.error(path, f'{word} is not there', line)
        if not fenced and re.match(r'(show|set|clear) [a-z]', code):
          check_command(house, path, code, grammar, line)


def symbols(build, names):
  """Object, symbol and kind of all that these objects define or need."""
  out = subprocess.run(['nm', '-A', '-g', *names], cwd=build, check=True, capture_output=True, text=True).stdout
  for line in out.splitlines():
    words = line.split()
    yield words[0].partition(':')[0], words[-1], words[-2].rpartition(':')[2]


def objects(build):
  """What this folder's objects should be: not the tools that are only made by name, nor what a rename left."""
  with open(os.path.join(build, 'compile_commands.json'), encoding='utf-8') as f:
    return [c['output'] for c in json.load(f) if '-doc.p/' not in c['output']]


def check_unused(house, builds):
  """What a library exports, another file must use: of the product or of the tests."""
  for build in builds:
    names = objects(build)
    missing = [n for n in names if not os.path.exists(os.path.join(build, n))]
    if missing:
      print(f'{build} is not built as a whole, {len(missing)} objects are missing: {missing[0]}')
      sys.exit(SKIP)
    defined, used = {}, set()
    for name, symbol, kind in symbols(build, names):
      if kind == 'U':
        used.add(symbol)
      elif kind in 'TDBRC' and name.startswith('lib/') and symbol != 'main':
        defined[symbol] = name
    house.checked += len(defined)
    for symbol, name in sorted(defined.items()):
      if symbol not in used and symbol not in UNUSED and not re.match(r'_|asan|ubsan', symbol):
        house.error(os.path.join(build, name), f'{symbol} is used in no other file: static, or not needed')


def main(argv):
  if len(argv) < 3 or argv[1] not in ('source', 'unused') or (argv[1] == 'unused') != (len(argv) > 3):
    sys.exit(__doc__)
  house = House(os.path.abspath(argv[2]))
  if argv[1] == 'source':
    check_sizes(house)
    check_functions(house)
    check_openings(house)
    check_names(house)
    check_constants(house)
    check_docs(house)
  else:
    check_unused(house, argv[3:])
  return house.report()


if __name__ == '__main__':
  sys.exit(main(sys.argv))
