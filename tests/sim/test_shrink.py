# SPDX-License-Identifier: BSD-3-Clause
"""The shrinker with homes that fail for a known reason: test_shrink.py"""
import os
import sys
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import families  # noqa: E402
import shrink  # noqa: E402


def shrunk(home, fails):
    return shrink.Shrinker(fails, lambda text: None).shrink(home)


def direction(**keys):
    return {"rate_mbit": 12.345, "delay_ms": 7.89, "jitter_ms": 1.5, "reorder": False, "loss_percent": .1,
            "queue_bytes": 123456, **keys}


def link(name, **keys):
    return {"name": name, "up": direction(), "down": direction(), **keys}


def home(*links):
    return {"duration": 36, "seed": 1, "beyond_ms": 10, "links": list(links)}


class Shrink(unittest.TestCase):
    def test_only_what_it_takes_is_left(self):
        def fails(h):
            return any(k["down"]["rate_mbit"] > 50 and len(k.get("events", [])) >= 1 for k in h["links"])

        events = [{"at": t, "set": {"down": {"rate_mbit": t}}} for t in (5, 9, 14)]
        fast = link("fast", events=events, handovers={"every": 15})
        fast["down"]["rate_mbit"] = 98.76
        got = shrunk(home(link("a"), link("b", outages=[{"at": 3, "for": 1}]), fast, link("c")), fails)
        self.assertEqual((got["duration"], got["beyond_ms"], len(got["links"])), (8, 0, 2))
        kept, other = got["links"]
        self.assertEqual((kept["name"], kept["down"]["rate_mbit"], len(kept["events"])), ("fast", 100, 1))
        self.assertNotIn("handovers", kept)
        self.assertEqual(other["down"], {"rate_mbit": 10, "delay_ms": 8, "queue_bytes": 100000})

    def test_numbers_are_rounded_as_far_as_it_fails(self):
        got = shrunk(home(link("a"), link("b")), lambda h: h["links"][0]["down"]["rate_mbit"] > 12.1)
        self.assertEqual(got["links"][0]["down"]["rate_mbit"], 12.3)
        self.assertEqual(got["links"][1]["down"]["rate_mbit"], 10)

    def test_a_cell_goes_when_nobody_is_in_it(self):
        h = families.home("cell", 3)
        got = shrunk(h, lambda h: True)
        self.assertNotIn("cells", got)
        got = shrunk(h, lambda h: any("cell" in k for k in h["links"]) and "cells" in h)
        self.assertEqual(got["cells"][0]["name"], "tower")

    def test_every_family_comes_to_two_plain_links(self):
        for family in families.FAMILIES:
            got = shrunk(families.home(family, 4), lambda h: True)
            self.assertEqual(len(got["links"]), 2, family)
            for k in got["links"]:
                self.assertEqual(sorted(k), ["down", "name", "up"], family)
                self.assertEqual(sorted(k["down"]), ["delay_ms", "queue_bytes", "rate_mbit"], family)

    def test_when_it_fails(self):
        self.assertTrue(shrink.parse_fails("ratio < 0.95")({"ratio": .9}))
        self.assertFalse(shrink.parse_fails("delay>250")({"delay": 250}))
        self.assertFalse(shrink.parse_fails("share<80")({"ratio": .9}))  # of pages there is none
        self.assertEqual(shrink.parse_fails("ratio < 0.9").halfway({"ratio": .5}).bound, .7)
        for bad in ("ratio", "speed < 1", "ratio < x", "ratio = 1"):
            with self.assertRaises(ValueError):
                shrink.parse_fails(bad)


if __name__ == "__main__":
    unittest.main()
