# SPDX-License-Identifier: BSD-3-Clause
"""What counts as a chosen number, and what a change of it makes of the file: test_tuned.py"""
import os
import subprocess
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import tuned  # noqa: E402

TEXT = """#include "a.h"
#define A_H
#define SLACK (100 * WB_MS) // why
#define FORGET WB_SEC
#define SAME SLACK
#define SPAN                                                  \\
	(4 * SLACK)
#define NONE 77
#define WORD "100"
// x / 4 is a comment
static int f(int x) { return x * 1000 + x / 3 + 5 * x + g(x, 9); } // x / 7
"""


class Found(unittest.TestCase):
    def test_defines(self):
        found = list(tuned.defines("a.c", TEXT))
        self.assertEqual([(n.name, n.value) for n in found],
                         [("SLACK", "(100 * WB_MS)"), ("FORGET", "WB_SEC"), ("SPAN", "(4 * SLACK)")])
        self.assertIn("#define SLACK (((100 * WB_MS)) / 2) // why\n", found[0].changed(TEXT, .5))
        self.assertIn("#define FORGET ((WB_SEC) * 2)\n", found[1].changed(TEXT, 2))

    def test_factors(self):
        found = list(tuned.factors("a.c", TEXT))
        self.assertEqual([n.value for n in found], ["3", "5"])
        self.assertIn("x / ((3) * 2) + 5 * x", found[0].changed(TEXT, 2))

    def test_those_of_the_tree(self):
        names = {n.id() for n in tuned.find(os.path.join(HERE, "../../lib/bond"))}
        self.assertIn("measure_tunables.h:RATE_WINDOW", names)
        self.assertNotIn("wb_wire.h:WB_HDR_LEN", names)

    def test_a_changed_number_builds_another_program(self):
        with tempfile.TemporaryDirectory() as folder:
            for sub in tuned.Tree.FOLDERS:
                os.makedirs(os.path.join(folder, "tree", sub))
            os.mkdir(os.path.join(folder, "tree", "lib/bond/room"))
            files = {"lib/bond/room/a.h": "#define LIMIT (6 * 7)\n", "lib/emulate/b.c": "int b;\n",
                     "app/sim/m.c": '#include <stdio.h>\n#include "a.h"\nint main(void) { printf("%d", LIMIT); }\n'}
            for name, text in files.items():
                with open(os.path.join(folder, "tree", name), "w", encoding="utf-8") as f:
                    f.write(text)
            os.mkdir(os.path.join(folder, "copy"))
            tree = tuned.Tree(os.path.join(folder, "tree"), os.path.join(folder, "copy"), ["cc"], 1, libs=[])
            number, = tuned.find(os.path.join(folder, "tree", "lib/bond"))
            self.assertEqual(self.prints(tree.base()), "42")
            self.assertEqual(self.prints(tree.variant(number, .5, "half")[0]), "21")
            self.assertEqual(self.prints(tree.variant(number, 2, "twice")[0]), "84")
            self.assertEqual(self.prints(tree.base()), "42")

    def prints(self, program):
        return subprocess.run([program], capture_output=True, text=True).stdout


if __name__ == "__main__":
    unittest.main()
