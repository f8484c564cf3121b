#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# The best link swallows everything for five seconds, without a link-down: the transfer goes on over
# the others, not a byte is lost, and the link is used again afterwards.
#
# Runs alone: it looks at each second of a transfer at full rate.
. "$(dirname "$0")/_init.sh"
test_up
victim=tmobile

not_carrying() {
	lab_ask edge /wanbond/paths |
		jq -e ".. | objects | select(.name? == \"$victim\") | .state != \"up\"" >/dev/null
}

step "download while $victim dies"
test_serve 150000000
test_download_start 120 9M # about 72 Mbit/s, so that it lasts
eventually "the download starts" 20 test_downloaded 5000000
lab_black_hole "$victim" on
eventually "the edge notices" 10 not_carrying
before=$(stat -c %s "$LAB_STATE/got")
eventually "bytes go on while the link is dead" 5 test_downloaded $((before + 5000000))
lab_black_hole "$victim" off
began=$(date +%s%N)
eventually "the link is back" 15 lab_paths_up edge "$LAB_WANS"
figure "back in use $((($(date +%s%N) - began) / 1000000)) ms after healing"
test_download_end 120

step "second by second at full rate"
lab_pull "$victim" "$OUT/pull" 4 5 -C cubic -R || fail "the connection did not live"
when() { jq "$1" "$OUT/pull-when.json"; }
[ "$(when .passed)" != null ] || figure "too slow a machine: nobody looked whether the hole held"
[ "$(when '.passed // 0')" = 0 ] || fail "$(when .passed) packets passed the hole"
figure "Mbit/s each second, silent from $(when '.dead, .healed' | xargs printf '%.1f ' | xargs echo): $(jq -r \
	'[.intervals[].sum.bits_per_second / 1e6 | floor] | join(" ")' "$OUT/pull.json")"
# The second in which it dies may stand still; none after it.
jq -e --argjson from "$(when '.dead | floor + 1')" \
	'[.intervals[].sum.bytes][$from:] | min > 0' "$OUT/pull.json" >/dev/null ||
	fail "a second without progress"
