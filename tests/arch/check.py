#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Fails when a layer reaches where it may not. docs/architecture.md draws the layers.

check.py source ROOT
check.py symbols ROOT FOLDER=ARCHIVE...   (FOLDER as in ROOT/lib)
"""
import fnmatch
import os
import re
import subprocess
import sys

sys.dont_write_bytecode = True
from tree import Tree, read  # noqa: E402

# Folder of lib/: the other folders whose public headers it may include.
LAYERS = {
  'bond': set(),
  'emulate': set(),
  'crypto': set(),
  'config': {'crypto'},  # how a key is written
  'fec': {'bond'},  # whose vtable it fills in
  'bpf': {'bond'},
  'datapath': {'bond', 'crypto', 'fec'},
  'control': {'config', 'datapath', 'bond', 'bpf', 'crypto'},  # crypto: it drives the handshake
}
# Which of them may include headers of libraries that only some may use.
FOREIGN = {
  r'rte_': {'bpf', 'datapath', 'control', 'crypto'},
  r'jansson\.h': {'config'},
  r'sodium': {'crypto'},
  r'openssl/': {'crypto'},
  r'intel-ipsec-mb\.h': {'crypto'},
  r'isa-l': {'fec'},
  r'ares': {'control'},
}
# lib/bond and lib/emulate: no I/O, no clock, no allocation.
PURE = {'bond', 'emulate'}
PURE_HEADERS = {'errno.h', 'limits.h', 'stdbool.h', 'stddef.h', 'stdint.h', 'string.h'}
PURE_SYMBOLS = {
  'bcmp',  # what clang makes of memcmp() == 0
  'memchr', 'memcmp', 'memcpy', 'memmove', 'memset',
  'strchr', 'strcmp', 'strlen', 'strncmp', 'strnlen', 'strrchr',
}
# What compilers, hardening and sanitizers put in by themselves.
HELPERS = re.compile(
  r'_GLOBAL_OFFSET_TABLE_$|__stack_chk_fail|__(mem\w+|str\w+)_chk$|'
  r'__(u?div|u?mod|mul|ash[lr]|lshr|clz|ctz|popcount)[sdt]i[234]?$|'
  r'__(asan|ubsan|tsan|msan|sanitizer|odr_asan|gcov|llvm|sancov|start___sancov|stop___sancov)')
# (folder, header): private headers that are used from outside all the same, and why.
EXCEPTIONS = {
  ('app/bench', 'aead_impl.h'),  # measures the implementations behind wb_aead.h side by side
  ('app/bench', 'scheduler.h'),  # likewise, the schedulers behind wb_tunnel.h
}
# Folders with rooms, from the bottom up: a file may include the headers of its own room and of those that its
# row names. Files beside the rooms are in a room by their names, or a pattern of them.
ROOMS = {
  'lib/bond': {
    'base': (),
    'wire': ('base',),
    'measure': ('base',),
    'cc': ('base', 'measure'),
    'path': ('base', 'measure', 'cc'),
    'fec': ('base',),
    'send': ('base', 'path'),
    'receive': ('base',),
    'tunnel': ('base', 'wire', 'measure', 'cc', 'path', 'fec', 'send', 'receive'),
  },
  'lib/control': {
    'base': (),
    'kernel': ('base',),
    'ports': ('base', 'kernel'),
    'session': ('base', 'kernel', 'ports'),
    'start': ('base', 'kernel', 'ports'),
    'whole': ('base', 'kernel', 'ports', 'session', 'start'),
    'operator': ('base', 'kernel', 'ports', 'session', 'start', 'whole'),
    'top': ('base', 'kernel', 'ports', 'session', 'start', 'whole', 'operator'),
    'doc': ('base', 'operator'),
  },
}
BESIDE_ROOMS = {
  'lib/bond': {
    'base': ('wb_*.h', 'counter.c', 'drop.c'),
  },
  'lib/control': {
    'base': ('clock.c', 'clock.h', 'log.c', 'log.h', 'state_file.c', 'state_file.h', 'wb_control.h'),
    'whole': ('control.h', 'hub_follow.c', 'hub_follow.h', 'network.c', 'network.h'),
    'top': ('control.c', 'control_loop.c', 'control_loop.h'),
  },
}
CODE_DIRS = ('lib', 'app', 'tests', 'drivers-cfg')
MAX_LINES = 800
MAX_MAIN_LINES = 150


class Checker(Tree):
  def files(self, *suffixes):
    return super().files(CODE_DIRS, *suffixes)


def folder_of(root, path):
  """lib/bond of lib/bond/x.c; lib/config of lib/config/doc/x.c; tests/sim of tests/sim/x.c."""
  return '/'.join(os.path.relpath(path, root).split(os.sep)[:2])


def headers_of(checker):
  """Header name: the set of folders that have one of that name."""
  found = {}
  for path in checker.files('.h'):
    found.setdefault(os.path.basename(path), set()).add(folder_of(checker.root, path))
  return found


def check_quoted(checker, path, line, name, headers):
  folder = folder_of(checker.root, path)
  top, _, lib = folder.partition('/')
  if '/' in name:
    target = os.path.normpath(os.path.join(os.path.dirname(path), name))
    if top == 'tests' and target.startswith(os.path.join(checker.root, 'tests') + os.sep):
      return
    checker.error(path, f'"{name}": a path; name the header, its folder is a dependency', line)
    return
  owners = headers.get(name, set())
  if folder in owners or top == 'tests' or top == 'drivers-cfg':
    return
  if not owners:
    checker.error(path, f'"{name}" is in no folder of the project', line)
  elif owners == {'drivers-cfg/xdp'}:
    if folder != 'lib/control':
      checker.error(path, f'"{name}" of drivers-cfg is lib/control\'s to load', line)
  elif not name.startswith('wb_') and (folder, name) not in EXCEPTIONS:
    checker.error(path, f'"{name}" is private to {" or ".join(sorted(owners))}', line)
  elif top == 'lib' and not owners & {f'lib/{x}' for x in LAYERS.get(lib, set())}:
    checker.error(path, f'"{name}": {folder} must not reach {" or ".join(sorted(owners))}', line)


def check_system(checker, path, line, name):
  top, _, lib = folder_of(checker.root, path).partition('/')
  if top != 'lib':
    return
  if name.startswith('wb_'):
    checker.error(path, f'<{name}>: our own headers are included with quotes', line)
  if lib in PURE and name not in PURE_HEADERS:
    checker.error(path, f'<{name}>: lib/{lib} has libc\'s string functions only', line)
  for pattern, users in FOREIGN.items():
    if re.match(pattern, name) and lib not in users:
      checker.error(path, f'<{name}> is not for lib/{lib}', line)


def check_includes(checker):
  headers = headers_of(checker)
  include = re.compile(r'\s*#\s*include\s*(["<])([^">]+)[">]')
  for path in checker.files('.c', '.h'):
    top, _, lib = folder_of(checker.root, path).partition('/')
    if top == 'lib' and lib not in LAYERS:
      checker.error(path, f'lib/{lib} is no known layer')
    for number, text in enumerate(read(path).splitlines(), 1):
      found = include.match(text)
      if not found:
        continue
      checker.checked += 1
      if found.group(1) == '"':
        check_quoted(checker, path, number, found.group(2), headers)
      else:
        check_system(checker, path, number, found.group(2))


def room_of(checker, path):
  """start of lib/control/start/x.c; top of lib/control/loop.c; None where there are no rooms."""
  folder = folder_of(checker.root, path)
  if folder not in ROOMS:
    return None
  rest = os.path.relpath(path, os.path.join(checker.root, folder)).split(os.sep)
  if len(rest) > 1:
    return rest[0]
  return next((room for room, names in BESIDE_ROOMS[folder].items()
    if any(fnmatch.fnmatchcase(rest[0], n) for n in names)), None)


def check_rooms(checker):
  """Arrows between rooms go one way: down the table, which has no circle."""
  for rooms in ROOMS.values():
    seen = set()
    for room, below in rooms.items():
      assert seen >= set(below), f'{room}: a room below stands above in the table'
      seen.add(room)
  include = re.compile(r'\s*#\s*include\s*"([^"]+)"')
  for folder, rooms in ROOMS.items():
    paths = [p for p in checker.files('.c', '.h') if folder_of(checker.root, p) == folder]
    owners = {os.path.basename(p): room_of(checker, p) for p in paths if p.endswith('.h')}
    for path in paths:
      room = room_of(checker, path)
      checker.checked += 1
      if room not in rooms:
        checker.error(path, f'is in no room of {folder}: see ROOMS in tests/arch/check.py')
        continue
      for number, text in enumerate(read(path).splitlines(), 1):
        found = include.match(text)
        to = owners.get(found.group(1)) if found else None
        if to is not None and to != room and to not in rooms[room]:
          checker.error(path, f'"{found.group(1)}": {room} must not reach {to}', number)


def check_files(checker):
  for path in checker.files('.c', '.h', '.py', '.sh', 'meson.build'):
    lines = read(path).splitlines()
    checker.checked += 1
    if len(lines) > MAX_LINES:
      checker.error(path, f'{len(lines)} lines: split it before {MAX_LINES}')
    if not any('SPDX-License-Identifier:' in line for line in lines[:2]):
      checker.error(path, 'no SPDX line at the top')
    relative = os.path.relpath(path, checker.root)
    if re.fullmatch(r'app/[^/]+/main\.c', relative) and len(lines) > MAX_MAIN_LINES:
      checker.error(path, f'{len(lines)} lines: a program is wiring, at most {MAX_MAIN_LINES}')


def check_meson(checker):
  """No include path for all, and each library's dependencies are its layer's."""
  for path in [os.path.join(checker.root, 'meson.build'), *checker.files('meson.build')]:
    text = re.sub(r'#.*', '', read(path))
    top, _, lib = folder_of(checker.root, path).partition('/')
    checker.checked += 1
    for call in re.findall(r'add_(?:project|global)_arguments\(([^)]*)', text):
      if re.search(r"'-(I|iquote|isystem|include)", call):
        checker.error(path, 'an include path for everything: layers would be a habit only')
    if top == 'lib' and lib in LAYERS:
      if re.search(r"include_directories\([^)]*\.\.", text):
        checker.error(path, 'include_directories reaches out of the folder')
      for call in re.findall(r'dependencies:\s*\[?([^\])]*)', text):
        names = set(re.findall(r'\b\w+\b', re.sub(r"'[^']*'", '', call)))
        for other in sorted(names & (set(LAYERS) - LAYERS[lib] - {lib})):
          checker.error(path, f'lib/{lib} must not depend on {other}')


def nm(archive, *options):
  out = subprocess.run(['nm', *options, archive], check=True, capture_output=True, text=True)
  return {line.split()[-1] for line in out.stdout.splitlines() if len(line.split()) in (2, 3)}


def check_symbols(checker, lib, archive):
  folder = os.path.join(checker.root, 'lib', lib)
  public, private = '', ''
  for path in checker.files('.h'):
    if folder_of(checker.root, path) == f'lib/{lib}':
      if os.path.basename(path).startswith('wb_'):
        public += read(path)
      else:
        private += read(path)
  public, private = (set(re.findall(r'\w+', text)) for text in (public, private))
  defined = {s for s in nm(archive, '-g', '--defined-only') if not HELPERS.match(s)}
  if not defined:
    checker.error(archive, 'defines nothing')
  checker.checked += len(defined)
  for symbol in sorted(defined):
    if symbol.startswith('wb_'):
      if symbol not in public:
        checker.error(folder, f'{symbol} has a public name, but no wb_*.h declares it')
    elif symbol not in private:
      checker.error(folder, f'{symbol} is exported, but no header of its own declares it')
  if lib in PURE:
    for symbol in sorted(nm(archive, '-u') - defined):
      checker.checked += 1
      if symbol not in PURE_SYMBOLS and not HELPERS.match(symbol):
        checker.error(folder, f'calls {symbol}: no I/O, clock or allocation in lib/{lib}')


def main(argv):
  if len(argv) < 3 or argv[1] not in ('source', 'symbols') or (argv[1] == 'symbols') != (len(argv) > 3):
    sys.exit(__doc__)
  checker = Checker(os.path.abspath(argv[2]))
  if argv[1] == 'source':
    check_includes(checker)
    check_rooms(checker)
    check_files(checker)
    check_meson(checker)
  else:
    for pair in argv[3:]:
      check_symbols(checker, *pair.split('=', 1))
  return checker.report()


if __name__ == '__main__':
  sys.exit(main(sys.argv))
