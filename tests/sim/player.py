# SPDX-License-Identifier: BSD-3-Clause
"""Plays scenarios in the simulator for `report` and `homes`, and keeps the results."""
import hashlib
import inspect
import json
import os
import subprocess
import tempfile


def split(sim):
    tcp = ("cubic", "bbr", "request", "web")
    return {**sim, "flows": [{**f, "split": True} if f["kind"] in tcp else f for f in sim["flows"]]}


class Player:
    """Runs the simulator; results are kept in a folder by binary, scenario and seed."""

    def __init__(self, binary, cache, split=False):
        """split: TCP connections are split at the tunnel's ends."""
        self.binary, self.cache, self.split = binary, cache, split
        with open(binary, "rb") as f:
            self.key = hashlib.sha256(f.read()).hexdigest()
        self.stamp = self.stamp_now()
        if cache:
            os.makedirs(cache, exist_ok=True)

    def run(self, sim, seed=None, part=None):
        """The result, or what part(result) takes of it. Without a seed the scenario's own counts."""
        sim = split(sim) if self.split else sim
        text = json.dumps(sim, sort_keys=True)
        what = inspect.getsource(part) if part else ""  # another way of reading a result is another one
        name = hashlib.sha256(f"{self.key} {seed} {text}{what}".encode()).hexdigest()[:32]
        kept = os.path.join(self.cache, name + ".json") if self.cache else None
        if kept and os.path.exists(kept):
            with open(kept, encoding="utf-8") as f:
                return json.load(f)
        result = self.play(text, seed)
        if part:
            result = part(result)
        if kept:
            new = f"{kept}.{os.getpid()}.new"
            with open(new, "w", encoding="utf-8") as f:
                json.dump(result, f)
            os.replace(new, kept)
        return result

    def stamp_now(self):
        s = os.stat(self.binary)
        return s.st_ino, s.st_mtime_ns, s.st_size

    def play(self, text, seed):
        if self.stamp_now() != self.stamp:  # its results would be kept as the old one's
            raise RuntimeError(f"{self.binary} has been built anew meanwhile: play a copy of it")
        with tempfile.NamedTemporaryFile("w", suffix=".json") as f:
            f.write(text)
            f.flush()
            p = subprocess.run([self.binary] + (["-s", str(seed)] if seed is not None else []) + [f.name],
                               capture_output=True, text=True)
        if p.returncode != 0:
            raise RuntimeError(p.stderr.strip()[-300:] or f"ended with {p.returncode}")
        return json.loads(p.stdout)
