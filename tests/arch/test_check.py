#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Does check.py find what it is there for? Each row is one offence in a small, otherwise clean tree."""
import os
import subprocess
import tempfile
import unittest

import check
from small_tree import run, write

SPDX = '// SPDX-License-Identifier: BSD-3-Clause\n'
MESON = '# SPDX-License-Identifier: BSD-3-Clause\n'

CLEAN = {
  'meson.build': MESON + "project('x', 'c')\n",
  'lib/bond/meson.build': MESON + "bond_lib = static_library('wb_bond', 'wire/a.c')\n",
  'lib/bond/wb_a.h': SPDX + 'void wb_a(void);\n',
  'lib/bond/wire/a.h': SPDX + 'void a_help(void);\n',
  'lib/bond/wire/a.c': SPDX + '#include <string.h>\n#include "wb_a.h"\n#include "a.h"\n'
                  'void a_help(void) {}\nvoid wb_a(void) {}\n',
  'lib/crypto/wb_c.h': SPDX,
  'lib/config/wb_f.h': SPDX,
  'lib/config/doc/f.c': SPDX + '#include "wb_f.h"\n#include <jansson.h>\n',
  'lib/datapath/meson.build': MESON + 'd = static_library(x, dependencies: [dpdk, bond, crypto])\n',
  'lib/datapath/wb_d.h': SPDX,
  'lib/datapath/d.c': SPDX + '#include <rte_mbuf.h>\n#include "wb_a.h"\n#include "wb_c.h"\n',
  'lib/control/control.c': SPDX + '#include "wb_f.h"\n#include "wb_c.h"\n#include "x.h"\n#include "wb_d.h"\n',
  'drivers-cfg/xdp/x.h': SPDX,
  'app/gateway/main.c': SPDX * 150,
  'app/gateway/a.c': SPDX + '#include "wb_d.h"\n#include <stdio.h>\n',
  'tests/unit/test_a.c': SPDX + '#include "a.h"\n',
  'tests/node/test_n.c': SPDX + '#include "../unit/harness.h"\n',
}

# What is wrong, files to replace, a part of the message.
SOURCE = [
  ('bond reaches crypto', {'lib/bond/wire/b.c': SPDX + '#include "wb_c.h"\n'},
    'lib/bond/wire/b.c:2: "wb_c.h": lib/bond must not reach lib/crypto'),
  ('config reaches bond', {'lib/config/b.c': SPDX + '  # include  "wb_a.h"\n'}, 'must not reach'),
  ('datapath reaches config', {'lib/datapath/b.h': SPDX + '#include "wb_f.h"\n'}, 'must not reach'),
  ('a private header', {'lib/control/start/b.c': SPDX + '#include "a.h"\n'}, 'is private to lib/bond'),
  ('an app and a private header', {'app/gateway/b.c': SPDX + '#include "a.h"\n'}, 'is private to'),
  ('by a path', {'lib/bond/wire/b.c': SPDX + '#include "../../crypto/wb_c.h"\n'}, 'a path'),
  ('by a path, a test', {'tests/unit/b.c': SPDX + '#include "../../lib/bond/wire/a.h"\n'}, 'a path'),
  ('nowhere', {'lib/bond/wire/b.c': SPDX + '#include "gone.h"\n'}, 'in no folder'),
  ('our header in brackets', {'lib/control/start/b.c': SPDX + '#include <wb_a.h>\n'}, 'with quotes'),
  ('the filter from elsewhere', {'lib/datapath/b.c': SPDX + '#include "x.h"\n'}, "lib/control's"),
  ('a clock', {'lib/bond/wire/b.c': SPDX + '#include <time.h>\n'}, 'string functions only'),
  ('printf', {'lib/emulate/b.c': SPDX + '#include <stdio.h>\n'}, 'string functions only'),
  ('DPDK', {'lib/config/b.c': SPDX + '#include <rte_mbuf.h>\n'}, 'is not for lib/config'),
  ('JSON', {'lib/control/start/b.c': SPDX + '#include <jansson.h>\n'}, 'is not for lib/control'),
  ('a room reaches up', {'lib/control/kernel/k.c': SPDX + '#include "s.h"\n',
    'lib/control/session/s.h': SPDX}, 'kernel must not reach session'),
  ('a room reaches the whole', {'lib/control/session/k.c': SPDX + '#include "control.h"\n',
    'lib/control/control.h': SPDX}, 'session must not reach whole'),
  ('a room of bond reaches the tunnel', {'lib/bond/send/k.c': SPDX + '#include "t.h"\n',
    'lib/bond/tunnel/t.h': SPDX}, 'lib/bond/send/k.c:2: "t.h": send must not reach tunnel'),
  ('sending reaches receiving', {'lib/bond/send/k.h': SPDX + '#include "r.h"\n',
    'lib/bond/receive/r.h': SPDX}, 'send must not reach receive'),
  ('in no room of bond', {'lib/bond/new/b.c': SPDX}, 'in no room of lib/bond'),
  ('beside the rooms of bond', {'lib/bond/b.h': SPDX}, 'in no room of lib/bond'),
  ('in no room', {'lib/control/new/b.c': SPDX}, 'in no room'),
  ('beside the rooms', {'lib/control/b.c': SPDX}, 'in no room'),
  ('a new layer', {'lib/new/b.c': SPDX}, 'no known layer'),
  ('801 lines', {'lib/bond/wire/b.c': SPDX * 801}, '801 lines'),
  ('a long main.c', {'app/gateway/main.c': SPDX * 151}, '151 lines: a program'),
  ('no SPDX', {'lib/bond/wire/b.c': '#include <string.h>\n'}, 'no SPDX'),
  ('no SPDX in a test', {'tests/x/b.sh': '#!/bin/sh\n\n\n# SPDX-License-Identifier: x\n'}, 'no SPDX'),
  ('a global include path', {'meson.build': "add_project_arguments('-Ilib/bond', language: 'c')\n"},
    'include path for everything'),
  ('a folder beside', {'lib/bond/meson.build': MESON + "include_directories('../crypto')\n"},
    'out of the folder'),
  ('a dependency', {'lib/crypto/meson.build': MESON + 'x = y(dependencies: [libsodium, bond])\n'},
    'lib/crypto must not depend on bond'),
]
SYMBOLS = [
  ('malloc', '#include "a.h"\nvoid *malloc(unsigned long);\nvoid a_help(void) { malloc(9); }\n',
    'calls malloc'),
  ('a clock', '#include "a.h"\nlong time(long *);\nvoid a_help(void) { time(0); }\n', 'calls time'),
  ('not declared', 'void forgotten(void) {}\n', 'forgotten is exported'),
  ('data not declared', 'int counter = 1;\n', 'counter is exported'),
  ('a public name', 'void wb_secret(void) {}\n', 'wb_secret has a public name'),
]


