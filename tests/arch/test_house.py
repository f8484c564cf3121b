#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Does house.py find what it is there for? Each row is one offence in a small, otherwise clean tree."""
import contextlib
import io
import json
import os
import subprocess
import tempfile
import unittest

import house
from small_tree import run, write

SPDX = '// SPDX-License-Identifier: BSD-3-Clause\n'
OPENING = SPDX + '// Does a thing.\n'

CLEAN = {
  'README.md': '# Title\n\nSee [the page](docs/page.md#a-heading-of-it), `lib/crypto/a.c` and `show path`.\n',
  'docs/page.md': '# Page\n\n## A heading, of it\n\n`show path NAME`, [up](../README.md), [here](#page), '
                  '[there](https://example.org)\n\n```sh\ntests/run arch\n```\n',
  'docs/commands.md': '| `show path` | x |\n| `show path NAME` | x |\n| `set path NAME state up\\|down` | x |\n',
  'tests/run': '',
  'lib/crypto/a.c': OPENING + 'int\na(void)\n{\n' + '\treturn 0;\n' * 60 + '}\n',
  'lib/crypto/a.h': OPENING,
  'lib/bond/b.c': OPENING + 'int b;\n',
  'app/gateway/main.c': SPDX,
  'app/bench/main.c': SPDX,
}

# What is wrong, files to replace, a part of the message.
SOURCE = [
  ('501 lines', {'lib/fec/x.c': OPENING + '\n' * 499}, '501 lines, at most 500'),
  ('501 lines in a room', {'lib/bond/receive/reorder.c': OPENING + '\n' * 499}, '501 lines, at most 500'),
  ('61 lines', {'lib/fec/x.c': OPENING + 'int\nf(void)\n{\n' + '\n' * 61 + '}\n'}, 'f() has 61 lines'),
  ('no opening', {'lib/fec/x.c': SPDX + '#include "y.h"\n'}, 'does not open with a comment'),
  ('no opening, a header of bond', {'lib/bond/x.h': SPDX + '#include "y.h"\n'}, 'does not open'),
  ('no opening, a source of bond', {'lib/bond/x.c': SPDX + 'int x;\n'}, 'does not open'),
  ('two constants', {'lib/bond/send/x.c': OPENING + '#define FEW 4\n', 'lib/bond/path/y.h': OPENING + '#define FEW 9\n'},
    'FEW is also defined in lib/bond/path/y.h'),
  ('two headers', {'app/bench/a.h': SPDX}, 'has the name of'),
  ('two sources in rooms', {'lib/crypto/room/a.c': OPENING}, 'has the name of lib/crypto/a.c'),
  ('a link', {'docs/x.md': 'See [it](gone.md).\n'}, 'a link to gone.md, which is not there'),
  ('a heading', {'docs/x.md': 'See [it](page.md#gone).\n'}, 'there is no such heading'),
  ('a file', {'docs/x.md': 'See `lib/crypto/gone.c`.\n'}, 'lib/crypto/gone.c is not there'),
  ('a file by a pattern', {'docs/x.md': 'See `lib/crypto/z*.c`.\n'}, 'is not there'),
  ('a file in a block', {'docs/x.md': '```\ntests/gone --all\n```\n'}, 'tests/gone is not there'),
  ('a command', {'docs/x.md': 'Type `show paths`.\n'}, 'no such command'),
  ('a command with a wrong word', {'docs/x.md': 'Type `set path NAME rate 3`.\n'}, 'no such command'),
]


def run_house(*args):
  return run(house.main, *args)


class TestHouse(unittest.TestCase):
  def setUp(self):
    self.tmp = tempfile.TemporaryDirectory()
    self.root = self.tmp.name
    write(self.root, CLEAN)

  def tearDown(self):
    self.tmp.cleanup()

  def test_clean(self):
    code, out = run_house('source', self.root)
    self.assertEqual(code, 0, out)

  def test_source(self):
    for what, files, message in SOURCE:
      with self.subTest(what):
        self.tearDown()
        self.setUp()
        write(self.root, files)
        code, out = run_house('source', self.root)
        self.assertEqual(code, 1, out)
        self.assertIn(message, out)
        self.assertIn(' 1 wrong', out)

  def build(self, sources):
    """Compiles each as lib/x/NAME.o or app/NAME.o of a build folder."""
    commands = []
    for name, text in sources.items():
      write(self.root, {f'{name}.c': text})
      obj = os.path.join(self.root, 'build', name + '.o')
      os.makedirs(os.path.dirname(obj), exist_ok=True)
      subprocess.run([os.environ.get('CC', 'cc').split()[-1], '-c', os.path.join(self.root, f'{name}.c'), '-o', obj],
        check=True)
      commands.append({'output': name + '.o'})
    write(self.root, {'build/compile_commands.json': json.dumps(commands)})
    return os.path.join(self.root, 'build')

  def test_unused(self):
    build = self.build({'lib/x/a': 'int used(void) { return 0; }\n', 'app/m': 'int used(void); int (*p)(void) = used;\n'})
    self.assertEqual(run_house('unused', self.root, build)[0], 0)
    build = self.build({'lib/x/a': 'int lonely(void) { return 0; }\nint g(void) { return lonely(); }\n',
      'app/m': 'int g(void); int (*p)(void) = g;\n'})
    code, out = run_house('unused', self.root, build)
    self.assertEqual(code, 1, out)
    self.assertIn('lonely is used in no other file', out)
    self.assertIn(' 1 wrong', out)

  def test_not_built(self):
    build = self.build({'lib/x/a': 'int f(void) { return 0; }\n'})
    os.remove(os.path.join(build, 'lib/x/a.o'))
    with self.assertRaises(SystemExit) as caught, contextlib.redirect_stdout(io.StringIO()):
      house.main(['house.py', 'unused', self.root, build])
    self.assertEqual(caught.exception.code, house.SKIP)

  def test_nothing_checked(self):
    with tempfile.TemporaryDirectory() as empty:
      self.assertEqual(run_house('source', empty)[0], 1)
    for args in ([], ['unused', self.root], ['other', self.root]):
      with self.assertRaises(SystemExit):
        house.main(['house.py', *args])


if __name__ == '__main__':
  unittest.main()
