# SPDX-License-Identifier: BSD-3-Clause
"""The judge of homes against results made by hand: test_judge.py"""
import os
import sys
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import families  # noqa: E402
import judge  # noqa: E402


def result(*flows, down=None, up=None):
    out = {"flows": list(flows)}
    for key, share in (("share_down", down), ("share_up", up)):
        if share is not None:
            out[key] = {"percent": share}
    return out


def rate(kind, way, got, p99=10):
    return {"kind": kind, "direction": way, "per_second": [0, 0, 0] + got, "goodput_mbit": 1, "delay_ms": {"p99": p99}}


class Player:
    """Answers with the bonded result where there are two links, else with that of the link's name."""

    def __init__(self, bonded, **alone):
        self.results = alone
        self.bonded = bonded

    def run(self, sim, seed=None, part=None):
        links = sim["links"]
        return part(self.bonded if len(links) > 1 else self.results[links[0]["name"]])


def home(*names):
    both = {"rate_mbit": 10}
    return {"seed": 5, "beyond_ms": 0, "links": [{"name": n, "up": dict(both), "down": dict(both)} for n in names]}


def judged(case, bonded, **alone):
    player = Player(bonded, **alone)
    return judge.judge(case, home(*alone), player, player)


class Ideal(unittest.TestCase):
    def test_rates_add_up_at_each_moment(self):
        both = {"rate_mbit": 10, "delay_ms": 5, "queue_bytes": 100}
        links = [{"name": "a", "up": dict(both), "down": dict(both)},
                 {"name": "b", "up": dict(both), "down": {**both, "delay_ms": 40},
                  "events": [{"at": 9, "set": {"down": {"rate_mbit": 2}}}, {"at": 4, "set": {"down": {"delay_ms": 3}}}]}]
        link, = families.ideal({"seed": 5, "links": links})["links"]
        self.assertEqual(link["down"], {"rate_mbit": 20, "delay_ms": 40, "queue_bytes": 200})
        self.assertEqual(link["events"], [
            {"at": 4, "set": {"up": {"rate_mbit": 20, "delay_ms": 5}, "down": {"rate_mbit": 20, "delay_ms": 5}}},
            {"at": 9, "set": {"up": {"rate_mbit": 20, "delay_ms": 5}, "down": {"rate_mbit": 12, "delay_ms": 5}}}])

    def test_kept_is_of_the_ideal_share(self):
        player = Player(result(rate("udp", "down", [9]), down=72), a=result(rate("udp", "down", [9])),
                        b=result(rate("udp", "down", [9])), ideal=result(rate("udp", "down", [9]), down=90))
        some = home("a", "b")
        for k in some["links"]:
            for way in ("up", "down"):
                k[way].update(delay_ms=1, queue_bytes=1)
        row = judge.judge(judge.Case("basic", "udp", "down", 1), some, player, player, True)
        self.assertEqual((row["share"], row["ideal"], row["kept"]), (72, 90, 80))


class Rates(unittest.TestCase):
    def test_best_link_is_that_of_the_whole_run(self):
        row = judged(judge.Case("basic", "cubic", "down", 1), result(rate("cubic", "down", [9, 9, 5]), down=80),
                     a=result(rate("cubic", "down", [10, 10, 1])), b=result(rate("cubic", "down", [2, 2, 8])))
        self.assertEqual(row["ratio"], round(23 / 21, 3))
        self.assertEqual((row["below"], row["seconds"]), (1, 3))  # 5 of what b gave in the last one
        self.assertEqual(row["share"], 80)
        self.assertEqual(row["ways"], {"down": 7})

    def test_both_directions_are_judged_by_the_worse(self):
        link = result(rate("bbr", "down", [10, 10]), rate("bbr", "up", [4, 4]))
        row = judged(judge.Case("basic", "bbr", "both", 1),
                     result(rate("bbr", "down", [20, 20]), rate("bbr", "up", [2, 2]), down=90, up=50), a=link, b=link)
        self.assertEqual((row["ratio"], row["share"], row["below"], row["seconds"]), (.5, 50, 2, 4))

    def test_flows_of_a_direction_are_added(self):
        link = result(rate("cubic", "down", [5]), rate("bbr", "down", [5], p99=30))
        row = judged(judge.Case("basic", "cubic+bbr", "down", 1), link, a=link, b=link)
        self.assertEqual((row["ratio"], row["mbit"], row["delay"]), (1, 10, 30))

    def test_udp_offers_by_the_links_that_are_there(self):
        two, case = home("a", "b"), judge.Case("basic", "udp", "down", 1)
        self.assertAlmostEqual(case.flows(two)[0]["rate_mbit"], 22)
        self.assertAlmostEqual(case.flows(judge.one_link(two, 0))[0]["rate_mbit"], 11)


class Times(unittest.TestCase):
    def web(self, ms):
        return result({"kind": "web", "direction": "down", "page_load_ms": {"mean": ms}})

    def test_a_page_that_takes_longer_is_worse(self):
        case = judge.Case("basic", "web", "down", 1)
        self.assertEqual(judged(case, self.web(500), a=self.web(400), b=self.web(900))["ratio"], .8)
        self.assertEqual(judged(case, self.web(0), a=self.web(400), b=self.web(900))["ratio"], 0)  # no page at all
        self.assertEqual(judged(case, self.web(400), a=self.web(0), b=self.web(800))["ratio"], 2)

    def test_calls_by_what_comes_in_time(self):
        def call(late):
            return result({"kind": "voip", "direction": "down", "lost_or_late_percent": late, "delay_ms": {"p99": 9}})
        self.assertEqual(judged(judge.Case("basic", "voip", "down", 1), call(50), a=call(0), b=call(20))["ratio"], .5)


class Homes(unittest.TestCase):
    rows = [{"ratio": r, "share": s, "geo": g, "below": 1, "seconds": 10} for r, s, g in
            ((.90, 50, True), (.97, 80, False), (1.2, 90, False), (1.5, 99, False))]

    def test_summary(self):
        s = judge.summary(self.rows)
        self.assertEqual((s["least"], s["under_98"], s["under_95"], s["seconds_below"]), (.90, 50, 25, 10))
        self.assertEqual((s["share"], s["share_5"], s["share_5_no_geo"], s["delay"]), (90, 50, 80, None))

    def test_goals_are_of_one_flow_one_way(self):
        self.assertEqual(judge.goals(judge.Case("basic", "cubic", "up", 1))["share"], 95)
        for other in (judge.Case("basic", "cubic", "both", 1), judge.Case("basic", "cubic", "up", 8)):
            self.assertEqual(judge.goals(other), {})

    def test_homes_are_of_their_seed_alone(self):
        self.assertEqual(families.basic(17), families.basic(17))
        self.assertNotEqual(families.basic(17), families.basic(18))


if __name__ == "__main__":
    unittest.main()
