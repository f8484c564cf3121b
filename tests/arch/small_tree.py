# SPDX-License-Identifier: BSD-3-Clause
"""Small trees on disk for test_check.py and test_house.py."""
import contextlib
import io
import os


def write(root, files):
  for name, text in files.items():
    path = os.path.join(root, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, 'w', encoding='utf-8') as f:
      f.write(text)


def run(main, *args):
  """Calls a program's main(). Returns its exit code and what it printed."""
  out = io.StringIO()
  with contextlib.redirect_stdout(out):
    code = main(['program', *args])
  return code, out.getvalue()
