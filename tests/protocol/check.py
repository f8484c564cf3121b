#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Holds docs/protocol.md against the program: a second implementation, made of the page's tables.

check.py ROOT HELPER        compare (SEED=N repeats a run)
check.py ROOT --vector      print the session datagram of chapter 14
"""
import os
import random
import struct
import subprocess
import sys

import ciphers
import shake
from codec import LOW48, Codec, Replay
from document import Document, defined

FRAMES = 1500
MUTATIONS = 2500


class Helper:
  def __init__(self, path):
    self.p = subprocess.Popen([path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

  def ask(self, *words):
    print(*(w.hex() or '-' if isinstance(w, bytes) else w for w in words),
          file=self.p.stdin, flush=True)
    answer = self.p.stdout.readline()
    assert answer, f'the helper ended at {words}'
    return answer.split()

  def ask_bytes(self, *words):
    answer, = self.ask(*words)
    return None if answer == 'bad' else bytes.fromhex(answer.replace('-', ''))


# ---- frames in the helper's words

ORDER = {  # fields after the type, as helper.c prints and reads them
  1: ('class', 'hold', 'bucket', 'seq'),
  2: ('class', 'hold', 'bucket', 'seq', 'total', 'offset'),
  4: ('token',),
  5: ('token', 'recv_us'),
  6: ('reason',),
  7: ('group', 'place', 'seq'),
  8: ('group', 'shape', 'high', 'piece'),
}


def words_of(f):
  if f['type'] == 3:
    return [3, f['path'], f['recv_us'], f['bytes'], *(n for r in f['ranges'] for n in r)]
  return [f['type'], *(f[field] for field in ORDER.get(f['type'], ()))]


def frame_of(answer):
  """The helper's answer to get_frame: (frame, bytes taken)."""
  if answer == ['bad']:
    return None, 0
  n, t, *rest = answer[0], *answer[1:]
  f = {'type': int(t)}
  if f['type'] in (1, 2, 7, 8):
    f['payload'] = bytes.fromhex(rest.pop().replace('-', ''))
  if f['type'] == 3:
    f.update(path=int(rest[0]), recv_us=int(rest[1]), bytes=int(rest[2]))
    f['ranges'] = list(zip(map(int, rest[3::2]), map(int, rest[4::2])))
  else:
    f.update(zip(ORDER.get(f['type'], ()), map(int, rest)))
  return f, int(n)


def same(ours, theirs):
  if ours is None or theirs is None:
    return ours is theirs
  return all(ours[k] == v for k, v in theirs.items())


# ---- what frames to try

def random_ranges(r, n):
  """Descending, not touching, now and then with a gap or length that an ACK cannot say."""
  high = r.choice([r.randrange(1 << 20, 1 << 47), r.randrange(200000, 1 << 20)])
  out = []
  for _ in range(n):
    length = r.choice([0, r.randrange(100), r.randrange(100), 0xffff, 0x10000, r.randrange(1 << 17)])
    low = high - length
    if low < 0:
      break
    out.append((low, high))
    high = low - 2 - r.choice([0, r.randrange(100), r.randrange(100), 0xffff, 0x10000])
    if high < 0:
      break
  return out


def random_frame(r):
  t = r.choice([0, 1, 2, 3, 3, 3, 4, 5, 6, 7, 8, r.randrange(0x40, 0x100)])
  f = {'type': t}
  if t in (1, 2):
    f.update({'class': r.randrange(3), 'hold': r.choice([0, r.randrange(64)]), 'bucket': r.randrange(1024), 'seq': r.getrandbits(32),
              'payload': r.randbytes(r.randrange(1, 60))})
  if t == 2:
    f['offset'] = r.randrange(0xffff - 60)
    f['total'] = r.randrange(f['offset'] + len(f['payload']), 0x10000)
  if t == 3:
    f.update(path=r.randrange(256), recv_us=r.getrandbits(32), bytes=r.getrandbits(32),
             ranges=random_ranges(r, r.randrange(1, 34)))
  if t in (4, 5):
    f.update(token=r.getrandbits(64), recv_us=r.getrandbits(32))
  if t == 6:
    f['reason'] = r.randrange(256)
  if t in (7, 8):
    f.update(group=r.randrange(256), payload=r.randbytes(r.randrange(1, 60)))
  if t == 7:
    f.update(place=r.randrange(16) << 12 | r.randrange(3) << 10 | r.randrange(1024),
             seq=r.getrandbits(32))
  if t == 8:
    f.update(shape=r.randrange(16) << 4 | r.randrange(4), high=r.getrandbits(16),
             piece=r.getrandbits(16))
  if t >= 0x40:
    f['body'] = r.randbytes(r.choice([0, 1, r.randrange(300)]))
  return f


