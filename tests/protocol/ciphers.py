# SPDX-License-Identifier: BSD-3-Clause
"""RFC 7748, RFC 8439, FIPS 197 and SP 800-38D in plain Python: for comparison, slow, not constant-time."""
import struct

P = 2**255 - 19


def x25519(k, u):
  k = bytearray(k)
  k[0] &= 248
  k[31] = k[31] & 127 | 64
  k = int.from_bytes(k, 'little')
  x1 = int.from_bytes(u, 'little') & (1 << 255) - 1
  x2, z2, x3, z3, swap = 1, 0, x1, 1, 0
  for t in reversed(range(255)):
    bit = k >> t & 1
    if swap != bit:
      x2, z2, x3, z3 = x3, z3, x2, z2
    swap = bit
    a, b, c, d = x2 + z2, x2 - z2, x3 + z3, x3 - z3
    aa, bb, da, cb = a * a % P, b * b % P, d * a % P, c * b % P
    e = aa - bb
    x3, z3 = (da + cb)**2 % P, x1 * (da - cb)**2 % P
    x2, z2 = aa * bb % P, e * (aa + 121665 * e) % P
  if swap:
    x2, z2 = x3, z3
  return (x2 * pow(z2, P - 2, P) % P).to_bytes(32, 'little')


def public_key(private):
  return x25519(private, (9).to_bytes(32, 'little'))


def chacha20_block(key, counter, nonce):
  s = list(struct.unpack('<16I', b'expand 32-byte k' + key + struct.pack('<I', counter) + nonce))
  w = s[:]
  for i in range(80):
    column, diagonal = i % 4, i // 4 % 2
    a, b, c, d = (j * 4 + (column + j * diagonal) % 4 for j in range(4))
    for x, y, z, n in ((a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7)):
      w[x] = w[x] + w[y] & 0xffffffff
      v = w[z] ^ w[x]
      w[z] = (v << n | v >> 32 - n) & 0xffffffff
  return struct.pack('<16I', *(x + y & 0xffffffff for x, y in zip(w, s)))


def pad16(b):
  return b + bytes(-len(b) % 16)


def chacha20_poly1305(key, nonce, aad, plain):
  stream = b''.join(chacha20_block(key, 1 + i, nonce) for i in range((len(plain) + 63) // 64))
  c = bytes(x ^ y for x, y in zip(plain, stream))
  one_time = chacha20_block(key, 0, nonce)
  r = int.from_bytes(one_time[:16], 'little') & 0x0ffffffc0ffffffc0ffffffc0fffffff
  data, acc = pad16(aad) + pad16(c) + struct.pack('<QQ', len(aad), len(c)), 0
  for i in range(0, len(data), 16):
    acc = (acc + int.from_bytes(data[i:i + 16] + b'\1', 'little')) * r % (2**130 - 5)
  tag = acc + int.from_bytes(one_time[16:32], 'little') & (1 << 128) - 1
  return c + tag.to_bytes(16, 'little')


def xchacha20_poly1305(key, nonce, aad, plain):
  """draft-irtf-cfrg-xchacha-03"""
  s = struct.unpack('<16I', b'expand 32-byte k' + key + nonce[:16])
  block = struct.unpack('<16I', chacha20_block(key, struct.unpack('<I', nonce[:4])[0], nonce[4:16]))
  words = [x - y & 0xffffffff for x, y in zip(block, s)]  # HChaCha20 leaves the addition out
  return chacha20_poly1305(struct.pack('<8I', *words[:4], *words[12:]), bytes(4) + nonce[16:], aad, plain)


def make_sbox():
  box, p, q = [0x63] * 256, 1, 1
  while True:  # p runs through all elements of the field, q is its inverse
    p ^= (p << 1) ^ (0x11b if p & 0x80 else 0)
    for shift in (1, 2, 4):
      q ^= q << shift & 0xff
    q ^= 0x09 if q & 0x80 else 0
    box[p & 0xff] = q ^ 0x63
    for r in range(1, 5):
      box[p & 0xff] ^= (q << r | q >> 8 - r) & 0xff
    if p == 1:
      return box


SBOX = make_sbox()


def aes_keys(key):
  n, rounds = len(key) // 4, len(key) // 4 + 6
  w, rcon = [list(key[i:i + 4]) for i in range(0, len(key), 4)], 1
  for i in range(n, 4 * (rounds + 1)):
    t = w[-1]
    if i % n == 0:
      t = [SBOX[x] for x in t[1:] + t[:1]]
      t[0] ^= rcon
      rcon = rcon << 1 ^ (0x11b if rcon & 0x80 else 0)
    elif n > 6 and i % n == 4:
      t = [SBOX[x] for x in t]
    w.append([x ^ y for x, y in zip(w[-n], t)])
  return [sum(w[i:i + 4], []) for i in range(0, len(w), 4)]


def aes_block(keys, block):
  def double(x):
    return x << 1 & 0xff ^ (0x1b if x & 0x80 else 0)
  s = [x ^ y for x, y in zip(block, keys[0])]
  for number, key in enumerate(keys[1:], 1):
    s = [SBOX[s[(i + 4 * (i % 4)) % 16]] for i in range(16)]
    if number < len(keys) - 1:
      mixed = []
      for i in range(0, 16, 4):
        a, all4 = s[i:i + 4], s[i] ^ s[i + 1] ^ s[i + 2] ^ s[i + 3]
        mixed += [a[j] ^ all4 ^ double(a[j] ^ a[(j + 1) % 4]) for j in range(4)]
      s = mixed
    s = [x ^ y for x, y in zip(s, key)]
  return bytes(s)


def gf128(x, y):
  z = 0
  for i in range(128):
    if y >> 127 - i & 1:
      z ^= x
    x = x >> 1 ^ (0xe1 << 120 if x & 1 else 0)
  return z


def aes_gcm(key, nonce, aad, plain):
  keys = aes_keys(key)
  h = int.from_bytes(aes_block(keys, bytes(16)), 'big')
  stream = b''.join(aes_block(keys, nonce + struct.pack('>I', 2 + i))
                    for i in range((len(plain) + 15) // 16))
  c = bytes(x ^ y for x, y in zip(plain, stream))
  data, acc = pad16(aad) + pad16(c) + struct.pack('>QQ', 8 * len(aad), 8 * len(c)), 0
  for i in range(0, len(data), 16):
    acc = gf128(acc ^ int.from_bytes(data[i:i + 16], 'big'), h)
  tag = acc ^ int.from_bytes(aes_block(keys, nonce + b'\0\0\0\1'), 'big')
  return c + tag.to_bytes(16, 'big')


def seal(cipher, key, nonce, aad, plain):
  """Chapter 3's ciphers by their number."""
  if cipher == 3:
    return chacha20_poly1305(key[:32], nonce, aad, plain)
  return aes_gcm(key[:16 if cipher == 1 else 32], nonce, aad, plain)
