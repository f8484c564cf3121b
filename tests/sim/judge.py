# SPDX-License-Identifier: BSD-3-Clause
"""Is a home ever worse off than with its best link alone? Plays it bonded and over each link alone.

What a home is judged by, from the third second on:
  ratio   what was got bonded / over the best single link (through the tunnel too); of several directions or
          kinds of flows the lesser. Of pages, requests and pings the time over that link / bonded
  share   of what all links offered, percent, from the flows' start; of two directions the lesser
  below   seconds in which less than 90 % was got of what the best link alone got in that second
  delay   one-way delay of UDP, and of other flows, 99 %, ms
  ideal   share that one link gives which has the rates of all (families.ideal()), through the tunnel too; kept: what
          bonding keeps of it, percent
"""
import dataclasses
import statistics

import families

FIRST = 3  # second that is judged; flows start at 1
RATES = ("cubic", "bbr", "quic", "udp")
TIMES = {"web": "page_load_ms", "request": "completion_ms", "ping": "rtt_ms"}
KINDS = RATES + tuple(TIMES) + ("voip",)
DIRECTIONS = ("down", "up", "both")
BELOW = .9


@dataclasses.dataclass(frozen=True)
class Case:
    """What is played in a home: kinds of flows joined by +, each `count` times, down, up or both at once."""
    family: str
    kinds: str
    direction: str
    count: int

    def name(self):
        many = f" x {self.count}" if self.count > 1 else ""
        return f"{self.family} {self.kinds}{many} {self.direction}"

    def ways(self):
        return ["down", "up"] if self.direction == "both" else [self.direction]

    def flows(self, home):
        """UDP offers 1.1 times what the links are given as; beside other flows its part of that."""
        kinds, flows = self.kinds.split("+"), []
        for way in self.ways():
            offered = 1.1 * sum(k[way]["rate_mbit"] for k in home["links"]) / len(kinds) / self.count
            for kind in kinds:
                flow = {"kind": kind, "direction": way, "start": 1}
                if kind == "udp":
                    flow.update(rate_mbit=offered, size=1400)
                if self.count > 1:
                    flow["count"] = self.count
                flows.append(flow)
        return flows


def figures(result):
    """What is read of a result: small enough to be kept by the thousand."""
    out = {"rates": {}, "goodput": {}, "times": {}, "delays": {}, "share": None}
    shares = [result[k]["percent"] for k in ("share_down", "share_up") if k in result]
    for f in result["flows"]:
        kind, way = f["kind"], f["direction"]
        if kind in RATES:
            got = f["per_second"][FIRST:]
            before = out["rates"].get(way, [0] * len(got))
            out["rates"][way] = [a + b for a, b in zip(before, got)]
            out["goodput"][way] = out["goodput"].get(way, 0) + f["goodput_mbit"]
        elif kind in TIMES:
            out["times"].setdefault(f"{kind} {way}", []).append(f[TIMES[kind]]["mean"])
        else:
            out["times"].setdefault(f"{kind} {way}", []).append(f["lost_or_late_percent"])
        if "delay_ms" in f:
            out["delays"].setdefault(kind, []).append(f["delay_ms"]["p99"])
    out["times"] = {k: statistics.fmean(v) for k, v in out["times"].items()}
    out["delays"] = {k: max(v) for k, v in out["delays"].items()}
    if out["rates"] and shares:
        out["share"] = min(shares)
    return out


def one_link(home, i):
    return {**home, "links": [home["links"][i]]}


def played(case, home):
    return {**home, "flows": case.flows(home)}


def rate_ratio(way, bonded, alone):
    """Ratio, seconds below the best link, seconds judged; and the rates themselves."""
    got = bonded["rates"][way]
    each = [a["rates"][way] for a in alone]
    best = max(each, key=sum)
    below = sum(got[i] < BELOW * max(a[i] for a in each) for i in range(len(got)))
    mean = statistics.fmean
    return {"ratio": mean(got) / max(.01, mean(best)), "below": below, "seconds": len(got), "mbit": mean(got),
            "best": mean(best), "alone": sum(mean(a) for a in each)}


def time_ratio(name, bonded, alone):
    """Of calls what came in time; else the time over the best link / bonded (none completed counts as 0)."""
    got, each = bonded["times"][name], [a["times"][name] for a in alone]
    if name.startswith("voip"):
        return (100 - got) / max(.01, 100 - min(each))
    done = [t for t in each if t > 0]
    if not done:
        return 1
    return min(done) / got if got > 0 else 0


