#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Turns the files of a demo run into a table: report.py FOLDER LINKS.json [OUT.json]

FOLDER holds iperf3's JSON output and lists of round trips, named as app/lab/demo names them. What was
not measured is shown as '-'."""
import json
import os
import statistics
import sys


def read_json(path):
    try:
        with open(path) as f:
            return json.load(f)
    except (OSError, ValueError):
        return None


def received_mbit(path):
    """What the receiver got, Mbit/s; None: not measured or failed."""
    run = read_json(path)
    if not run or "error" in run or not run.get("end"):
        return None
    end = run["end"]
    return (end.get("sum_received") or end["sum"])["bits_per_second"] / 1e6


def seconds_mbit(path):
    """Mbit/s of each second of a run, as the receiver saw it."""
    run = read_json(path)
    if not run:
        return []
    return [i["sum"]["bits_per_second"] / 1e6 for i in run.get("intervals", []) if not i["sum"]["omitted"]]


def udp(path):
    run = read_json(path)
    return run if run and run.get("sent") else None


def ping(path):
    try:
        with open(path) as f:
            ms = sorted(float(line) for line in f)
    except OSError:
        return None
    if not ms:
        return None
    return {
        "median": statistics.median(ms),
        "p99": ms[min(len(ms) - 1, int(len(ms) * 0.99))],
        "answers": len(ms),
    }


def link_rate(link, direction):
    return link[direction].get("rate_mbit")


def collect(folder, links):
    f = lambda name: os.path.join(folder, name)
    wans = []
    for n, link in enumerate(links, 1):
        wans.append({
            "name": link["name"],
            "link": {d: link_rate(link, d) for d in ("down", "up")},
            "plain": {d: received_mbit(f(f"plain{n}-{d}.json")) for d in ("down", "up")},
            "wanbond": {d: received_mbit(f(f"alone{n}-{d}.json")) for d in ("down", "up")},
        })
    pair = lambda name: {d: received_mbit(f(f"{name}-{d}.json")) for d in ("down", "up")}
    return {
        "wans": wans,
        "mptcp": pair("mptcp"),
        "bonded": pair("bonded"),
        "ping_ms": {
            "links": [ping(f(f"ping-plain{n}")) for n in range(1, len(links) + 1)],
            "idle": ping(f("ping-idle")),
            "download": ping(f("ping-load")),
        },
        "udp": udp(f("udp-down.json")),
        "pull": {
            "mbit": seconds_mbit(f("pull.json")),
            **(read_json(f("pull-when.json")) or {}),
        },
    }


def num(x, digits=0):
    return "-" if x is None else f"{x:.{digits}f}"


def describe(link):
    d, u = link["down"], link["up"]
    rate = lambda x: num(x.get("rate_mbit")) if x.get("rate_mbit") else "trace"
    text = f"{rate(d)}/{rate(u)} Mbit/s, {num(d.get('delay_ms', 0))} ms"
    if d.get("loss_percent"):
        text += f", {d['loss_percent']} % loss"
    return text


def total(values):
    return sum(values) if all(v is not None for v in values) else None


def print_flows(r, links):
    print()
    print(f"{'One TCP flow (CUBIC), Mbit/s':<52}{'download':>9}{'upload':>9}")
    line = lambda label, p: print(f"  {label:<50}{num(p['down']):>9}{num(p['up']):>9}")
    for w, link in zip(r["wans"], links):
        line(f"{w['name']} alone ({describe(link)})", w["plain"])
        if any(v is not None for v in w["wanbond"].values()):
            line(f"{w['name']} alone, through wanbond", w["wanbond"])
    line("kernel MPTCP over all of them", r["mptcp"])
    line("wanbond over all of them", r["bonded"])
    sums = {d: total([link_rate(x, d) for x in links]) for d in ("down", "up")}
    if all(sums.values()):
        line("(the links' rates added up, with all headers)", sums)


def print_ping(r):
    p = r["ping_ms"]
    if not p["idle"] and not any(p["links"]):
        return
    print()
    print(f"{'Ping through it, ms':<52}{'median':>9}{'p99':>9}")
    for w, x in zip(r["wans"], p["links"]):
        if x:
            print(f"  {w['name'] + ' itself, idle':<50}{num(x['median'], 1):>9}{num(x['p99'], 1):>9}")
    for label, x in (("wanbond, idle", p["idle"]), ("wanbond, while one flow fills every link", p["download"])):
        if x:
            print(f"  {label:<50}{num(x['median'], 1):>9}{num(x['p99'], 1):>9}")


def print_udp(r):
    u = r["udp"]
    if u:
        print()
        print(f"UDP through wanbond, {u['offered_mbit']:.0f} Mbit/s offered: {u['received_mbit']:.0f} arrive,"
              f" {u['lost_percent']:.2f} % lost, delay one way {u['delay_ms']['p50']:.0f} ms"
              f" (99 % within {u['delay_ms']['p99']:.0f})")


def print_pull(r):
    p = r["pull"]
    if not p["mbit"]:
        return
    print()
    dead, healed = p.get("dead"), p.get("healed")
    print(f"{p.get('name', 'A WAN')} goes silent (no link-down, packets just vanish) at second"
          f" {num(dead, 1)} and is back at {num(healed, 1)}; one download:")
    if p.get("passed") != 0:
        print("  (" + ("too busy a machine to look whether anything passed" if p.get("passed") is None
                       else f"not so: {p['passed']} packets came out of it meanwhile") + ")")
    scale = max(max(p["mbit"]), 1) / 50
    for second, mbit in enumerate(p["mbit"]):
        note = ""
        if dead is not None and round(dead) <= second < round(healed):
            note = " silent"
        print(f"  {second:3d} s {mbit:6.0f} {'#' * round(mbit / scale)}{note}")


def main():
    if len(sys.argv) not in (3, 4):
        sys.exit(__doc__)
    with open(sys.argv[2]) as f:
        links = json.load(f)["links"]
    result = collect(sys.argv[1], links)
    print_flows(result, links)
    print_ping(result)
    print_udp(result)
    print_pull(result)
    if len(sys.argv) == 4:
        with open(sys.argv[3], "w") as f:
            json.dump({"links": links, **result}, f, indent=2)
            f.write("\n")


if __name__ == "__main__":
    main()
