# SPDX-License-Identifier: BSD-3-Clause
"""The table of goals: what the simulator must show, a row each. `report` plays and judges them.

A row has an id (group.what), a text, one or several scenarios by name ("main" is the one judged, others
are what it is compared with) and checks. All rates count inner IP packets; the sum is what the links carry
of them after encapsulation (68 bytes a packet); flows start at 1 s, start-up is part of every figure.
"""
import csv
import dataclasses
import json
import math
import os
import typing

HERE = os.path.dirname(os.path.abspath(__file__))
TRACES = os.environ.get("WB_TRACES") or os.path.normpath(os.path.join(HERE, "../../../shared/traces"))
SEEDS = [1, 2, 3, 4, 5]


@dataclasses.dataclass
class Check:
    label: str
    value: typing.Callable  # results by name -> number; None: did not end
    least: float = None  # the goal: at least this ...
    most: float = None  # ... or at most; neither: only shown
    pooled: bool = False  # judged by the mean of all seeds, not by their median (rare events)
    relative: bool = False  # to another run of the same row: the floor is not above the goal
    first: float = None  # what the goal was before it was raised, since it had become easy

    def goal(self):
        if self.least is None and self.most is None:
            return ""
        sign, v = ("≥", self.least) if self.most is None else ("≤", self.most)
        return f"{sign} {v:g}" + (f" (was {self.first:g})" if self.first is not None else "")

    def met(self, value):
        if self.goal() == "":
            return None
        if value is None:
            return False
        return value >= self.least if self.most is None else value <= self.most

    def worse(self, a, b):
        """The worse of two values."""
        if a is None or b is None:
            return None
        return min(a, b) if self.most is None else max(a, b)


@dataclasses.dataclass
class Row:
    id: str
    text: str
    sims: dict
    checks: list
    short: float = 0  # seconds of the short form; 0: as long as the full one, None: not in it
    seeds: int = 1  # of the short form: more where seeds differ much
    needs: list = dataclasses.field(default_factory=list)  # files without which it is left out

    def random(self):
        """Whether loss, jitter or time leave something to the seed."""
        chance = {"loss_percent", "ge_enter_percent", "jitter_ms"}
        return any(chance & d.keys() or later(d) for s in self.sims.values() for k in s["links"]
                   for d in (k["up"], k["down"], k))

    def missing(self):
        return [f for f in self.needs if not os.path.exists(f)]


LATER = 7  # seconds of a session from one seed to the next
PHASE = 0.07  # seconds that an event is later, from one seed to the next


def later(d):
    """Keys by which another seed meets another part of a session, or an event in another phase."""
    return [k for k in ("events", "outages") if d.get(k)] + ["trace"] * ("from" in (d.get("trace") or ""))


def seeded(sim, seed):
    """The scenario as this seed plays it: what neither loss nor jitter make random, time does. What one flow
    gets of a trace turns on single packets; one excerpt says little."""
    sim = json.loads(json.dumps(sim))
    for d in [d for k in sim["links"] for d in (k, k["up"], k["down"])]:
        for key in later(d):
            if key == "trace":
                d["trace"]["from"] += LATER * (seed - 1)
            else:
                for e in d[key]:
                    e["at"] = round(e["at"] + PHASE * (seed - 1), 3)
    return sim


def both(**keys):
    return {"up": dict(keys), "down": dict(keys)}


def link(name, down, up=None, **keys):
    return {"name": name, "down": down, "up": up or dict(down), **keys}


def three(extra=None, **keys):
    """100/30 + 150/40 + 80/20 Mbit/s, 20/30/8 ms one way, 250 kB queues."""
    e = extra or {}
    return [link(n, {"rate_mbit": d, "delay_ms": ms, "queue_bytes": 250000, **e},
                 {"rate_mbit": u, "delay_ms": ms, "queue_bytes": 250000, **e}, **keys.get(n, {}))
            for n, d, u, ms in (("cable", 100, 30, 20), ("fiber", 150, 40, 30), ("lte", 80, 20, 8))]


def bulk(kind, direction="down", **keys):
    return {"kind": kind, "direction": direction, **keys}


def scenario(links, flows, duration, **keys):
    return {"duration": duration, "links": links, "flows": flows, **keys}


# ---- what is read from a result

def share(direction):
    return lambda r: r["main"][f"share_{direction}"]["percent"]


def below_best(direction):
    def value(r):
        s = r["main"][f"share_{direction}"]
        return 100 * s["below_best"] / s["seconds"]
    return value


