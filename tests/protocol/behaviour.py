#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Chapters 5 to 10 of docs/protocol.md: an edge written from the page talks to the program's hub, opened
datagrams in a time of their own. What is checked is what the page says that a hub does.

behaviour.py ROOT END
"""
import struct
import subprocess
import sys

from codec import Codec
from document import Document

MS, SEC = 10**6, 10**9
HOME, ELSEWHERE, THIRD = 40000, 40001, 40002  # ports that the edge is heard from
FIXED = 28 + 12 + 16  # of an IP packet around the sealed part
DATA, FRAGMENT, ACK, PROBE, REPLY, CLOSE, SOURCE, REPAIR = 1, 2, 3, 4, 5, 6, 7, 8


class Datagram:
  """What the hub sent."""

  def __init__(self, codec, words):
    self.time, self.path, self.number, self.port = (int(w) for w in words[:4])
    plain = bytes.fromhex(words[4])
    self.bytes = FIXED + len(plain)
    self.sent_us, = struct.unpack('>I', plain[:4])
    self.frames, at = [], 4
    while at < len(plain):
      f, n = codec.decode(plain[at:])
      assert f is not None, plain.hex()
      self.frames.append(f)
      at += n

  def has(self, kind):
    return any(f['type'] == kind for f in self.frames)


class Edge:
  """Our end: its numbers, and the program's hub in a process."""

  def __init__(self, doc, program):
    self.codec, self.c = Codec(doc), doc.values
    self.p = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    self.now = SEC
    self.session()

  def end(self):
    self.p.stdin.close()
    assert self.p.wait(20) == 0

  def session(self, *features):
    self.next, self.told, self.tx = {}, [], []
    self.ask('session', self.now, *features)

  def ask(self, *words):
    """Lines of what happened; datagrams are kept in tx as well."""
    print(*words, file=self.p.stdin, flush=True)
    lines = []
    while (line := self.p.stdout.readline()) != '.\n':
      assert line, f'the hub ended at {words}'
      lines.append(line.split())
    self.told += lines
    self.tx += [Datagram(self.codec, line[1:]) for line in lines if line[0] == 'tx']
    return lines

  def send(self, frames, path=0, port=HOME, number=None, raw=None, sent_us=None):
    """A datagram to the hub. Returns (what happened, its bytes)."""
    if number is None:
      number = self.next.get(path, 0)
    self.next[path] = max(self.next.get(path, 0), number + 1)
    plain = struct.pack('>I', self.now // 1000 & 0xffffffff if sent_us is None else sent_us)
    plain += b''.join(self.codec.encode(f) for f in frames) if raw is None else raw
    size = FIXED + len(plain)
    return self.ask('rx', self.now, path, number, port, size, plain.hex()), size

  def acknowledge(self, datagram, port=HOME):
    self.send([{'type': ACK, 'path': datagram.path, 'recv_us': self.now // 1000, 'bytes': 0,
                'ranges': [(datagram.number, datagram.number)]}], datagram.path, port)

  def run(self, span):
    """Lets the hub act for so long. Returns its datagrams."""
    before = len(self.tx)
    self.now += span
    self.ask('run', self.now)
    return self.tx[before:]

  def up(self, *paths):
    """Paths probed, validated and answered."""
    for path in paths:
      self.send([{'type': PROBE, 'token': 1}], path)
    for d in self.run(MS):
      for f in d.frames:
        if f['type'] == PROBE:
          self.send([{'type': REPLY, 'token': f['token'], 'recv_us': self.now // 1000}], d.path)
    self.settle()

  def settle(self):
    """Until nothing is to be reported."""
    self.run(30 * MS)
    self.tx.clear()
    self.told.clear()

  def delivered(self):
    out = [bytes.fromhex(w[1]) for w in self.told if w[0] == 'deliver']
    self.told.clear()
    return out


def data(seq, payload, bucket=7, sclass=0, hold=0):
  return {'type': DATA, 'class': sclass, 'hold': hold, 'bucket': bucket, 'seq': seq, 'payload': payload}


def piece(seq, packet, start, stop, bucket=7):
  return {'type': FRAGMENT, 'class': 0, 'bucket': bucket, 'seq': seq, 'total': len(packet),
          'offset': start, 'payload': packet[start:stop]}


def acks(datagrams):
  return [f for d in datagrams for f in d.frames if f['type'] == ACK]


# ---- chapter 8

def validation(e):
  """A hub answers a probe where it came from, and sends three times what it got until it is answered."""
  got = 0
  for hash_ in range(20):
    e.ask('enqueue', e.now, hash_, bytes(1100).hex())
  for i in range(5):
    got += e.send([{'type': PROBE, 'token': 77 + i}])[1]
    e.run(20 * MS)
    assert sum(d.bytes for d in e.tx if not d.has(REPLY)) <= e.c['times what was received, before validation'] * got
  assert [f['token'] for d in e.tx for f in d.frames if f['type'] == REPLY] == [77, 78, 79, 80, 81]
  assert not any(d.has(DATA) for d in e.tx)
  token = [f['token'] for d in e.tx for f in d.frames if f['type'] == PROBE][-1]
  for wrong in (token ^ 1, 0):
    e.send([{'type': REPLY, 'token': wrong, 'recv_us': 0}])
    assert not any(d.has(DATA) for d in e.run(5 * MS))
  e.send([{'type': REPLY, 'token': token, 'recv_us': 0}], port=ELSEWHERE)  # a copy that was first
  assert sum(d.has(DATA) for d in e.run(50 * MS)) == 20
  assert {d.port for d in e.tx if not d.has(PROBE)} == {HOME}


def reply_counts(e):
  """PROBE_REPLY is among the three times that an address gets before it is validated."""
  got = 0
  for hash_ in range(20):
    e.ask('enqueue', e.now, hash_, bytes(100).hex())
  for i in range(100):
    got += e.send([{'type': PROBE, 'token': i}])[1]
    e.run(5 * MS)
    assert sum(d.bytes for d in e.tx) <= e.c['times what was received, before validation'] * got


def tokens_of(datagrams, port):
  return [f['token'] for d in datagrams if d.port == port for f in d.frames if f['type'] == PROBE]


def moving(e):
  """The newest number puts an address on trial, an older one does not; the path moves when only that one answers."""
  e.up(0)
  e.next[0] += 5
  late = e.next[0] - 3
  e.send([{'type': PROBE, 'token': 5}], port=ELSEWHERE)
  sent = e.run(5 * MS)
  assert {d.port for d in sent if d.has(REPLY)} == {ELSEWHERE}  # where that probe came from
  assert {d.port for d in sent if d.has(PROBE)} == {HOME, ELSEWHERE}
  e.send([{'type': PROBE, 'token': 6}], port=THIRD, number=late)
  assert {d.port for d in e.run(5 * MS) if not d.has(REPLY)} <= {HOME, ELSEWHERE}
  e.ask('enqueue', e.now, 1, bytes(1100).hex())
  data = [d for d in e.run(5 * MS) if d.has(DATA)]
  assert [d.port for d in data] == [HOME]
  e.send([{'type': REPLY, 'token': tokens_of(e.tx, ELSEWHERE)[-1], 'recv_us': 0}], port=ELSEWHERE)
  e.acknowledge(data[0], port=ELSEWHERE)
  e.run(200 * MS)
  e.ask('enqueue', e.now, 1, bytes(1100).hex())
  assert {d.port for d in e.run(5 * MS) if d.has(DATA)} == {ELSEWHERE}


def raced(e):
  """Copies that come first, and whose sender passes on probes, do not move a path that answers where it was; an address
  that was left and answers is gone back to."""
  e.up(0)
  e.send([{'type': PROBE, 'token': 5}], port=ELSEWHERE)
  e.run(5 * MS)
  for port in (ELSEWHERE, HOME):
    e.send([{'type': REPLY, 'token': tokens_of(e.tx, port)[-1], 'recv_us': 0}], port=ELSEWHERE)
  e.settle()
  e.ask('enqueue', e.now, 1, bytes(1100).hex())
  data = [d for d in e.run(5 * MS) if d.has(DATA)]
  assert {d.port for d in data} == {HOME}
  e.acknowledge(data[0], port=ELSEWHERE)
  e.run(2 * SEC)
  e.tx.clear()
  e.send([{'type': PROBE, 'token': 6}], port=ELSEWHERE)  # and home is silent for a while
  e.run(100 * MS)
  e.send([{'type': REPLY, 'token': tokens_of(e.tx, ELSEWHERE)[-1], 'recv_us': 0}], port=ELSEWHERE)
  e.run(200 * MS)
  e.tx.clear()
  e.run(2 * SEC)
  e.send([{'type': REPLY, 'token': tokens_of(e.tx, HOME)[-1], 'recv_us': 0}], port=ELSEWHERE)
  e.tx.clear()
  e.run(SEC)
  assert {d.port for d in e.tx if d.has(PROBE)} == {HOME}


def hidden(e):
  """The address of a copy counts while none is known to be the edge's: somebody was before it from the first datagram."""
  e.send([{'type': PROBE, 'token': 5}], port=ELSEWHERE)
  e.send([{'type': PROBE, 'token': 5}], port=HOME, number=0)
  sent = e.run(5 * MS)
  e.send([{'type': REPLY, 'token': tokens_of(sent, HOME)[-1], 'recv_us': 0}], port=ELSEWHERE)
  e.ask('enqueue', e.now, 1, bytes(1100).hex())
  assert {d.port for d in e.run(5 * MS) if d.has(DATA)} == {HOME}


def numbers(e):
  """Numbers of a path count from 0 without a gap; one received before is refused, an authentic path is learned."""
  e.up(0, 3)
  for i in range(40):
    e.ask('enqueue', e.now, i, bytes(900).hex())
    e.run(MS)
    e.send([{'type': PROBE, 'token': i}], path=3)
  assert {d.path for d in e.tx} == {0, 3}
  for path in (0, 3):
    found = [d.number for d in e.tx if d.path == path]
    assert found == list(range(found[0], found[0] + len(found)))
  before = e.next[0]
  assert e.send([], number=before - 1)[0] == [['refused', '-114']]
  e.send([], number=before + 10000)
  assert e.send([], number=before + 10000 - e.c['replay window'] - 1)[0] == [['refused', '-114']]
  assert e.send([], number=before + 10000 - e.c['replay window'])[0] == []
  first = [d for d in e.tx if d.path == 0][0]
  assert first.sent_us == first.time // 1000 & 0xffffffff


def silence(e):
  """A path without an answer is down in the end, and up after two answers."""
  e.up(0)
  e.ask('enqueue', e.now, 1, bytes(100).hex())
  e.run(2 * SEC)
  states = [w[3] for w in e.told if w[:2] == ['event', 'state']]
  assert states[-1] == '6', states  # down
  beat = [d.time for d in e.tx if d.has(PROBE)][-3:]
  assert all(b - a == e.c['probe, down'] for a, b in zip(beat, beat[1:])), beat
  e.told.clear()
  for answers in (1, 2):
    token = [f['token'] for d in e.tx for f in d.frames if f['type'] == PROBE][-1]
    e.send([{'type': REPLY, 'token': token, 'recv_us': 0}])
    assert [w[3] for w in e.told if w[:2] == ['event', 'state']] == ([] if answers == 1 else ['3'])
    e.run(300 * MS)


def states_of(e, datagrams):
  """(path, state) of each PATH_STATE, in order."""
  out = []
  for d in datagrams:
    for f in d.frames:
      if f['type'] == e.c['frame PATH_STATE']:
        told, n = e.codec.l['PATH_STATE'].decode(e.codec.encode(f))
        assert n == 11 and told['length'] == 8
        out.append((told['path'], told['state']))
  return out


def tell(e, *states, path=0, extra=b'', sent_us=None):
  frames = [e.codec.l['PATH_STATE'].encode(type=0x44, length=8 + len(extra), path=p, state=s, lost=0, rate=0) + extra
            for p, s in states]
  e.send(None, path, raw=b''.join(frames), sent_us=sent_us)
  return [(int(w[2]), int(w[3])) for w in e.told if w[:2] == ['event', 'rx_state']]


def half(e):
  """The hub tells what becomes of what it sends, and hears what becomes of what the edge sends."""
  e.up(0, 1)
  tell(e, (0, 3), (1, 3))
  e.told.clear()
  assert tell(e, (0, 6), (1, 3)) == [(0, 6)], e.told  # on path 0, of which it speaks
  e.told.clear()
  assert tell(e, (0, 3), sent_us=e.now // 1000 - 1 & 0xffffffff) == []  # it left before
  assert tell(e, (0, 9), (0, 0), (77, 6)) == []  # no such state, no such path
  assert tell(e, (0, 3), path=1, extra=b'to come') == [(0, 3)]
  e.tx.clear()
  for _ in range(40):  # path 1 is answered, path 0 is not
    for d in e.run(50 * MS):
      if d.has(PROBE) and d.path == 1:
        e.acknowledge(d)
  told = states_of(e, e.tx)
  assert told[-2:] == [(0, 6), (1, 3)], told
  for state in (1, 2):  # out, and wanted again
    e.now += 200 * MS
    e.told.clear()
    tell(e, (0, state), path=1)
    assert ['event', 'state', '0', str(state)] in e.told, e.told


# ---- chapter 7

def reports(e):
  """What an ACK says, and when and where it comes."""
  e.up(0, 1)
  base, sizes = e.next[0], 0
  e.send([{'type': PROBE, 'token': 1}])  # gives the counter's start
  before = acks(e.run(30 * MS))[-1]
  e.tx.clear()
  for number in (base + 1, base + 2, base + 4, base + 7):
    sizes += e.send([data(number - base - 1, b'x' * number)], number=number)[1]
    e.now += 200000
  arrived = e.now - 200000
  sizes_all = sizes + e.send([data(90, b'late')], number=base + 5)[1]  # no news for `largest`
  sent = e.run(30 * MS)
  a = acks(sent)[0]
  assert a['path'] == 0 and a['largest'] == base + 7
  assert a['ranges'][:3] == [(base + 7, base + 7), (base + 4, base + 5), (0, base + 2)], a
  assert a['recv_us'] == arrived // 1000 & 0xffffffff
  assert a['bytes'] - before['bytes'] == sizes < sizes_all
  first = [d for d in sent if d.has(ACK)]
  assert first[0].time - (e.now - 30 * MS - 5 * 200000) <= e.c['longest delay of an ACK'] + 2 * 200000
  assert {d.path for d in first[:2]} == {0, 1} and first[0].frames == first[1].frames


def what_asks(e):
  """DATA, DATA_FRAGMENT and PROBE ask for an ACK, the others do not; they are reported all the same."""
  e.up(0)
  quiet = ({'type': 0}, {'type': REPLY, 'token': 1, 'recv_us': 1}, {'type': 0x41, 'body': b'?'},
           {'type': ACK, 'path': 0, 'recv_us': 0, 'bytes': 0, 'ranges': [(0, 0)]})
  for f in quiet:
    e.send([f])
    assert not acks(e.run(30 * MS)), f
  last = e.next[0] - 1
  for f in (data(0, b'abc'), piece(1, bytes(10), 0, 5), {'type': PROBE, 'token': 1}):
    e.send([f])
    found = acks(e.run(30 * MS))
    assert found and found[0]['largest'] == last + 1, f
    last += 1
  assert acks(e.tx)[-1]['ranges'] == [(0, last)]


def at_once(e):
  """The 32nd datagram that asks brings the ACK at once."""
  e.up(0)
  every = e.c['datagrams for an ACK']
  for seq in range(every):
    assert not acks(e.run(0)), seq
    e.send([data(seq, b'x')])
  assert acks(e.run(0))[0]['largest'] == e.next[0] - 1


def resend(e):
  """A lost packet goes again with a new number and the same sequence; the hub's sequences count from 0."""
  e.up(0)
  payload = b'lost one'
  e.ask('enqueue', e.now, 5, payload.hex())
  lost, = [d for d in e.run(MS) if d.has(DATA)]
  for i in range(6):
    e.ask('enqueue', e.now, 5, bytes([i] * 9).hex())
    e.run(5 * MS)
  got = [d for d in e.tx if d.has(DATA) and d.number != lost.number]
  assert [d.frames[-1]['seq'] for d in [lost, *got]] == list(range(7))
  e.send([{'type': ACK, 'path': 0, 'recv_us': e.now // 1000, 'bytes': 1000,
           'ranges': [(lost.number + 1, got[-1].number), (0, lost.number - 1)]}])
  again, = [d for d in e.run(5 * MS) if d.has(DATA)]
  assert again.number > got[-1].number
  assert again.frames[-1] == lost.frames[-1] and again.frames[-1]['payload'] == payload
  assert e.send([{'type': ACK, 'path': 0, 'recv_us': 0, 'bytes': 0,
                  'ranges': [(10**6, 10**6)]}])[0] == [['drop', 'bad_frame']]  # never sent


# ---- chapter 9

def order(e):
  """In order at once, behind a gap when it is filled or given up; late ones too, duplicates never."""
  e.up(0)
  for seq, out in ((0, [b'0']), (2, []), (3, []), (1, [b'1', b'2', b'3']), (3, []), (0, [])):
    e.send([data(seq, str(seq).encode())])
    assert e.delivered() == out, seq
  e.send([data(5, b'5')])
  start, e.tx = e.now, []
  while not (out := e.delivered()):
    e.run(MS)
  least = e.c['least hold time']
  most = e.c['wait for slow paths before that, most'] + e.c['hold time, default, most']
  assert out == [b'5'] and least <= e.now - start <= most + MS
  e.send([data(4, b'4')])
  assert e.delivered() == [b'4']  # late
  e.send([data(4, b'4')])
  assert e.delivered() == []
  e.send([data(8, b'8', sclass=1)])
  assert e.delivered() == [b'8']  # realtime
  e.send([data(0, b'other', bucket=8), ])
  assert e.delivered() == [b'other']
  start = e.c['first sequence that starts a bucket elsewhere']
  e.send([data(start - 1, b'waits', bucket=9)])
  e.send([data(start, b'starts', bucket=10)])
  assert e.delivered() == [b'starts']


def left_at(e, span):
  """Lets the hub act for so long. (When, packet) of what was delivered, to 1 ms."""
  out, start = [], e.now
  while e.now < start + span:
    e.run(MS)
    out += [(e.now - start, packet) for packet in e.delivered()]
  return out


def held(e):
  """A hold is counted from the send time and the quickest path's delay, in the bucket's order; without the feature there is none."""
  unit, longest, slow = e.c['unit of a hold'], e.c['longest hold, units'], 26 * MS
  e.up(0, 1)
  e.send([data(0, b'no feature', hold=longest)])
  assert e.delivered() == [b'no feature']
  e.session(1 << 5 | 1)
  e.up(0, 1)
  for _ in range(40):  # path 1 takes that much longer
    e.send([{'type': PROBE, 'token': 1}], 0)
    e.send([{'type': PROBE, 'token': 1}], 1, sent_us=(e.now - slow) // 1000)
    e.run(10 * MS)
  e.settle()
  sent = e.now
  e.send([data(0, b'quick', hold=10)])
  e.send([data(1, b'behind')])
  e.send([data(0, b'other bucket', bucket=8)])
  e.send([data(2, b'realtime', sclass=1, hold=longest)])
  assert e.delivered() == [b'other bucket', b'realtime']
  e.run(slow)
  e.send([data(0, b'slow', bucket=9, hold=10)], 1, sent_us=sent // 1000)  # left when the quick one did
  e.send([data(0, b'late', bucket=10, hold=3)], 1, sent_us=sent // 1000)
  assert e.delivered() == [b'late']
  out = left_at(e, longest * unit)
  assert {packet for _, packet in out} == {b'quick', b'behind', b'slow'}, out
  assert all(10 * unit - slow <= at <= 10 * unit - slow + 3 * MS for at, _ in out), out
  packets = [packet for _, packet in out]
  assert packets.index(b'quick') < packets.index(b'behind')
  e.send([piece(3, b'in pieces', 0, 4) | {'hold': 3}])
  e.send([piece(3, b'in pieces', 4, 9)])
  assert e.delivered() == []
  (at, packet), = left_at(e, longest * unit)
  assert packet == b'in pieces' and 3 * unit <= at <= 3 * unit + 3 * MS, at
  for away in (-SEC, SEC, 1000 * SEC):  # no send time makes a packet wait longer than its hold
    e.session(1 << 5 | 1)
    e.up(0, 1)
    e.send([data(0, b'?', hold=longest)], sent_us=(e.now + away) // 1000 & 0xffffffff)
    e.run(longest * unit + MS)
    assert e.delivered() == [b'?']
  for field in (3, 7, 255):  # a class that there is not, whatever the hold
    lines, _ = e.send(None, raw=bytes([DATA, field]) + e.codec.encode(data(9, b'x'))[2:])
    assert lines == [['drop', 'bad_frame']], lines


def fragments(e):
  """Pieces in any order and of two cuts make one packet."""
  e.up(0)
  packet = bytes(range(250)) * 4
  for start, stop in ((600, 1000), (0, 300), (200, 650)):
    assert e.delivered() == []
    e.send([piece(0, packet, start, stop)])
  assert e.delivered() == [packet]
  e.send([piece(1, packet, 0, 500)])
  e.send([{**piece(1, packet, 500, 1000), 'total': 1001}])  # another total
  assert e.delivered() == []
  e.send([piece(1, packet, 500, 1000)])
  assert e.delivered() == [packet]
  e.send([piece(2, packet, 0, 500)])
  e.run(e.c['time for the pieces of a packet'] + MS)
  assert ['drop', 'fragment_timeout'] in e.told


def multiply(a, b):
  """In GF(2^8), x^8 + x^4 + x^3 + x^2 + 1."""
  product = 0
  for bit in range(8):
    product ^= a << bit if b >> bit & 1 else 0
  for bit in range(14, 7, -1):
    product ^= 0x11d << bit - 8 if product >> bit & 1 else 0
  return product


def coefficient(row, index):
  return next(c for c in range(256) if multiply(c, (16 + row) ^ index) == 16 ^ index)


def crc32c(data):
  crc = 0xffffffff
  for byte in data:
    crc ^= byte
    for _ in range(8):
      crc = crc >> 1 ^ (0x82f63b78 if crc & 1 else 0)
  return crc ^ 0xffffffff


def source(e, seq, payload, bucket):
  place = bucket.to_bytes(2, 'big') + seq.to_bytes(4, 'big') + len(payload).to_bytes(2, 'big')
  return e.codec.l['FEC_SYMBOL'].encode(place=bucket, seq=seq, length=len(payload),
                                        check=crc32c(place + payload) * 0x9e3779b1 & 0xffffffff,
                                        payload=payload)


def repair(sources, row):
  symbol = bytearray(max(len(s) for s in sources))
  for index, s in enumerate(sources):
    c = coefficient(row, index)
    for at, byte in enumerate(s):
      symbol[at] ^= multiply(c, byte)
  return bytes(symbol)


def error_correction(e):
  """What got lost comes back from repair symbols, which may come first and in pieces; a wrong one gives nothing."""
  e.session(5)
  e.up(0)
  seq = 0
  for number, (k, lost, rows) in enumerate((
      (1, {0}, [0]), (4, {2}, [0]), (16, {3, 15}, [0, 1]), (10, {0, 4, 9}, [3, 1, 2]),
      (12, {1, 5, 6, 11}, [2, 0, 3, 1]))):
    payloads = [bytes((7 * i + j * j + number) & 255 for j in range(20 + 31 * (i * 5 % 7))) for i in range(k)]
    group = 0x70fe + number  # over the edge of its low 8 bits
    sources = [source(e, seq + i, p, 7) for i, p in enumerate(payloads)]
    for row in rows:
      symbol = repair(sources, row)
      cut = len(symbol) // 3
      for start, stop in ((cut, len(symbol)), (0, cut)) if row else ((0, len(symbol)),):
        e.send([{'type': REPAIR, 'group': group & 255, 'shape': k - 1 << 4 | row, 'high': group >> 8,
                 'piece': (0x8000 if stop == len(symbol) else 0) | start, 'payload': symbol[start:stop]}])
    for i, p in enumerate(payloads):
      if i not in lost:
        e.send([{'type': SOURCE, 'group': group & 255, 'place': i << 12 | 7, 'seq': seq + i, 'payload': p}])
    assert e.delivered() == payloads, (k, lost, rows)
    seq += k
  for group, at in enumerate((0, 5, 11, 12, 21)):  # one bit anywhere: place, check, payload
    wrong = bytearray(source(e, seq, b'never sent', 7))
    wrong[at] ^= 1
    lines, _ = e.send([{'type': REPAIR, 'group': 200 + group, 'shape': 0, 'high': 0, 'piece': 0x8000,
                        'payload': bytes(wrong)}])
    assert lines == [['drop', 'bad_repair']], (at, lines)
  e.send([data(seq, b'really sent')])
  assert e.delivered() == [b'really sent']
  last = acks(e.run(30 * MS))[0]
  assert last['ranges'] == [(0, e.next[0] - 1)]


# ---- chapter 3

def message_inside(e):
  """A HANDSHAKE frame is handed on once the feature is in use, and goes out on every path that lives."""
  e.up(0, 1)
  message = bytes(range(145))
  frame = {'type': 0x43, 'body': message}
  assert e.send([frame])[0] == []  # stepped over
  assert e.ask('say', e.now, message.hex()) == [['unsaid', '-95']]
  e.session(8)
  e.up(0, 1)
  for body in (message, bytes([1] * 512)):
    assert e.send([dict(frame, body=body)], path=1)[0] == [['message', body.hex()]]
  assert e.send([dict(frame, body=bytes(513)), dict(frame, body=b''), data(0, b'behind')])[0] == \
    [['deliver', b'behind'.hex()]]
  assert e.ask('say', e.now, message.hex()) == []
  said = [d for d in e.run(MS) if d.has(0x43)]
  assert {d.path for d in said} == {0, 1} and len(said) == 2
  assert all(d.frames == [dict(frame, length=145)] for d in said), said[0].frames


# ---- chapters 6 and 10

def unknown(e):
  """An unknown type below 0x40 ends the datagram, which counts; an extension is stepped over."""
  e.up(0)
  last = e.codec.encode(data(0, b'behind'))
  e.send(None, raw=e.codec.encode({'type': 0x7f, 'body': b'whatever'}) + b'\0\0' + last)
  assert e.delivered() == [b'behind']
  for code in (0x07, 0x08, 0x09, 0x3f):
    lines, _ = e.send(None, raw=bytes([code]) + last)
    assert lines == [['drop', 'bad_frame']], lines
  e.send([{'type': PROBE, 'token': 4}])
  assert acks(e.run(30 * MS))[-1]['ranges'] == [(0, e.next[0] - 1)]
  for bad in (b'\x01\x03' + last[2:], b'\x01\x00\x04\x00' + last[4:], last[:8], last[:7]):
    assert e.send(None, raw=bad)[0] == [['drop', 'bad_frame']], bad
  assert e.send(None, raw=b'')[0] == []  # no frames


def closing(e):
  e.up(0)
  e.send([{'type': CLOSE, 'reason': 1}])  # this path only
  assert not any(line[:2] == ['event', 'closed'] for line in e.told)
  for reason in (0, 2, 99):
    e.send([{'type': CLOSE, 'reason': reason}])
    assert ['event', 'closed', '0', str(reason)] in e.told
  e.session()  # numbers, sequences and paths begin anew
  e.up(0)
  e.send([data(0, b'first')])
  assert e.delivered() == [b'first']
  e.ask('enqueue', e.now, 3, b'abc'.hex())
  sent, = [d for d in e.run(MS) if d.has(DATA)]
  assert sent.frames[-1]['seq'] == 0 and sent.number < 10


CHECKS = (validation, reply_counts, moving, raced, hidden, numbers, silence, half, reports, what_asks, at_once, resend, order, held, fragments,
          error_correction, message_inside, unknown, closing)


def main():
  doc = Document(sys.argv[1])
  for check in CHECKS:
    edge = Edge(doc, sys.argv[2])
    check(edge)
    edge.end()
    print(f'{check.__name__}: as the page says', flush=True)


main()
