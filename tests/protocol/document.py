# SPDX-License-Identifier: BSD-3-Clause
"""docs/protocol.md as data: the layouts of its tables and its constants."""
import ast
import operator
import os
import re

UNITS = {'ms': 10**6, 's': 10**9, 'us': 10**3}  # in the code, times are nanoseconds
OPERATORS = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul,
             ast.LShift: operator.lshift, ast.BitOr: operator.or_}


def evaluate(text, names):
  """A sum or product of numbers and names, as in a table's column or a #define."""
  def value(node):
    if isinstance(node, ast.Constant) and isinstance(node.value, int):
      return node.value
    if isinstance(node, ast.Name):
      return names[node.id]
    if isinstance(node, ast.BinOp):
      return OPERATORS[type(node.op)](value(node.left), value(node.right))
    raise ValueError(f'cannot evaluate {text!r}')
  return value(ast.parse(text, mode='eval').body)


def tables(text, marker):
  """(what follows the marker, rows) of every table under a comment `<!-- marker ... -->`."""
  lines = text.splitlines()
  for i, line in enumerate(lines):
    m = re.fullmatch(rf'<!-- {marker}(?:: (\w+))? -->', line)
    if not m:
      continue
    rows = []
    for row in lines[i + 3:]:
      if not row.startswith('|'):
        break
      rows.append([cell.strip() for cell in row.strip('|').split('|')])
    assert rows, f'no table under {line!r}'
    yield m.group(1), rows


class Layout:
  """Fields one after the other; a size is a number, an expression of earlier fields, or `rest`."""

  def __init__(self, name, rows):
    self.name = name
    self.rows = [(at, size, field) for at, size, field, _ in rows]

  def fixed(self):
    """Bytes of the fields before the first one of variable size."""
    n = 0
    for _, size, _ in self.rows:
      if not size.isdigit():
        break
      n += int(size)
    return n

  def _place(self, at, here, env):
    assert evaluate(at, env) == here, f'{self.name}: the table says {at}, the fields give {here}'

  def encode(self, **values):
    out, env = b'', {k: v for k, v in values.items() if isinstance(v, int)}
    for at, size, field in self.rows:
      self._place(at, len(out), env)
      value = values[field]
      if isinstance(value, int):
        out += value.to_bytes(int(size), 'big')
      else:
        assert size == 'rest' or evaluate(size, env) == len(value), f'{self.name}: {field}'
        out += value
    return out

  def decode(self, buf, **env):
    """(values, bytes taken); None: too short. Fields of over 8 or of variable size are bytes."""
    values, here = {}, 0
    for at, size, field in self.rows:
      self._place(at, here, env)
      n = len(buf) - here if size == 'rest' else evaluate(size, env)
      if n < 0 or here + n > len(buf):
        return None, 0
      raw, here = buf[here:here + n], here + n
      if size.isdigit() and n <= 8:
        values[field] = env[field] = int.from_bytes(raw, 'big')
      else:
        values[field] = raw
    return values, here


class Document:
  def __init__(self, root):
    self.root = root
    with open(os.path.join(root, 'docs/protocol.md'), encoding='utf-8') as f:
      self.text = f.read()
    self.layouts = {name: Layout(name, rows) for name, rows in tables(self.text, 'layout')}
    (_, self.constants), = tables(self.text, 'constants')
    self.values = {row[0]: self.number(row[1]) for row in self.constants}

  @staticmethod
  def number(text):
    value, _, unit = text.partition(' ')
    return int(value, 0) * (UNITS[unit] if unit else 1)

  def vector(self, name):
    """The hexadecimal digits after a name in the chapter of vectors, over its lines."""
    m = re.search(rf'^{re.escape(name)}  +((?:[0-9a-f]+(?:  \(private\))?\n? *)+)$', self.text, re.M)
    assert m, f'no vector {name!r}'
    return bytes.fromhex(re.sub(r'\(private\)|\s', '', m.group(1)))


def defined(root, where):
  """The value of `path NAME` in the code: a #define or an enumerator."""
  path, name = where.split()
  with open(os.path.join(root, path), encoding='utf-8') as f:
    text = re.sub(r'\s*\\\n\s*', ' ', f.read())
  m = re.search(rf'^#define {name} (.+)$', text, re.M) or re.search(rf'\b{name} = ([^,;}}]+)', text)
  assert m, f'{path}: no {name}'
  body = m.group(1).split('//')[0].strip()
  names = {'WB_US': 10**3, 'WB_MS': 10**6, 'WB_SEC': 10**9}
  body = re.sub(r'\b(0x[0-9a-f]+|\d+)(?:ull|ul|u)\b', r'\1', body)
  while True:
    try:
      return evaluate(body, names)
    except KeyError as e:
      other = e.args[0]  # a constant of the same file, or of wb_handshake.h
      places = [path, 'lib/crypto/wb_handshake.h', 'lib/bond/wb_wire.h']
      names[other] = next(v for v in (try_defined(root, p, other) for p in places) if v is not None)


def try_defined(root, path, name):
  try:
    return defined(root, f'{path} {name}')
  except AssertionError:
    return None
