# SPDX-License-Identifier: BSD-3-Clause
"""Chapter 3 of docs/protocol.md, both ends."""
import hashlib
import hmac
import struct

from ciphers import chacha20_poly1305, public_key, x25519, xchacha20_poly1305

NAME = b'Noise_IKpsk2_25519_ChaChaPoly_BLAKE2b'
PROLOGUE = b'wanbond handshake 1'


def mac1(receiver, data):
  key = hashlib.blake2b(b'wanbond mac1' + receiver, digest_size=32).digest()
  return hashlib.blake2b(data, key=key, digest_size=16).digest()


def mac2(cookie, init):
  return hashlib.blake2b(init, key=cookie, digest_size=16).digest()


def cookie_seal(hub_public, nonce, init, cookie):
  """The sealed part of a COOKIE; the stream does not depend on the text, so zeros give it."""
  key = hashlib.blake2b(b'wanbond cookie' + hub_public, digest_size=32).digest()
  return xchacha20_poly1305(key, nonce, init[-16:], cookie)


class Bad(Exception):
  pass


class Noise:
  def __init__(self, prologue, hub_public):
    self.h = self.ck = NAME.ljust(64, b'\0')
    self.k, self.n = b'', 0
    self.mix_hash(prologue)
    self.mix_hash(hub_public)

  def mix_hash(self, data):
    self.h = hashlib.blake2b(self.h + data).digest()

  def hkdf(self, data, n):
    t, last, out = hmac.digest(self.ck, data, 'blake2b'), b'', []
    for i in range(n):
      last = hmac.digest(t, last + bytes([i + 1]), 'blake2b')
      out.append(last)
    return out

  def mix_key(self, data):
    self.ck, k = self.hkdf(data, 2)
    self.k, self.n = k[:32], 0

  def mix_psk(self, psk):
    self.ck, t, k = self.hkdf(psk, 3)
    self.mix_hash(t)
    self.k, self.n = k[:32], 0

  def ephemeral(self, key):
    self.mix_hash(key)
    self.mix_key(key)

  def nonce(self):
    self.n += 1
    return bytes(4) + struct.pack('<Q', self.n - 1)

  def seal(self, plain):
    c = chacha20_poly1305(self.k, self.nonce(), self.h, plain)
    self.mix_hash(c)
    return c

  def open(self, c):
    nonce = self.nonce()
    # the stream does not depend on the text: sealing zeros gives it
    zeros = chacha20_poly1305(self.k, nonce, self.h, bytes(len(c) - 16))
    plain = bytes(x ^ y for x, y in zip(c[:-16], zeros))
    if chacha20_poly1305(self.k, nonce, self.h, plain) != c:
      raise Bad('not authentic')
    self.mix_hash(c)
    return plain

  def split(self):
    edge, hub = self.hkdf(b'', 2)
    return edge[:32], hub[:32]


class Edge:
  def __init__(self, doc, private, hub_public, psk):
    self.l, self.s, self.rs, self.psk = doc.layouts, private, hub_public, psk

  def init(self, ephemeral, index, payload):
    self.e, self.index = ephemeral, index
    clear = struct.pack('>BBHI', 1, 1, 0, index)
    x = self.noise = Noise(PROLOGUE + clear, self.rs)
    e = public_key(ephemeral)
    x.ephemeral(e)
    x.mix_key(x25519(ephemeral, self.rs))
    static = x.seal(public_key(self.s))
    x.mix_key(x25519(self.s, self.rs))
    body = clear + e + static + x.seal(payload)
    msg = body + mac1(self.rs, body)
    fields, n = self.l['INIT'].decode(msg, P1=len(payload))
    assert n == len(msg) and fields['static'] == static and fields['sender'] == index
    return msg

  def response(self, msg):
    """(payload 2, edge key, hub key)"""
    f, n = self.l['RESPONSE'].decode(msg, P2=len(msg) - 56 - 16)
    if n != len(msg) or (f['type'], f['format'], f['reserved'], f['receiver']) != (2, 1, 0, self.index):
      raise Bad('clear bytes')
    if f['mac1'] != mac1(public_key(self.s), msg[:-16]):
      raise Bad('mac1')
    x = self.noise
    x.ephemeral(f['ephemeral'])
    x.mix_key(x25519(self.e, f['ephemeral']))
    x.mix_key(x25519(self.s, f['ephemeral']))
    x.mix_psk(self.psk)
    payload = x.open(f['payload'])
    return payload, *x.split()


class Hub:
  def __init__(self, doc, private, psk):
    self.l, self.s, self.psk = doc.layouts, private, psk

  def init(self, msg):
    """(edge's static key, index, payload 1)"""
    f, n = self.l['INIT'].decode(msg, P1=len(msg) - 104 - 16)
    own = public_key(self.s)
    if n != len(msg) or (f['type'], f['format'], f['reserved']) != (1, 1, 0):
      raise Bad('clear bytes')
    if f['mac1'] != mac1(own, msg[:-16]):
      raise Bad('mac1')
    x = self.noise = Noise(PROLOGUE + msg[:8], own)
    self.re = f['ephemeral']
    x.ephemeral(self.re)
    x.mix_key(x25519(self.s, self.re))
    self.rs = x.open(f['static'])
    x.mix_key(x25519(self.s, self.rs))
    self.index = f['sender']
    return self.rs, self.index, x.open(f['payload'])

  def response(self, ephemeral, payload):
    """(message, edge key, hub key)"""
    x, e = self.noise, public_key(ephemeral)
    x.ephemeral(e)
    x.mix_key(x25519(ephemeral, self.re))
    x.mix_key(x25519(ephemeral, self.rs))
    x.mix_psk(self.psk)
    body = struct.pack('>BBHI', 2, 1, 0, self.index) + e + x.seal(payload)
    return body + mac1(self.rs, body), *x.split()
