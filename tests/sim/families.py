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


FAMILIES = {
    "basic": (basic, "two to four links of usual kinds"),
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
