# SPDX-License-Identifier: BSD-3-Clause
"""Makes a failing home smaller while it fails: fewer links, fewer things that happen, less time, rounder numbers.

What is left tells what it takes, and is played in a second. Each step is tried on what the steps before have
left, until none of them makes it any smaller.
"""
import copy
import dataclasses
import re

import families
import judge

FAILS = re.compile(r"\s*(ratio|share|below|delay)\s*(<|>)\s*([0-9.]+)\s*")
LEAST_LINKS = 2
DURATIONS = [8, 10, 12, 16, 20, 24, 30]
WHATEVER = ("events", "outages", "handovers", "cell")
QUALITIES = (("jitter_ms",), ("reorder",), ("loss_percent",), ("police_mbit", "police_bytes"),
             ("pause_every_ms", "pause_min_ms", "pause_max_ms"))
ONE_LINK_LEAST = .95  # of what the best link alone gets: what the scenario is to reach


@dataclasses.dataclass
class Fails:
    """When a row does."""
    key: str
    less: bool
    bound: float

    def __call__(self, row):
        return self.key in row and (row[self.key] < self.bound if self.less else row[self.key] > self.bound)

    def halfway(self, row):
        """What shrinking is to keep of it: else what is left would be a case on the edge."""
        return Fails(self.key, self.less, (self.bound + row[self.key]) / 2)


def parse_fails(text):
    """"ratio < 0.95" """
    m = FAILS.fullmatch(text)
    if m is None:
        raise ValueError(f"must be such as \"ratio < 0.95\" (ratio, share, below, delay; < or >), not {text!r}")
    return Fails(m[1], m[2] == "<", float(m[3]))


# ---- steps: the i-th change of its kind, or None when there are no more

def fewer_links(home, i):
    if len(home["links"]) <= LEAST_LINKS or i >= len(home["links"]):
        return None
    del home["links"][i]
    return home


def places(home):
    return home["links"] + home.get("cells", [])


def pick(changes, home, i):
    """Does the i-th change."""
    if i >= len(changes):
        return None
    changes[i]()
    return home


def fewer_happenings(home, i):
    """Whole lists first, then their items."""
    lists = [(k, key) for k in places(home) for key in WHATEVER if key in k]
    changes = [lambda k=k, key=key: k.pop(key) for k, key in lists]
    changes += [lambda k=k, key=key, n=n: k[key].pop(n) for k, key in lists if isinstance(k[key], list)
                for n in range(len(k[key])) if len(k[key]) > 1]
    if home.get("cells") and not any("cell" in k for k in home["links"]):
        changes.insert(0, lambda: home.pop("cells"))
    return pick(changes, home, i)


def fewer_qualities(home, i):
    """Of both directions at once."""
    def drop(k, keys):
        for way in ("up", "down"):
            for key in keys:
                k[way].pop(key, None)
    changes = [lambda k=k, keys=keys: drop(k, keys) for k in places(home) for keys in QUALITIES
               if any(k[way].get(keys[0]) is not None for way in ("up", "down"))]
    if home["beyond_ms"]:
        changes.append(lambda: home.update(beyond_ms=0))
    return pick(changes, home, i)


def shorter(home, i):
    """Which is the least time that it fails in? What would happen later is left out."""
    less = [d for d in DURATIONS if d < home["duration"]]
    if i >= len(less):
        return None
    home["duration"] = less[i]
    for k in places(home):
        for key in ("events", "outages"):
            kept = [e for e in k.get(key, []) if e["at"] < less[i]]
            if key in k:
                k[key] = kept
            if key in k and not kept:
                del k[key]
    return home


def numbers(value, at=()):
    """The paths of all numbers that are not round."""
    if isinstance(value, (dict, list)):
        items = value.items() if isinstance(value, dict) else enumerate(value)
        return [p for key, v in items for p in numbers(v, at + (key,))]
    return [at] if isinstance(value, (int, float)) and not isinstance(value, bool) and value else []


def rounded(home, path, digits):
    at = home
    for key in path[:-1]:
        at = at[key]
    before = at[path[-1]]
    at[path[-1]] = float(f"{before:.{digits}g}")
    if at[path[-1]] == int(at[path[-1]]):
        at[path[-1]] = int(at[path[-1]])
    return at[path[-1]] != before


def rounder(home, i):
    """All numbers to one, two or three digits; then one after the other."""
    paths = [p for p in numbers({"links": home["links"], "cells": home.get("cells", [])})]
    if i < 3:
        tries = [(paths, i + 1)]
    else:
        tries = [([p], d) for d in (1, 2) for p in paths][i - 3:]
    for some, digits in tries:
        changed = copy.deepcopy(home)
        if any([rounded(changed, p, digits) for p in some]):
            return changed
        if i < 3:
            return home  # all are as round as that
    return None


STEPS = [fewer_links, shorter, fewer_happenings, fewer_qualities, fewer_links, rounder]


class Shrinker:
    """fails(home) -> bool is asked of homes that are never the same twice."""

    def __init__(self, fails, say=print):
        self.fails, self.say = fails, say
        self.asked = set()

    def new(self, home):
        text = repr(home)
        known = text in self.asked
        self.asked.add(text)
        return not known

    def step(self, home, step):
        i, smaller = 0, 0
        while (changed := step(copy.deepcopy(home), i)) is not None:
            if self.new(changed) and self.fails(changed):
                home, smaller = changed, smaller + 1
                self.say(f"  {step.__name__.replace('_', ' ')}: {describe(home)}")
            else:
                i += 1
        return home, smaller

    def shrink(self, home):
        self.new(home)
        while True:
            smaller = 0
            for step in STEPS:
                home, n = self.step(home, step)
                smaller += n
            if smaller == 0:
                return home


def describe(home):
    happens = sum(len(k[key]) if isinstance(k[key], list) else 1 for k in places(home) for key in WHATEVER if key in k)
    return f"{home['duration']} s, {', '.join(k['name'] for k in home['links'])}, {happens} things happen"


def shrink_home(case, seed, fails, player, say=print):
    """The scenario that is left, or None when the home does not fail."""
    def row(home):
        return judge.judge(case, home, player, player)

    home = families.home(case.family, seed)
    first = row(home)
    if not fails(first):
        return None
    still = fails.halfway(first)
    say(f"{describe(home)}: {still.key} {first[still.key]}; kept {'under' if still.less else 'over'} {still.bound:.3f}")
    home = Shrinker(lambda h: still(row(h)), say).shrink(home)
    return scenario(case, home, row(home), seed)


def scenario(case, home, row, seed):
    """With what it is to reach."""
    out = {"comment": f"Home {seed} of {case.name()}, shrunk: ratio {row['ratio']}.", **judge.played(case, home)}
    if "+" not in case.kinds and case.count == 1 and "ways" in row:
        out["expect"] = [{"value": f"flows.{i}.goodput_mbit", "min": round(ONE_LINK_LEAST * row["goodput"][way], 1)}
                         for i, way in enumerate(case.ways())]
    return out