def voip(direction, *keys):
    def value(r):
        v = next(f for f in r["main"]["flows"] if f["kind"] == "voip" and f["direction"] == direction)
        for k in keys:
            v = v[k]
        return v
    return value


def change(i, key):
    return lambda r: [c for c in r["main"]["changes"] if c["direction"] == "down"][i][key]


# ---- the rows

CALLS = [{"kind": "voip", "direction": "down"}, {"kind": "voip", "direction": "up"}]


def call_checks(idle_ms, direction="down"):
    return [Check("call p99, ms", voip(direction, "delay_ms", "p99"), most=idle_ms + 20),
            Check("call lost or over 150 ms, %", voip(direction, "lost_or_late_percent"), most=0.1)]


# Beside the 8 flows there are calls, whose goals are judged in the same runs.
BULKS = (("cubic", "one CUBIC flow", "cubic", 1), ("8", "8 CUBIC flows and calls", "cubic", 8),
         ("udp", "UDP", "udp", 1))
SUM_GOALS = {"cubic": {"least": 97}, "8": {"least": 97.5, "first": 97}, "udp": {"least": 99, "first": 97}}


def first_rows():
    for direction, sum_mbit in (("down", 330), ("up", 90)):
        for name, text, kind, count in BULKS:
            keys = {"rate_mbit": sum_mbit * 1.1} if kind == "udp" else {"count": count}
            checks = [Check("% of the sum", share(direction), **SUM_GOALS[name])]
            calls = name == "8"
            if calls:
                checks += call_checks(8, direction)
            yield Row(f"three.{name}.{direction}", f"100/30 + 150/40 + 80/20, {text} {direction}",
                      {"main": scenario(three(), [bulk(kind, direction, **keys)] + CALLS * calls, 31)},
                      checks, short=11)


def loss_rows():
    burst = {"ge_enter_percent": 0.25252, "ge_leave_percent": 25}
    for name, text, extra, goal in (("1", "1 % loss", {"loss_percent": 1}, 95),
                                    ("3", "3 % loss", {"loss_percent": 3}, 90),
                                    ("burst", "1 % loss in bursts of 4", burst, 93)):
        yield Row(f"loss.{name}", f"the same with {text} on each link, one CUBIC flow down",
                  {"main": scenario(three(extra), [bulk("cubic")], 31)},
                  [Check("% of the sum", share("down"), least=goal)], short=11)


# name: (rate, delay, jitter, loss) of A and B; best mqvpn with one QUIC-BBR flow; over 20 s at least
ENVIRONMENTS = {
    "baseline": ((50, 20, 0, 0), (50, 20, 0, 0), 73.9, None),
    "rtt_40": ((50, 20, 0, 0), (50, 40, 0, 0), 49.0, 85),
    "rtt_70": ((50, 20, 0, 0), (50, 70, 0, 0), 40.9, None),
    "rtt_120": ((50, 20, 0, 0), (50, 120, 0, 0), 40.6, None),
    "rtt_320": ((50, 20, 0, 0), (50, 320, 0, 0), 40.1, None),
    "jit_5": ((50, 20, 5, 0), (50, 20, 5, 0), 61.4, None),
    "jit_20": ((50, 20, 20, 0), (50, 20, 20, 0), 37.6, 80),
    "loss_05": ((50, 20, 0, 0.5), (50, 20, 0, 0.5), 70.7, None),
    "loss_2": ((50, 20, 0, 2), (50, 20, 0, 2), 29.0, None),
    "bw_4to1": ((50, 20, 0, 0), (12, 20, 0, 0), 42.0, None),
    "bw_10to1": ((100, 20, 0, 0), (10, 20, 0, 0), 74.2, None),
    "dual_lte": ((40, 30, 5, 0.5), (25, 45, 8, 0.5), 29.6, 55),
    "fiber_lte": ((300, 8, 0, 0), (30, 40, 8, 0.5), 212, None),
    "lte_starlink": ((40, 35, 8, 0), (100, 50, 25, 1), 29.1, 110),
    "lte_geo": ((40, 35, 0, 0), (20, 320, 20, 0.5), 31.5, None),
    "congested": ((20, 50, 20, 2), (15, 60, 25, 2), 6.4, 25),
}
TRANSFER = 20 << 20
INNER = ("quic", "cubic")


def environment_link(name, conf):
    rate, delay, jitter, loss = conf
    keys = {"rate_mbit": rate, "delay_ms": delay, "queue_bytes": 1500000}
    if jitter:
        keys |= {"jitter_ms": jitter, "reorder": True}
    if loss:
        keys["loss_percent"] = loss
    return link(name, keys)


