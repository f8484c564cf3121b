#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Would a core dump of a process show a key? Searches all that the kernel would write there: its memory but what is
marked as not to be dumped (VM_DONTDUMP: "dd" in smaps).

core_image.py PID KEY_FILE...    exit code 1: found, with the place
"""
import base64
import re
import sys

CHUNK = 1 << 24
HEAD = re.compile(r'^([0-9a-f]+)-([0-9a-f]+) (\S+) \S+ \S+ \S+ *(.*)$')


def dumped(pid):
  """(start, end, what) of each mapping that a core dump has."""
  at = None
  with open(f'/proc/{pid}/smaps', encoding='ascii', errors='replace') as smaps:
    for line in smaps:
      if head := HEAD.match(line):
        at = int(head[1], 16), int(head[2], 16), head[4] or 'anonymous'
        readable = head[3][0] == 'r'
      elif line.startswith('VmFlags:'):
        flags = line.split()[1:]
        if readable and not {'dd', 'io', 'pf'} & set(flags) and at[2] not in ('[vvar]', '[vsyscall]'):
          yield at


def search(pid, patterns):
  found, size = [], 0
  longest = max(len(p) for p in patterns)
  with open(f'/proc/{pid}/mem', 'rb', 0) as mem:
    for start, end, what in dumped(pid):
      before = b''
      for at in range(start, end, CHUNK):
        try:
          mem.seek(at)
          chunk = mem.read(min(CHUNK, end - at))
        except OSError:
          break
        size += len(chunk)
        for pattern, name in patterns.items():
          if (i := (before + chunk).find(pattern)) >= 0:
            found.append(f'{name} at {at - len(before) + i:#x} in {what}')
        before = chunk[-longest:]
  return found, size


def main():
  pid, patterns = int(sys.argv[1]), {}
  for path in sys.argv[2:]:
    with open(path, encoding='ascii') as f:
      text = f.read().strip()
    key = base64.b64decode(text)
    assert len(key) == 32
    patterns[key] = f'{path}, raw'
    patterns[text[:42].encode()] = f'{path}, base64'
  found, size = search(pid, patterns)
  print(f'{size >> 20} MiB of process {pid} searched for {len(patterns)} patterns')
  assert size > 1 << 20, 'there is nothing to search'
  for line in found:
    print(line)
  sys.exit(1 if found else 0)


main()