def run_check(*args):
  return run(check.main, *args)


class TestCheck(unittest.TestCase):
  def setUp(self):
    self.tmp = tempfile.TemporaryDirectory()
    self.root = self.tmp.name
    write(self.root, CLEAN)

  def tearDown(self):
    self.tmp.cleanup()

  def archive(self, text):
    source, obj = os.path.join(self.root, 's.c'), os.path.join(self.root, 's.o')
    lib = os.path.join(self.root, 'l.a')
    write(self.root, {'s.c': text})
    subprocess.run([os.environ.get('CC', 'cc').split()[-1], '-fno-builtin', '-c', source, '-o', obj,
      '-I', os.path.join(self.root, 'lib/bond'), '-I', os.path.join(self.root, 'lib/bond/wire')], check=True)
    subprocess.run(['ar', 'rc', lib, obj], check=True)
    return lib

  def test_clean(self):
    code, out = run_check('source', self.root)
    self.assertEqual((code, 'wrong' in out), (0, True), out)
    lib = self.archive(CLEAN['lib/bond/wire/a.c'])
    self.assertEqual(run_check('symbols', self.root, f'bond={lib}')[0], 0)

  def test_source(self):
    for what, files, message in SOURCE:
      with self.subTest(what):
        self.tearDown()
        self.setUp()
        write(self.root, files)
        code, out = run_check('source', self.root)
        self.assertEqual(code, 1, out)
        self.assertIn(message, out)
        self.assertIn(' 1 wrong', out)

  def test_symbols(self):
    for what, text, message in SYMBOLS:
      with self.subTest(what):
        code, out = run_check('symbols', self.root, f'bond={self.archive(text)}')
        self.assertEqual(code, 1, out)
        self.assertIn(message, out)
        self.assertIn(' 1 wrong', out)

  def test_nothing_checked(self):
    with tempfile.TemporaryDirectory() as empty:
      with self.assertRaises(FileNotFoundError):
        run_check('source', empty)
    lib = self.archive('')
    code, out = run_check('symbols', self.root, f'bond={lib}')
    self.assertEqual(code, 1)
    self.assertIn('defines nothing', out)
    for args in ([], ['symbols', self.root], ['other', self.root]):
      with self.assertRaises(SystemExit):
        check.main(['check.py', *args])


if __name__ == '__main__':
  unittest.main()