def transfer(r, which="main"):
    """Mbit/s over the flow's own time; None: it did not end."""
    flow = r[which]["flows"][0]
    return flow["goodput_mbit"] if "finished" in flow else None


def of_alone(r):
    alone = max(transfer(r, k) or 0 for k in ("a", "b"))
    return 100 * (transfer(r) or 0) / alone if alone else None


def environment_rows():
    for kind in INNER:
        for name, (a, b, mqvpn, _) in ENVIRONMENTS.items():
            links = [environment_link("a", a), environment_link("b", b)]
            flow = [bulk(kind, bytes=TRANSFER)]
            sims = {"main": links, "a": links[:1], "b": links[1:]}
            checks = [Check("Mbit/s, 20 MiB", transfer, least=mqvpn if kind == "quic" else None),
                      Check("% of the best link alone", of_alone, least=98, relative=True)]
            yield Row(f"env.{name}.{kind}", f"{name}: 20 MiB, one {kind.upper()} flow",
                      {k: scenario(v, flow, 61) for k, v in sims.items()}, checks, seeds=3)
        for name, (a, b, _, least) in ENVIRONMENTS.items():
            if least:
                links = [environment_link("a", a), environment_link("b", b)]
                yield Row(f"env20.{name}.{kind}", f"{name}: 20 s, one {kind.upper()} flow",
                          {"main": scenario(links, [bulk(kind)], 21)},
                          [Check("Mbit/s", lambda r: r["main"]["share_down"]["inner_mbit"], least=least)],
                          seeds=3)


# Sessions of one car with Starlink and T-Mobile; the second from which 120 s are taken: each holds
# outages or steep changes of one of them.
SESSIONS = {"s1": ("s1_20230404_134631.csv", 840), "s2": ("s2_20230405_112526.csv", 120),
            "s5": ("s5_20230409_155927.csv", 240), "s6": ("s6_20230404_100714.csv", 360),
            "s9": ("s9_20230405_150118.csv", 120)}
UPLINKS = {"s1": "1_20230420_135701", "s2": "2_20230418_112254", "s5": "4_20230420_130729",
           "s6": "2_20230418_112254", "s9": "1_20230420_135701"}
MODEM = 500000  # bytes of queue of a radio link
EXCERPT = 121
TRACE_GOALS = {"cubic": {"least": 94, "first": 90}, "8": {"least": 94, "first": 93}, "udp": {"least": 95}}


def trace_links(session):
    name, start = SESSIONS[session]
    csv_file = os.path.join(TRACES, "concurrent_dl_us2023", name)
    up_file = os.path.join(TRACES, "concurrent_dl_us2023", f"starlink_mobility_ul_{UPLINKS[session]}.csv")
    lte_up = os.path.join(TRACES, "mahimahi_lte", "TMobile-LTE-short.up")

    def column(which):
        return {"trace": {"csv": csv_file, "column": which, "from": start, "seconds": EXCERPT}}

    radio = {"queue_bytes": MODEM}
    return [
        link("starlink", {**column("starlink_mobility_mbps"), "delay_ms": 16, **radio},
             {"trace": {"csv": up_file, "column": "starlink_mobility_ul_mbps", "from": 60, "seconds": EXCERPT},
              "delay_ms": 16, **radio}),
        link("tmobile", {**column("tmobile_mbps"), "delay_ms": 20, **radio},
             {"trace": {"file": lte_up, "scale": 2}, "delay_ms": 20, **radio}),
        link("cable", {"rate_mbit": 100, "delay_ms": 7, "queue_bytes": 250000},
             {"rate_mbit": 20, "delay_ms": 7, "queue_bytes": 250000}),
    ], [csv_file, up_file, lte_up]


def most_offered(session):
    """Mbit/s of the session's best second, cable included."""
    name, start = SESSIONS[session]
    with open(os.path.join(TRACES, "concurrent_dl_us2023", name), encoding="ascii") as f:
        return 100 + max(float(r["starlink_mobility_mbps"] or 0) + float(r["tmobile_mbps"] or 0)
                         for r in csv.DictReader(f)
                         if start - 1 <= float(r["t_s"]) <= start + EXCERPT + LATER * SEEDS[-1])


OWN = os.path.normpath(os.path.join(HERE, "../../app/sim/traces"))  # made by a rule, for machines without the recorded ones


