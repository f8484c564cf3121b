# SPDX-License-Identifier: BSD-3-Clause
"""The tree that check.py and house.py look at, and what they found."""
import os


class Tree:
  def __init__(self, root):
    self.root = root
    self.errors = []
    self.checked = 0

  def error(self, path, text, line=None):
    where = os.path.relpath(path, self.root) + (f':{line}' if line else '')
    self.errors.append(f'{where}: {text}')

  def files(self, tops, *suffixes):
    for top in tops:
      for folder, dirs, names in os.walk(os.path.join(self.root, top)):
        dirs[:] = sorted(d for d in dirs if d != '__pycache__')
        for name in sorted(names):
          if name.endswith(suffixes):
            yield os.path.join(folder, name)

  def report(self):
    """Prints what is wrong. Returns the exit code; to have checked nothing is wrong, too."""
    for error in self.errors:
      print(error)
    print(f'{self.checked} checked, {len(self.errors)} wrong')
    return 1 if self.errors or not self.checked else 0


def read(path):
  with open(path, encoding='utf-8') as f:
    return f.read()
