#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""dns.py FILE: a DNS server on port 53 that answers what the lines "NAME ADDRESS TTL" of FILE say at that time.

Prints who asks for what. Names without a line do not exist.
"""
import socket
import sys


def name_of(query):
  labels, at = [], 12
  while query[at]:
    labels.append(query[at + 1:at + 1 + query[at]].decode())
    at += 1 + query[at]
  return '.'.join(labels).lower(), query[12:at + 5]


def records(path, name):
  with open(path, encoding='utf-8') as lines:
    for line in lines:
      words = line.split()
      if len(words) == 3 and words[0] == name:
        yield socket.inet_aton(words[1]), int(words[2])


def main(path):
  server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
  server.bind(('0.0.0.0', 53))
  print('ready', flush=True)
  while True:
    query, sender = server.recvfrom(512)
    name, question = name_of(query)
    found = list(records(path, name))
    answers = b''
    if question[-4:-2] == b'\0\1':  # A
      for ip, ttl in found:
        answers += b'\xc0\x0c\0\1\0\1' + ttl.to_bytes(4, 'big') + b'\0\4' + ip
    count = len(found) if answers else 0
    flags = b'\x81\x80' if found else b'\x81\x83'
    server.sendto(query[:2] + flags + b'\0\1' + count.to_bytes(2, 'big') + b'\0\0\0\0'
      + question + answers, sender)
    print(f'{sender[0]} asks for {name}', flush=True)


main(*sys.argv[1:])