def own_trace_rows():
    def column(which):
        return {"trace": {"csv": os.path.join(OWN, "second.csv"), "column": which, "from": 10, "seconds": EXCERPT}}

    radio = {"queue_bytes": MODEM}
    links = [
        link("starlink", {**column("starlink"), "delay_ms": 16, **radio},
             {**column("starlink_up"), "delay_ms": 16, **radio}),
        link("lte", {**column("lte"), "delay_ms": 20, **radio}, {**column("lte_up"), "delay_ms": 20, **radio}),
        link("cable", {"rate_mbit": 100, "delay_ms": 7, "queue_bytes": 250000},
             {"rate_mbit": 20, "delay_ms": 7, "queue_bytes": 250000})]
    for name, text, kind, count in BULKS:
        keys = {"rate_mbit": 400} if kind == "udp" else {"count": count}
        checks = [Check("% of the sum", share("down"), **TRACE_GOALS[name])]
        checks += call_checks(7) if name == "8" else []
        yield Row(f"trace.own.{name}", f"the project's own trace + cable, {text} down",
                  {"main": scenario(links, [bulk(kind, **keys)] + CALLS * (name == "8"), EXCERPT)}, checks, short=21)
    delay = os.path.join(OWN, "starlink.delay")
    lte = {"trace": os.path.join(OWN, "lte.ms"), "delay_ms": 20, **radio}
    starlink = {"rate_mbit": 60, "delay_trace": delay, **radio}
    yield Row("trace.own.ms", "the project's own traces by milliseconds, one CUBIC flow down",
              {"main": scenario([link("lte", lte), link("starlink", starlink)], [bulk("cubic")], EXCERPT)},
              [Check("% of the sum", share("down"), least=90)], short=21)


def trace_rows():
    yield from own_trace_rows()
    for s in SESSIONS:
        links, needs = trace_links(s)
        for name, text, kind, count in BULKS:
            keys = {"count": count}
            if kind == "udp":
                keys = {"rate_mbit": most_offered(s) if os.path.exists(needs[0]) else 1}
            checks = [Check("% of the sum", share("down"), **TRACE_GOALS[name])]
            calls = name == "8"
            if calls:
                checks += call_checks(7)
            else:
                checks.append(Check("% of seconds below the best link", below_best("down"),
                                    most=0 if kind == "udp" else 3))
            yield Row(f"trace.{s}.{name}", f"trace {s} + cable, {text} down",
                      {"main": scenario(links, [bulk(kind, **keys)] + CALLS * calls, EXCERPT)}, checks,
                      short=31 if s in ("s1", "s5") else None, needs=needs)
    lte = [os.path.join(TRACES, "mahimahi_lte", f"TMobile-LTE-short.{d}") for d in ("down", "up")]
    leo = os.path.join(TRACES, "starlink_leocc_sample", "bw_example.txt")
    delay = os.path.join(TRACES, "starlink_leocc_sample", "delay_example.txt")
    yield Row("trace.ms", "TMobile-LTE-short + starlink_leocc_sample, one CUBIC flow down",
              {"main": scenario([
                  link("lte", {"trace": lte[0], "delay_ms": 20, "queue_bytes": MODEM},
                       {"trace": lte[1], "delay_ms": 20, "queue_bytes": MODEM}),
                  link("starlink", {"trace": leo, "delay_trace": delay, "queue_bytes": MODEM},
                       {"rate_mbit": 10, "delay_trace": delay, "queue_bytes": MODEM}),
              ], [bulk("cubic")], EXCERPT)},
              [Check("% of the sum", share("down"), least=90)], short=31, needs=lte + [leo])


def fast_rows():
    links = [link(n, {"rate_mbit": r, "delay_ms": ms, "queue_bytes": int(r * 2500)})
             for n, r, ms in (("a", 2000, 5), ("b", 1000, 10), ("c", 500, 20))]
    yield Row("fast.cubic", "2 G + 1 G + 500 M at 5/10/20 ms, queues of 20 ms, one CUBIC flow down",
              {"main": scenario(links, [bulk("cubic", window=64 << 20)], 16)},
              [Check("% of the sum", share("down"), least=96.5, first=95)], short=4)


def call_rows():
    hole = [{"at": 15, "for": 5}]
    for name, text, links in (
            ("loss", "2 % loss on each link", three({"loss_percent": 2})),
            ("hole", "best link dead for 5 s", three(fiber={"outages": hole})),
            ("quickest", "quickest link dead for 5 s", three(lte={"outages": hole})),
            ("all", "2 % loss and both outages",
             three({"loss_percent": 2}, fiber={"outages": hole}, lte={"outages": [{"at": 25, "for": 5}]}))):
        yield Row(f"call.{name}", f"a call beside 8 CUBIC flows down, {text}",
                  {"main": scenario(links, [bulk("cubic", count=8)] + CALLS, 41)},
                  call_checks(8), short=0 if name == "all" else None)


