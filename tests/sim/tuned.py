# SPDX-License-Identifier: BSD-3-Clause
"""The numbers in lib/bond that somebody chose: finds them, and builds simulators with one of them changed.

A number is a #define whose value has a figure in it, or, if asked for, a factor that stands in a formula by
itself ("/ 4", "5 * x"). What is no choice of the brain is left out below, with its reason.
"""
import concurrent.futures
import dataclasses
import os
import re
import shutil
import subprocess

# Whole files, and names that begin so or are so.
NOT_CHOSEN = {
    "wb_wire.h": "the format", "frame.c": "the format", "header.c": "the format", "wb_time.h": "units", "wb_tunnel.h": "the interface",
    "wb_fec.h": "the format", "wb_sched_bpf.h": "the interface", "replay.h": "the format", "replay.c": "the format",
    "fragment.h": "memory", "fragment.c": "memory", "realtime_queue.h": "memory", "flow_class.c": "memory",
    "remote.h": "limits against forged addresses", "pmtu.h": "RFC 8899", "batch.h": "the format", "price.c": "arithmetic",
    "wb_price.h": "the user's", "tunnel_state.c": "what is told, not what is done",
    "scheduler_program.c": "a user's program", "tunnel_stats.c": "what is told, not what is done",
    "deadlines.c": "a heap", "seq_bits.h": "a bitmap", "wb_counter.h": "names", "wb_mix.h": "arithmetic", "codel.c": "RFC 8289",
}
NAMES_NOT_CHOSEN = re.compile("|".join((
    "NONE$", "NOBODY$", ".*_NONE$", "WORDS$", "(.*_)?BATCH$", "(RECORDS|PACKETS)_AHEAD$", "TELL_.*", "EVENT_.*", "RATE_MAX$", "MAX_BPS$",
    "DEFAULT_(QUEUE|RETAIN|SENT|REORDER)_.*",
    "ROOM_LEAST$", ".*_CLOSES?$", "PATH_CLOSE_AGAIN$", "PATH_MTU_DEFAULT$", "PATH_REPL.*", "FEC_(GROUPS|PENDING|SLOTS)$",
    "CC_DATAGRAM$", "RATE_HISTORY$", "ACK_RANGES$", "ACK_FRAME_RANGES$", "REORDER_WINDOW$", "RESTART$", "START_MAX$",
    "SIZE_CLASSES$", "FATTEST_TRIES$", "INTERVAL_MAX$", "TOLD_.*", "RTT_MAX$", "(DATA|FRAG|REPAIR)_HEAD$", "OUTER$",
    "TUNNEL_NO_SLOT$", "TUNNEL_CLOSES$", "SLOT_IDLE$", "GRID_SLOTS$", "N_REGISTRY$")))
DEFINE = re.compile(r"#define ([A-Z][A-Z0-9_]*)[ \t]+((?:[^\n/\\]|/(?![/*])|\\\n)*)")
FACTOR = re.compile(r"(?<=[*/] )(\d+)\b(?!\.)|\b(\d+)(?= \*)")
FIGURE = re.compile(r"(?<![A-Z_a-z0-9])\d|^\(?WB_(SEC|MS)\)?$")
UNITS = {1, 8, 1000, 1000000}


@dataclasses.dataclass(frozen=True)
class Number:
    file: str  # in lib/bond
    name: str  # of a factor its line and formula
    value: str
    start: int  # where the value stands in the file
    end: int

    def id(self):
        return f"{os.path.basename(self.file)}:{self.name}"  # no two files of one name

    def changed(self, text, times):
        """The file with half of the value, or twice (times .5, 2)."""
        value = f"(({self.value}) / 2)" if times < 1 else f"(({self.value}) * 2)"
        return text[:self.start] + value + text[self.end:]


def defines(file, text):
    for m in DEFINE.finditer(text):
        value = m[2].replace("\\\n", " ").strip()
        if FIGURE.search(value) and '"' not in value and not NAMES_NOT_CHOSEN.match(m[1]):
            yield Number(file, m[1], value, m.start(2), m.start(2) + len(m[2].rstrip()))