# ---- the checks

def check_constants(doc, _helper, _r):
  for what, _, _, where in doc.constants:
    code = defined(doc.root, where)
    assert doc.values[what] == code, f'{what}: {doc.values[what]} on the page, {code} in {where}'
  return len(doc.constants)


def check_sizes(doc, _helper, _r):
  """The fixed parts, and the sum of the overhead."""
  sizes = {'DATA': 'WB_DATA_LEN', 'DATA_FRAGMENT': 'WB_FRAG_LEN', 'ACK': 'WB_ACK_LEN',
           'ACK_RANGE': 'WB_ACK_RANGE_LEN', 'PROBE': 'WB_PROBE_LEN', 'CLOSE': 'WB_CLOSE_LEN',
           'PROBE_REPLY': 'WB_PROBE_REPLY_LEN', 'HEADER': 'WB_HDR_LEN', 'NONCE': 'WB_NONCE_LEN',
           'FEC_SOURCE': 'WB_FEC_SOURCE_LEN', 'FEC_REPAIR': 'WB_FEC_REPAIR_LEN',
           'PATH_STATE': 'WB_PATH_STATE_LEN'}
  for name, constant in sizes.items():
    assert doc.layouts[name].fixed() == defined(doc.root, f'lib/bond/wb_wire.h {constant}'), name
  for name, constant in {'PAYLOAD_1': 'WB_HS_PAYLOAD_1', 'PAYLOAD_2': 'WB_HS_PAYLOAD_2'}.items():
    assert doc.layouts[name].fixed() == defined(
      doc.root, f'lib/crypto/handshake_wire.h {constant}'), name
  assert '| sum | 68 |' in doc.text
  return len(sizes) + 3


def check_headers(doc, helper, r):
  c = Codec(doc)
  for _ in range(500):
    path, receiver = r.randrange(256), r.getrandbits(32)
    number = r.getrandbits(r.choice([8, 48, 49, 64]))
    ours = c.header(path, receiver, number)
    assert helper.ask_bytes('put_header', path, receiver, number) == ours
    datagram = ours + r.randbytes(20)
    assert helper.ask('get_header', datagram) == [str(x) for x in (path, receiver, number & LOW48)]
    assert helper.ask('get_header', datagram[:-1]) == ['bad']
    assert helper.ask('get_header', bytes([r.choice([0, 1, 2, 3, 5])]) + datagram[1:]) == ['bad']
    assert helper.ask_bytes('put_nonce', path, number) == c.nonce(path, number)
  return 500


def check_numbers(doc, helper, r):
  half, tries = 1 << 47, 0
  for _ in range(1500):
    expected = r.choice([0, 1, half, LOW48, LOW48 + 1, (1 << 64) - 1, r.getrandbits(48),
                         r.getrandbits(64), r.randrange(1 << 20)])
    wire = r.choice([0, 1, LOW48, r.getrandbits(48), expected + r.randrange(-9999, 9999) & LOW48,
                     expected + half + r.choice([-1, 0, 1]) & LOW48])
    if expected >= (1 << 64) - (1 << 49):
      continue  # the last of the 2^64: no session gets there
    n, = helper.ask('expand', wire, expected)
    assert int(n) == Codec.expand(wire, expected), (wire, expected, n)
    tries += 1
  return tries


def check_replay(doc, helper, r):
  window = doc.values['replay window']
  for _ in range(40):
    ours, numbers, at = Replay(window), [], r.choice([0, r.randrange(1 << 40)])
    for _ in range(400):
      at = max(at + r.choice([1, 1, 1, 2, r.randrange(-20, 20), r.randrange(-3 * window, 3 * window),
                              -window, -window - 1]), 0)
      numbers.append(r.choice([at, at, r.choice(numbers or [at])]))
    theirs, = helper.ask('replay', *numbers)
    assert theirs == ''.join('01'[ours.accept(n)] for n in numbers)
  return 40


