# SPDX-License-Identifier: BSD-3-Clause
"""Random homes: all of one is drawn from its seed, so that the figures of two commits compare.

A home is a scenario without flows. `basic` has two to four links of the kinds that people have and plays 36 s;
what it draws, and in which order, is fixed for good: another order would make other homes of the same seeds
(`homes --floors` compares the first twenty with a checksum). Whatever else a home may have is a family of its own.
"""
import hashlib
import json
import random

DURATION = 36  # seconds
GEO = "geo"


def log_uniform(r, low, high):
    return low * (high / low) ** r.random()


def cable(r):
    down = log_uniform(r, 30, 250)
    up = down * r.uniform(.08, .5)
    delay, queue = r.uniform(4, 15), r.uniform(20, 200)
    loss, jitter = r.choice([0, 0, .01, .1]), r.choice([0, .5])
    return down, up, delay, queue, loss, jitter, {}


def dsl(r):
    down = log_uniform(r, 8, 60)
    up = down * r.uniform(.1, .3)
    delay, queue = r.uniform(8, 20), r.uniform(50, 400)
    return down, up, delay, queue, r.choice([0, .01]), 0, {}


def starlink(r):
    """Handovers each 15 s, and in four of ten the delay takes a step, for some seconds or for good."""
    down, up, delay, queue = log_uniform(r, 40, 200), r.uniform(5, 20), r.uniform(16, 35), r.uniform(50, 200)
    loss, jitter = r.choice([0, .1, .5]), r.uniform(1, 4)
    handovers = {"at": r.uniform(1, 14), "every": 15, "step_min_ms": 5, "step_max_ms": r.uniform(10, 40),
                 "rate_percent": 20, "loss_percent": 2, "outage_ms": r.uniform(50, 200), "outage_each": 4}
    events = []
    if r.random() < .4:
        at = r.uniform(8, 18)
        events.append({"at": at, "set": {"down": {"delay_ms": delay + r.uniform(20, 110)}}})
        if r.random() < .5:
            events.append({"at": at + r.uniform(4, 12), "set": {"down": {"delay_ms": delay}}})
    return down, up, delay, queue, loss, jitter, {"events": events, "handovers": handovers}


def radio(r):
    """5G or LTE: both rates swing, down to a tenth."""
    down = log_uniform(r, 5, 200)
    up = down * r.uniform(.1, .5)
    delay, queue, loss, jitter = r.uniform(15, 45), r.uniform(100, 800), r.choice([0, .1]), r.uniform(1, 10)
    events, at = [], r.uniform(3, 6)
    while at < 34:
        part = r.choice([1, .8, .6, .4, .2, .1])
        events.append({"at": at, "set": {"down": {"rate_mbit": down * part},
                                         "up": {"rate_mbit": max(.5, up * part)}}})
        at += r.uniform(2, 8)
    return down, up, delay, queue, loss, jitter, {"events": events}


def geo(r):
    return log_uniform(r, 20, 80), r.uniform(2, 8), r.uniform(270, 310), \
        r.uniform(200, 600), .1, r.uniform(1, 5), {}


KINDS = {"cable": (cable, .28), "dsl": (dsl, .12), "starlink": (starlink, .28), "radio": (radio, .28), GEO: (geo, .04)}


def link(r, n, kind):
    """Queues are of 20 to 800 ms at the link's rate; one radio in five lets packets overtake each other."""
    down, up, delay, queue, loss, jitter, more = KINDS[kind][0](r)
    overtake = kind == "radio" and r.random() < .2

    def direction(rate):
        return {"rate_mbit": rate, "delay_ms": delay, "jitter_ms": jitter, "reorder": overtake, "loss_percent": loss,
                "queue_bytes": int(max(15000, rate * 125 * queue))}
    return {"name": f"{kind}{n}", "up": direction(up), "down": direction(down), **more}


def links(r, n):
    kinds = [r.choices(list(KINDS), [k[1] for k in KINDS.values()])[0] for _ in range(n)]
    return [link(r, i, k) for i, k in enumerate(kinds)]


def basic(seed):
    r = random.Random(seed)
    some = links(r, r.choices([2, 3, 4], [.45, .4, .15])[0])
    return {"duration": DURATION, "seed": seed, "beyond_ms": r.choice([0, 0, 2, 10, 30]), "links": some}


def other(name, seed, least=2, most=4):
    """Draws of its own, and a home with as many links."""
    r = random.Random(f"{name} {seed}")
    some = links(r, r.randint(least, most))
    return r, {"duration": DURATION, "seed": seed, "beyond_ms": r.choice([0, 0, 2, 10, 30]), "links": some}


def some_of(r, links, part):
    """A random choice of them, at least one."""
    return [k for k in links if r.random() < part] or [r.choice(links)]


def eight(seed):
    return other("eight", seed, 8, 8)[1]