def judge(case, home, player, player_alone, ideal=False):
    """The row of one home; with the ideal link if asked for."""
    bonded = player.run(played(case, home), part=figures)
    alone = [player_alone.run(played(case, one_link(home, i)), part=figures) for i in range(len(home["links"]))]
    rates = [rate_ratio(way, bonded, alone) for way in bonded["rates"]]
    ratios = [r["ratio"] for r in rates] + [time_ratio(n, bonded, alone) for n in bonded["times"]]
    row = {"family": case.family, "seed": home["seed"], "kinds": case.kinds, "direction": case.direction,
           "count": case.count, "links": "+".join(k["name"] for k in home["links"]), "beyond": home["beyond_ms"],
           "geo": any(k["name"].startswith(families.GEO) for k in home["links"]), "ratio": round(min(ratios), 3)}
    if rates:
        row["ways"] = {way: round(r["best"], 3) for way, r in zip(bonded["rates"], rates)}
        row["goodput"] = {way: max(a["goodput"][way] for a in alone) for way in bonded["goodput"]}
        row.update({k: round(sum(r[k] for r in rates), 1) for k in ("mbit", "best", "alone")})
        row.update(below=sum(r["below"] for r in rates), seconds=sum(r["seconds"] for r in rates))
    if bonded["share"] is not None:
        row["share"] = round(bonded["share"], 1)
        if ideal and case.family in families.IDEAL:
            bound = player_alone.run(played(case, families.ideal(home)), part=figures)["share"]
            row.update(ideal=round(bound, 1), kept=round(100 * bonded["share"] / max(.1, bound), 1))
    if bonded["delays"]:
        row["delay"] = round(bonded["delays"].get("udp", max(bonded["delays"].values())))
    return row


def against(case, home, best, player, seed=None):
    """Ratio and share of a home whose best links alone (Mbit/s by direction) are known; other chance by the seed."""
    bonded = player.run(played(case, home), seed, part=figures)
    return min(statistics.fmean(bonded["rates"][way]) / best[way] for way in best), bonded["share"]


# ---- over homes

def quantile(values, part):
    return sorted(values)[min(len(values) - 1, int(part * len(values)))] if values else None


def percent(values):
    values = list(values)
    return 100 * sum(values) / len(values) if values else None


LEAST, UNDER, SECONDS, SHARE, SHARE_LOW = "least", "under_98", "seconds_below", "share", "share_5_no_geo"


@dataclasses.dataclass
class Figure:
    """A quantity over all homes of a case."""
    key: str
    label: str
    of: object  # rows -> number, None: there is none
    at_most: bool = False
    digits: int = 1

    def shown(self, value):
        return "" if value is None else f"{value:.{self.digits}f}"


def seconds_below(rows):
    seconds = sum(r.get("seconds", 0) for r in rows)
    return 100 * sum(r.get("below", 0) for r in rows) / seconds if seconds else None


def percentile(key, part, with_geo=True):
    """A function: of rows, which part of the homes is below."""
    return lambda rows: quantile([r[key] for r in rows if key in r and (with_geo or not r["geo"])], part)


FIGURES = [
    Figure(LEAST, "least ratio", lambda rows: min(r["ratio"] for r in rows), digits=2),
    Figure(UNDER, "homes under 0.98, %", lambda rows: percent(r["ratio"] < .98 for r in rows), True),
    Figure("under_95", "homes under 0.95, %", lambda rows: percent(r["ratio"] < .95 for r in rows), True),
    Figure(SECONDS, "seconds below best, %", seconds_below, True),
    Figure(SHARE, "share, median", percentile("share", .5)),
    Figure("share_5", "share, 5th percentile", percentile("share", .05)),
    Figure(SHARE_LOW, "5th percentile, no GEO", percentile("share", .05, False)),
    Figure("ideal", "one ideal link's share, median", percentile("ideal", .5)),
    Figure("ideal_5_no_geo", "its 5th percentile, no GEO", percentile("ideal", .05, False)),
    Figure("kept", "kept of that, median, %", percentile("kept", .5)),
    Figure("delay", "p99 one way, median home, ms", percentile("delay", .5), True, 0),
    Figure("delay_95", "p99 one way, one home in 20, ms", percentile("delay", .95), True, 0),
]


# Over 200 basic homes, one flow.
GOALS = {
    "cubic": {SECONDS: 2, SHARE: 95, SHARE_LOW: 85},
    "bbr": {SECONDS: 1, SHARE: 93, SHARE_LOW: 80},
    "quic": {SECONDS: 1, SHARE: 93, SHARE_LOW: 80},
    "udp": {SECONDS: 1, SHARE: 98, SHARE_LOW: 94, "delay_95": 250},
}
for g in GOALS.values():
    g.update({LEAST: .95, UNDER: 2})


def goals(case):
    return GOALS.get(case.kinds, {}) if (case.family, case.count) == ("basic", 1) and case.direction != "both" else {}


def met(figure, goal, value):
    return value <= goal if figure.at_most else value >= goal


def summary(rows):
    return {f.key: f.of(rows) for f in FIGURES}