def hole_rows():
    hole = {"outages": [{"at": 8, "for": 5}]}
    used = Check("used again after, ms", change(0, "used_ms"), most=300, first=1000)
    gone = Check("packets lost for good",
                 lambda r: r["main"]["edge"]["reorder_gaps"] - r["main"]["edge"]["late"], most=0)
    yield Row("hole.cubic", "best link a black hole for 5 s, one CUBIC flow down",
              {"main": scenario(three(fiber=hole), [bulk("cubic")], 21)},
              [Check("longest stall, ms", lambda r: r["main"]["flows"][0]["longest_gap_ms"], most=150, first=250),
               gone, used])
    yield Row("hole.udp", "the same under UDP of 280 Mbit/s",
              {"main": scenario(three(fiber=hole), [bulk("udp", rate_mbit=280)], 21)},
              [Check("longest stall, ms", lambda r: r["main"]["flows"][0]["longest_gap_ms"], most=150, first=250),
               gone, used])


def missing_rows():
    for loss, most in ((1, 1), (2, 4)):
        yield Row(f"missing.{loss}", f"{loss} % loss on each link, UDP above the sum down",
                  {"main": scenario(three({"loss_percent": loss}), [bulk("udp", rate_mbit=363, **{"class": "bulk"})],
                                    61)},
                  [Check("missing or late, of a million", lambda r: r["main"]["edge"]["missing_ppm"],
                         most=most, pooled=True)], short=31)


LONG = 600  # s of the long form: with none of 16 million packets missing, fewer than 0.2 of a million are


def bound_ppm(r):
    """Of a million packets, so many are missing or late at most, with 95 % confidence (Poisson)."""
    n, low, high = r["main"]["edge"]["reorder_gaps"], 0.0, 1e9
    while high - low > 1e-6 * high:
        mean = (low + high) / 2
        seen = sum(math.exp(k * math.log(mean) - mean - math.lgamma(k + 1)) for k in range(n + 1))
        low, high = (mean, high) if seen > 0.05 else (low, mean)
    return 1e6 * high / r["main"]["edge"]["out_packets"]


def long_rows():
    """Played on request only: report --long."""
    for loss, most in ((1, 1), (2, 4)):
        for kind, flow in (("udp", bulk("udp", rate_mbit=363, **{"class": "bulk"})), ("cubic", bulk("cubic"))):
            yield Row(f"missing.{loss}.{kind}.long",
                      f"{loss} % loss on each link, {'UDP above the sum' if kind == 'udp' else 'one CUBIC flow'} down, "
                      f"{LONG // 60} minutes",
                      {"main": scenario(three({"loss_percent": loss}), [flow], LONG)},
                      [Check("missing or late, of a million, at most (95 %)", bound_ppm, most=most),
                       Check("packets, millions", lambda r: r["main"]["edge"]["out_packets"] / 1e6)], short=None)


def step_rows():
    def at(t, rate):
        return {"at": t, "set": {"down": {"rate_mbit": rate}}}

    for name, first, then in (("half", 150, 75), ("double", 75, 150)):
        links = three(fiber={"events": [at(8, then)]})
        links[1]["down"]["rate_mbit"] = first
        yield Row(f"step.{name}", f"the best link's rate {first} -> {then}, backlogged UDP down",
                  {"main": scenario(links, [bulk("udp", rate_mbit=363)], 14)},
                  [Check("95 % used after, ms", change(0, "full_ms"), most=500),
                   Check("delay under 15 ms after, ms", change(0, "queue_ms"), most=300)])


def wire_rows():
    for loss, most in ((0, 6), (2, 9)):
        yield Row(f"wire.{loss}", f"{loss} % loss on each link, UDP of 250 Mbit/s down, 1400 bytes",
                  {"main": scenario(three({"loss_percent": loss}), [bulk("udp", rate_mbit=250)], 31)},
                  [Check("bytes over the inner ones, %", lambda r: r["main"]["overhead_percent"], most=most)],
                  short=11)


def rows():
    for part in (first_rows, loss_rows, environment_rows, trace_rows, fast_rows, call_rows, hole_rows,
                 missing_rows, step_rows, wire_rows):
        yield from part()