def check_frames(doc, helper, r):
  """Each end reads what the other writes, and both write the same."""
  c = Codec(doc)
  for _ in range(FRAMES):
    f = random_frame(r)
    ours = c.encode(f)
    back, n = c.decode(ours)
    assert n == len(ours) and c.encode(back) == ours
    theirs, m = frame_of(helper.ask('get_frame', ours))
    assert n == m and same(back, theirs), (f, theirs)
    if f['type'] < 0x40:
      written = helper.ask_bytes('put_frame', 4096, *words_of(f)) + f.get('payload', b'')
      assert written == ours, (f, written.hex(), ours.hex())
  return FRAMES


def check_room(doc, helper, r):
  """An ACK without room leaves out its oldest ranges, never half a one."""
  c, fixed, one = Codec(doc), doc.layouts['ACK'].fixed(), doc.layouts['ACK_RANGE'].fixed()
  for _ in range(200):
    f = dict(random_frame(random.Random(r.getrandbits(32))), type=3, path=1, recv_us=2, bytes=3)
    f['ranges'] = random_ranges(r, 33)
    room = r.randrange(fixed - 5, fixed + 34 * one)
    written = helper.ask_bytes('put_frame', room, *words_of(f))
    if room < fixed:
      assert written is None
      continue
    f['ranges'] = f['ranges'][:1 + (room - fixed) // one]
    assert written == c.encode(f)
  return 200


def check_bad_frames(doc, helper, r):
  """Cut, changed and random bytes: both refuse the same."""
  c, refused = Codec(doc), 0
  for _ in range(MUTATIONS):
    buf = bytearray(c.encode(random_frame(r)))
    how = r.randrange(4)
    if how == 0:
      buf = buf[:r.randrange(len(buf) + 1)]
    elif how == 1:
      buf[r.randrange(min(len(buf), 20))] = r.randrange(256)
    elif how == 2:
      buf = bytearray([r.randrange(0x50)]) + r.randbytes(r.randrange(40))
    else:
      buf += r.randbytes(r.randrange(5))
    ours, n = c.decode(bytes(buf))
    theirs, m = frame_of(helper.ask('get_frame', bytes(buf)))
    assert n == m and same(ours, theirs), (buf.hex(), ours, theirs)
    refused += ours is None
  assert MUTATIONS / 10 < refused < MUTATIONS * 9 / 10, refused
  return MUTATIONS


def check_ciphers(_doc, helper, r):
  for cipher in (1, 2, 3):
    for n in (0, 1, 15, 16, 17, 63, 64, 65, 200):
      key, nonce, aad, text = r.randbytes(32), r.randbytes(12), r.randbytes(12), r.randbytes(n)
      theirs = helper.ask_bytes('seal', cipher, key, nonce, aad, text)
      assert theirs == ciphers.seal(cipher, key, nonce, aad, text), (cipher, n)
  return 27


def payload_1(doc, stamp, session, features, versions, suites, extensions=b''):
  return doc.layouts['PAYLOAD_1'].encode(
    stamp=stamp, session=session, features=features, version_min=versions[0],
    version_max=versions[1], n_ciphers=len(suites), ciphers=suites, extensions=extensions)


def payload_2(doc, sender, session, flags=0, cipher=1, extensions=b'', version=1):
  return doc.layouts['PAYLOAD_2'].encode(sender=sender, session=session, features=1, version=version,
                                         cipher=cipher, flags=flags, extensions=extensions)


def check_our_edge(doc, helper, r):
  """Our edge against the program's hub: unknown ciphers, features, extensions; then a resumed one."""
  hub_private, psk = r.randbytes(32), r.randbytes(32)
  edge = shake.Edge(doc, r.randbytes(32), ciphers.public_key(hub_private), psk)
  for resumed in (False, True):
    offer = payload_1(doc, r.getrandbits(62), 77 if resumed else 0, 0xffffffff, (1, 9),
                      b'\xc8\x03\x01', b'\x10\x02ab\xff\x00')
    init = edge.init(r.randbytes(32), r.getrandbits(32) | 1, offer)
    answer = helper.ask('hub', hub_private, b'\x01\x03', psk, 4242, 77, 88, init)
    msg, agreed = bytes.fromhex(answer[0]), answer[1:]
    payload, edge_key, hub_key = edge.response(msg)
    f, _ = doc.layouts['PAYLOAD_2'].decode(payload)
    assert f == {'sender': 4242, 'session': 77 if resumed else 88, 'features': 1, 'version': 1,
                 'cipher': 3, 'flags': int(resumed), 'extensions': b''}, f
    assert agreed[-2:] == [hub_key.hex(), edge_key.hex()] and len(msg) < len(init)
    # one changed bit anywhere, and the hub says nothing
    for at in (0, 1, 2, 4, 9, 50, 100, len(init) - 20, len(init) - 1):
      broken = bytearray(init)
      broken[at] ^= 1
      assert helper.ask('hub', hub_private, b'\x01', psk, 1, 0, 2, bytes(broken)) == ['bad'], at
  return 2


def check_our_hub(doc, helper, r):
  """The program's edge against our hub: a right answer, and those that it must refuse."""
  hub_private, edge_private, psk = r.randbytes(32), r.randbytes(32), r.randbytes(32)

  def run(answer, own_psk=psk, asked=5):
    hub = shake.Hub(doc, hub_private, own_psk)
    init = helper.ask_bytes('edge', edge_private, b'\x02\x01', ciphers.public_key(hub_private), psk,
                            99, asked, 1234567)
    static, index, payload = hub.init(init)
    f, _ = doc.layouts['PAYLOAD_1'].decode(payload)
    assert (static, index) == (ciphers.public_key(edge_private), 99)
    assert (f['stamp'], f['session'], f['features']) == (1234567, asked, 1)
    assert (f['version_min'], f['version_max'], f['ciphers']) == (1, 1, b'\x02\x01')
    msg, edge_key, hub_key = hub.response(r.randbytes(32), answer)
    return helper.ask('finish', msg), edge_key.hex(), hub_key.hex()

  said, edge_key, hub_key = run(payload_2(doc, 31337, 5, flags=0xff, extensions=b'\x01\x01x'))
  assert said == ['ok', '31337', '5', '1', '1', '1', '1', edge_key, hub_key], said
  for bad in (payload_2(doc, 1, 0), payload_2(doc, 1, 6, flags=1), payload_2(doc, 1, 5, cipher=3),
              payload_2(doc, 1, 5, cipher=0), payload_2(doc, 1, 5, extensions=b'\x01\x02x')):
    assert run(bad)[0] == ['bad'], bad.hex()
  assert run(payload_2(doc, 1, 5), own_psk=bytes(32))[0] == ['bad']
  return 7


def challenge_of(doc, extensions):
  """The body of the CHALLENGE among the extensions."""
  f, _ = doc.layouts['CHALLENGE'].decode(extensions)
  assert (f['id'], f['length'], len(extensions)) == (1, 16, 18), extensions.hex()
  return f['word']


def check_challenge(doc, helper, r):
  """Our edge with a clock that is behind against the program's hub, and the other way round."""
  hub_private, psk, word = r.randbytes(32), r.randbytes(32), r.randbytes(16)
  edge = shake.Edge(doc, r.randbytes(32), ciphers.public_key(hub_private), psk)

  def ask(stamp, *extension, bit=1 << 4, asked=word, last=5000):
    offer = payload_1(doc, stamp, 0, 1 | bit, (1, 1), b'\x01', b''.join(extension))
    init = edge.init(r.randbytes(32), r.getrandbits(32) | 1, offer)
    answer = helper.ask('hub', hub_private, b'\x01', psk, 4242, 0, 88, init, last, asked)
    return answer, init

  answer, init = ask(4999)
  msg = bytes.fromhex(answer[0])
  f, _ = doc.layouts['PAYLOAD_2'].decode(edge.response(msg)[0])
  assert answer[1:] == ['challenged'] and len(msg) < len(init)
  assert (f['version'], f['cipher'], f['session']) == (0, 0, 0)
  said = doc.layouts['CHALLENGE'].encode(id=1, length=16, word=challenge_of(doc, f['extensions']))
  assert said[2:] == word
  answer, _ = ask(4999, b'\x09\x01?', said)
  f, _ = doc.layouts['PAYLOAD_2'].decode(edge.response(bytes.fromhex(answer[0]))[0])
  assert (f['version'], f['session'], f['extensions']) == (1, 88, b'')
  for wrong in ((said[:-1] + b'\0',), (b'\x01\x0f' + word[:15],), (b'\x01\x10' + bytes(16),), ()):
    assert ask(4999, *wrong)[0][1:] == ['challenged'], wrong
    assert ask(5001, *wrong)[0][1:] != ['challenged'], wrong
  assert ask(4999, bit=0)[0] == ['bad']

  edge_private = r.randbytes(32)
  for extensions, cipher in ((said, 0), (b'\x07\x00' + said, 0), (b'', 0), (b'\x01\x0f' + word[:15], 0)):
    hub = shake.Hub(doc, hub_private, psk)
    hub.init(helper.ask_bytes('edge', edge_private, b'\x01', ciphers.public_key(hub_private), psk, 99, 0, 7))
    msg, *_ = hub.response(r.randbytes(32), payload_2(doc, 0, 0, cipher=cipher, extensions=extensions, version=0))
    want = ['challenge', word.hex()] if said in extensions else ['bad']
    assert helper.ask('finish', msg) == want, extensions
  hub = shake.Hub(doc, hub_private, psk)
  init = helper.ask_bytes('edge', edge_private, b'\x01', ciphers.public_key(hub_private), psk, 99, 0, 7, word)
  f, _ = doc.layouts['PAYLOAD_1'].decode(hub.init(init)[2])
  assert challenge_of(doc, f['extensions']) == word and f['features'] & 1 << 4
  return 15


def check_cookie(doc, helper, r):
  """Our edge answers the program's hub, whose proof of address we make; the program's edge answers ours."""
  hub_private = r.randbytes(32)
  hub_public = ciphers.public_key(hub_private)
  edge = shake.Edge(doc, r.randbytes(32), hub_public, bytes(32))
  init = edge.init(r.randbytes(32), 4711, payload_1(doc, 1, 0, 0, (1, 1), b'\x01'))
  here, now, life = bytes([100, 64, 1, 2, 8, 9]), 10**15, 120 * 10**9

  def ask(where, when, nonce, *proof):
    answer = helper.ask('cookie', hub_public, init, where, when, nonce, *proof)
    return bytes.fromhex(answer[0]), answer[1]

  def opened(msg):
    f, n = doc.layouts['COOKIE'].decode(msg)
    assert n == len(msg) < len(init)
    assert (f['type'], f['format'], f['reserved'], f['receiver']) == (3, 1, 0, 4711)
    zeros = shake.cookie_seal(hub_public, f['nonce'], init, bytes(16))
    cookie = bytes(x ^ y for x, y in zip(f['sealed'][:16], zeros))
    assert shake.cookie_seal(hub_public, f['nonce'], init, cookie) == f['sealed']
    return cookie

  cookie = opened(ask(here, now, bytes(range(24)))[0])
  assert cookie == opened(ask(here, now, r.randbytes(24))[0]) != opened(ask(here[:5] + b'!', now, bytes(24))[0])
  proof = doc.layouts['HANDSHAKE_PROOF'].encode(type=5, format=1, reserved=0,
                                                mac2=shake.mac2(cookie, init), init=init)
  for where, when, said in ((here, now, 'proven'), (here, now + life, 'proven'), (here, now + 2 * life, 'unproven'),
                            (here[:5] + b'!', now, 'unproven'), (b'!' + here[1:], now, 'unproven')):
    assert ask(where, when, bytes(24), proof)[1] == said, (where, when)
  bent = proof[:7] + bytes([proof[7] ^ 1]) + proof[8:]
  assert ask(here, now, bytes(24), bent)[1] == 'unproven'

  word, nonce = r.randbytes(16), r.randbytes(24)
  ours = doc.layouts['COOKIE'].encode(type=3, format=1, reserved=0, receiver=4711, nonce=nonce,
                                      sealed=shake.cookie_seal(hub_public, nonce, init, word))
  answer = helper.ask_bytes('answer_cookie', hub_public, init, ours)
  f, _ = doc.layouts['HANDSHAKE_PROOF'].decode(answer)
  assert (f['type'], f['format'], f['reserved'], f['init']) == (5, 1, 0, init)
  assert f['mac2'] == shake.mac2(word, init)
  for at in (0, 1, 3, 7, 8, 31, 32, 63):
    assert helper.ask('answer_cookie', hub_public, init, ours[:at] + bytes([ours[at] ^ 1]) + ours[at + 1:]) == ['bad'], at
  return 16


# ---- chapter 14

def check_handshake_vector(doc, _helper, _r):
  v = doc.vector
  psk = v('psk')
  edge = shake.Edge(doc, v("edge's private key"), v("hub's public key"), psk)
  hub = shake.Hub(doc, v("hub's private key"), psk)
  assert ciphers.public_key(v("edge's private key")) == v("edge's public key")
  assert ciphers.public_key(v("hub's private key")) == v("hub's public key")
  offer = payload_1(doc, 1700000000000000000, 0, 1, (1, 1), b'\x01\x03')
  choice = payload_2(doc, 0x55667788, 0x0102030405060708)
  assert offer == v('payload 1') and choice == v('payload 2')
  init = edge.init(v("edge's ephemeral key"), 0x11223344, offer)
  assert init == v('INIT')
  assert hub.init(init) == (v("edge's public key"), 0x11223344, offer)
  response, *keys = hub.response(v("hub's ephemeral key"), choice)
  assert response == v('RESPONSE') and keys == [v('edge key'), v('hub key')]
  assert edge.response(response) == (choice, *keys)
  return 1


def session_vector(doc):
  """(header, nonce, plain, datagram) that chapter 14 shows."""
  c = Codec(doc)
  packet = bytes.fromhex('45000020000040004011' '0000' 'c0a82802c6336407' '138c138c000c0000') + b'ping'
  total = sum(struct.unpack('>10H', packet[:20]))
  packet = packet[:10] + struct.pack('>H', ~(total + (total >> 16)) & 0xffff) + packet[12:]
  number = (1 << 48) + 5
  header, nonce = c.header(2, 0x55667788, number), c.nonce(2, number)
  plain = struct.pack('>I', 0x01020304)
  plain += c.encode({'type': 3, 'path': 0, 'recv_us': 0x01020000, 'bytes': 123456,
                     'ranges': [(990, 1000), (980, 987)]})
  plain += c.encode({'type': 1, 'class': 2, 'bucket': 1023, 'seq': 7, 'payload': packet})
  key = doc.vector('edge key')
  return header, nonce, plain, header + ciphers.seal(1, key, nonce, header, plain)


def check_session_vector(doc, helper, _r):
  header, nonce, plain, datagram = session_vector(doc)
  v = doc.vector
  assert (header, nonce, plain, datagram) == (v('header'), v('nonce'), v('plaintext'), v('datagram'))
  assert helper.ask_bytes('seal', 1, v('edge key'), nonce, header, plain) == datagram[12:]
  f, n = frame_of(helper.ask('get_frame', plain[4:]))
  assert f['ranges'] == [(990, 1000), (980, 987)]
  f, m = frame_of(helper.ask('get_frame', plain[4 + n:]))
  assert f['seq'] == 7 and 4 + n + m == len(plain)
  return 1


CHECKS = (check_constants, check_sizes, check_headers, check_numbers, check_replay, check_frames,
          check_room, check_bad_frames, check_ciphers, check_our_edge, check_our_hub, check_challenge, check_cookie,
          check_handshake_vector, check_session_vector)


def main():
  doc = Document(sys.argv[1])
  if sys.argv[2] == '--vector':
    for name, value in zip(('header', 'nonce', 'plaintext', 'datagram'), session_vector(doc)):
      print(f'{name:10}', value.hex())
    return
  seed = int(os.environ.get('SEED', '1'))
  print(f'SEED={seed}')
  helper = Helper(sys.argv[2])
  for check in CHECKS:
    print(f'{check.__name__}: {check(doc, helper, random.Random(seed))} compared', flush=True)


main()
