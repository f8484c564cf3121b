# SPDX-License-Identifier: BSD-3-Clause
"""Frames and numbers, written from docs/protocol.md alone. A frame is a dict; None: cannot be read."""

CLASSES = 3  # chapter 9
CARRY_PACKETS = ('DATA', 'DATA_FRAGMENT')
LOW48 = (1 << 48) - 1


class Codec:
  def __init__(self, doc):
    self.l = doc.layouts
    self.c = doc.values
    self.types = {self.c[f'frame {name}']: name
                  for name in ('PADDING', 'DATA', 'DATA_FRAGMENT', 'ACK', 'PROBE', 'PROBE_REPLY', 'CLOSE',
                               'FEC_SOURCE', 'FEC_REPAIR')}

  # ---- chapter 6

  def encode(self, f):
    name = self.types.get(f['type'])
    if name == 'PADDING':
      return b'\0'
    if name == 'ACK':
      return self._encode_ack(f)
    if name is None:
      return self.l['EXTENSION'].encode(type=f['type'], length=len(f['body']), body=f['body'])
    if name in CARRY_PACKETS:
      f = {**f, 'class_hold': f.get('hold', 0) << 2 | f['class']}
    return self.l[name].encode(**f)

  def _encode_ack(self, f):
    """ranges: (low, high), downward. What the format cannot say is left out."""
    (low, high), *more = f['ranges']
    first, out, full = min(high - low, 0xffff), [], high - low > 0xffff
    for next_low, next_high in more[:self.c['further ranges of an ACK']]:
      gap = low - next_high - 2
      if full or gap > 0xffff:
        break
      length = next_high - next_low
      full = length > 0xffff
      out.append(self.l['ACK_RANGE'].encode(gap=gap, length=min(length, 0xffff)))
      low = next_low
    return self.l['ACK'].encode(type=3, path=f['path'], largest=high & LOW48, recv_us=f['recv_us'],
                                bytes=f['bytes'], n_more=len(out), first=first, ranges=b''.join(out))

  def decode(self, buf):
    """(frame, bytes taken)."""
    if not buf:
      return None, 0
    t = buf[0]
    name = self.types.get(t)
    if name == 'PADDING':
      return {'type': 0}, 1
    if name is None and t < self.c['frame EXTENSION, first']:
      return None, 0
    f, n = self.l[name or 'EXTENSION'].decode(buf)
    if f is None:
      return None, 0
    if name in CARRY_PACKETS:
      f['hold'], f['class'] = f['class_hold'] >> 2, f.pop('class_hold') & 3
      if f['class'] >= CLASSES or f['bucket'] >= self.c['buckets']:
        return None, 0
    if name == 'DATA_FRAGMENT' and (f['offset'] >= f['total'] or
                                    f['offset'] + len(f['payload']) > f['total']):
      return None, 0
    if name == 'FEC_SOURCE' and f['place'] >> 10 & 3 >= CLASSES:
      return None, 0
    if name == 'FEC_REPAIR' and f['shape'] & 15 >= self.c['repair symbols of a group']:
      return None, 0
    if name == 'ACK' and not self._decode_ranges(f):
      return None, 0
    return f, n

  def _decode_ranges(self, f):
    if f['n_more'] > self.c['further ranges of an ACK'] or f['first'] > f['largest']:
      return False
    ranges, rest = [(f['largest'] - f['first'], f['largest'])], f['ranges']
    while rest:
      r, n = self.l['ACK_RANGE'].decode(rest[:4])
      high = ranges[-1][0] - r['gap'] - 2
      if high - r['length'] < 0:
        return False
      ranges.append((high - r['length'], high))
      rest = rest[n:]
    f['ranges'] = ranges
    return True

  # ---- chapters 4 and 5

  def header(self, path, receiver, number):
    return self.l['HEADER'].encode(type=4, path=path, receiver=receiver, number=number & LOW48)

  def nonce(self, path, number):
    return self.l['NONCE'].encode(path=path, number=number)

  @staticmethod
  def expand(wire, expected):
    """Of the 64-bit numbers with these low 48 bits the one nearest to `expected`."""
    base = (expected & ~LOW48) | wire
    near = [n for n in (base - (1 << 48), base, base + (1 << 48)) if 0 <= n < 1 << 64]
    return min(near, key=lambda n: (abs(n - expected), -n))


class Replay:
  """Chapter 5. Slow and plain: a set."""

  def __init__(self, window):
    self.window, self.seen, self.largest = window, set(), None

  def accept(self, number):
    if self.largest is not None and (number in self.seen or number < self.largest - self.window):
      return False
    self.seen.add(number)
    self.largest = number if self.largest is None else max(self.largest, number)
    return True