def factors(file, text):
    at, define = 0, False
    for n, line in enumerate(text.split("\n"), 1):
        code, define = line.split("//")[0], define or line.startswith("#")
        if not define:
            for m in FACTOR.finditer(code):
                if int(m[0]) not in UNITS:
                    yield Number(file, f"{n}: {code.strip()}", m[0], at + m.start(), at + m.end())
        at, define = at + len(line) + 1, define and line.endswith("\\")


def find(bond, with_factors=False):
    """All of the folder lib/bond."""
    found = []
    paths = [os.path.join(folder, f) for folder, _, files in os.walk(bond) for f in files if f.endswith((".c", ".h"))]
    for file in sorted(os.path.relpath(p, bond) for p in paths):
        if os.path.basename(file) not in NOT_CHOSEN:
            with open(os.path.join(bond, file), encoding="utf-8") as f:
                text = f.read()
            found += defines(file, text)
            if with_factors and file.endswith(".c"):
                found += factors(file, text)
    return found


# ---- building

class Tree:
    """A copy of what the simulator is made of, and its objects: a change costs only what includes the file."""

    FOLDERS = ("lib/bond", "lib/emulate", "app/sim")

    def __init__(self, root, folder, cc, jobs, libs=("-ljansson", "-lm")):
        self.folder, self.cc, self.jobs, self.libs = folder, cc, jobs, libs
        for sub in self.FOLDERS:
            shutil.copytree(os.path.join(root, sub), os.path.join(folder, sub),
                            ignore=shutil.ignore_patterns("*.json", "traces"))
        self.folders = [os.path.relpath(f, folder) for sub in self.FOLDERS for f, _, _ in os.walk(os.path.join(folder, sub))]
        self.sources = [os.path.join(sub, f) for sub in self.folders for f in sorted(os.listdir(os.path.join(folder, sub)))
                        if f.endswith(".c")]
        self.objects = {s: s[:-2] + ".o" for s in self.sources}
        failed = self.compile(self.sources, self.objects)
        if failed:
            raise RuntimeError(failed)
        self.needs = {s: self.dependencies(s) for s in self.sources}

    def run(self, command):
        p = subprocess.run(command, cwd=self.folder, capture_output=True, text=True)
        return p.stderr if p.returncode != 0 else ""

    def compile(self, sources, objects):
        """What the first that fails says."""
        flags = ["-std=gnu11", "-O2", "-g0", "-D_GNU_SOURCE", "-w"] + [f"-I{f}" for f in self.folders]
        with concurrent.futures.ThreadPoolExecutor(self.jobs) as pool:
            told = pool.map(lambda s: self.run([*self.cc, *flags, "-MMD", "-c", s, "-o", objects[s]]), sources)
            return next((t for t in told if t), "")

    def dependencies(self, source):
        with open(os.path.join(self.folder, source[:-2] + ".d"), encoding="utf-8") as f:
            return set(os.path.normpath(d) for d in f.read().replace("\\\n", " ").split()[1:])

    def link(self, objects, out):
        failed = self.run([self.cc[-1], "-o", out, *objects.values(), *self.libs])
        if failed:
            raise RuntimeError(failed)
        return os.path.join(self.folder, out)

    def base(self):
        return self.link(self.objects, "base")

    def variant(self, number, times, out):
        """Path of a simulator; "" if nothing comes out otherwise; or (None, what the compiler says)."""
        path = os.path.join("lib/bond", number.file)
        with open(os.path.join(self.folder, path), encoding="utf-8") as f:
            text = f.read()
        sources = [s for s in self.sources if path in self.needs[s]]
        objects = {**self.objects, **{s: f"{s[:-2]}.variant.o" for s in sources}}
        try:
            self.write(path, number.changed(text, times))
            failed = self.compile(sources, objects)
        finally:
            self.write(path, text)
        if failed:
            return None, next((l for l in failed.split("\n") if "error" in l), failed[:200])
        if all(self.same(self.objects[s], objects[s]) for s in sources):
            return "", ""
        return self.link(objects, out), ""

    def write(self, path, text):
        with open(os.path.join(self.folder, path), "w", encoding="utf-8") as f:
            f.write(text)

    def same(self, a, b):
        with open(os.path.join(self.folder, a), "rb") as f, open(os.path.join(self.folder, b), "rb") as g:
            return f.read() == g.read()