def police(seed):
    """A contract of 30 to 80 % of what the line carries, enforced by drops; buckets of 15 kB to 2 MB."""
    r, home = other("police", seed)
    for k in some_of(r, home["links"], .6):
        part, bucket = r.uniform(.3, .8), int(log_uniform(r, 15000, 2000000))
        for way in ("up", "down"):
            k[way].update(police_mbit=k[way]["rate_mbit"] * part, police_bytes=bucket)
    return home


def cell(seed):
    """Two or three radios of one cell, which carries 40 to 90 % of what they do and swings itself; perhaps others."""
    r, home = other("cell", seed, 0, 2)
    radios = [link(r, len(home["links"]) + i, "radio") for i in range(r.choice([2, 2, 3]))]
    part, queue, tower = r.uniform(.4, .9), r.uniform(50, 400), {"name": "tower", "events": []}
    for way in ("up", "down"):
        rate = part * sum(k[way]["rate_mbit"] for k in radios)
        tower[way] = {"rate_mbit": rate, "queue_bytes": int(max(30000, rate * 125 * queue))}
    for at in (r.uniform(6, 15), r.uniform(15, 30)):
        part = r.uniform(.3, 1)
        tower["events"].append({"at": at, "set": {w: {"rate_mbit": tower[w]["rate_mbit"] * part} for w in ("up", "down")}})
    for k in radios:
        k["cell"] = "tower"
    return {**home, "cells": [tower], "links": home["links"] + radios}


def wifi(seed):
    """Links behind Wi-Fi whose air others use for 5 to 50 ms at a time, in each 30 to 120 ms."""
    r, home = other("wifi", seed)
    for k in some_of(r, home["links"], .6):
        most = r.uniform(10, 50)
        every = most * r.uniform(1.5, 4)
        for way in ("up", "down"):
            k[way].update(pause_every_ms=every, pause_min_ms=5, pause_max_ms=most)
    return home


def vanish(seed):
    """Four minutes; links, but never all, are gone for one to two and a half, in three of ten one way only."""
    r, home = other("vanish", seed)
    for k in some_of(r, home["links"][1:], .6):
        out = {"at": r.uniform(10, 80), "for": r.uniform(60, 150)}
        if r.random() < .3:
            out["direction"] = r.choice(["up", "down"])
        k["outages"] = [out]
    r.shuffle(home["links"])
    return {**home, "duration": 240}


def steps(seed):
    """Links whose delay takes one or two steps of 20 to 150 ms, down or both ways."""
    r, home = other("steps", seed)
    for k in some_of(r, home["links"], .6):
        at, ways = r.uniform(5, 15), r.choice([["down"], ["up", "down"]])
        for t, more in ((at, r.uniform(20, 150)), (at + r.uniform(3, 12), r.choice([0, r.uniform(20, 150)]))):
            change = {"at": t, "set": {w: {"delay_ms": k[w]["delay_ms"] + more} for w in ways}}
            k["events"] = k.get("events", []) + [change]
    return home


# ---- the bound: what one link would give

IDEAL = ("basic", "eight", "steps")  # families whose links are told by rates, delays and events


def sum_of(links):
    """Both directions of one link with the rates of all, at the delay of the slowest."""
    return {way: {"rate_mbit": sum(k[way]["rate_mbit"] for k in links),
                  "delay_ms": max(k[way]["delay_ms"] for k in links)} for way in ("up", "down")}


def ideal(home):
    """The home with one link: the rates of all added up at each moment, the slowest one's delay, all queues; no
    loss, no jitter and no handovers."""
    now = [{way: dict(k[way]) for way in ("up", "down")} for k in home["links"]]
    link = {"name": "ideal", **sum_of(now), "events": []}
    for way in ("up", "down"):
        link[way]["queue_bytes"] = sum(k[way]["queue_bytes"] for k in home["links"])
    changes = [(e["at"], i, e["set"]) for i, k in enumerate(home["links"]) for e in k.get("events", [])]
    for at, i, change in sorted(changes, key=lambda c: c[:2]):
        for way, values in change.items():
            now[i][way].update(values)
        link["events"].append({"at": at, "set": sum_of(now)})
    return {**home, "links": [link]}


FAMILIES = {
    "basic": (basic, "two to four links of usual kinds"),
    "eight": (eight, "eight links"),
    "police": (police, "contracts enforced by drops"),
    "cell": (cell, "radios that share a cell"),
    "wifi": (wifi, "air time that others take"),
    "vanish": (vanish, "links gone for minutes"),
    "steps": (steps, "delays that take steps"),
}


def home(family, seed):
    return FAMILIES[family][0](seed)


def rounded(value):
    """Six digits of each number: the last bits of a power are the C library's."""
    if isinstance(value, dict):
        return {k: rounded(v) for k, v in value.items()}
    if isinstance(value, list):
        return [rounded(v) for v in value]
    return f"{value:.6g}" if isinstance(value, float) else value


def checksum():
    """Of the first twenty basic homes."""
    text = json.dumps(rounded([basic(s) for s in range(1, 21)]), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
