#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Schedulers of a user's own, in eBPF: compiled here, loaded and swapped at the prompt of a running edge
# while a flow passes. One that is broken is refused with the reason, and the one before goes on.
. "$(dirname "$0")/_init.sh"
command -v clang >/dev/null || skip "needs clang"
test_up
WANS=(starlink tmobile cable)

# compile SOURCE [-DNAME=VALUE]: as docs/schedulers.md says; prints the object's name.
compile() {
	local object
	object=$LAB_STATE/$(basename "$1" .bpf.c).bpf.o
	clang -target bpf -mcpu=v2 -O2 -Wall -I"$LAB_ROOT/lib/bond" ${2:+"$2"} -c "$1" -o "$object" &&
		echo "$object"
}

# All on one WAN, the others are not even asked.
cat >"$LAB_STATE/pin.bpf.c" <<-'C'
	#include "wb_sched_bpf.h"
	SCHEDULER(struct wb_sched_bpf *c)
	{
		return c->up & 1u << WAN;
	}
C
# A path that there is not.
cat >"$LAB_STATE/nowhere.bpf.c" <<-'C'
	#include "wb_sched_bpf.h"
	SCHEDULER(struct wb_sched_bpf *c)
	{
		return 1u << 11;
	}
C

sent() {
	lab_ask edge /wanbond/paths | jq -c --args '[$ARGS.positional[] as $n | .. | objects |
		select(.name? == $n) | .tx_data]' "${WANS[@]}"
}
# shares: what each WAN was given within half a second.
shares() {
	local before
	before=$(sent)
	sleep 0.5
	jq -c --argjson b "$before" '[range(length) as $i | .[$i] - $b[$i]]' <<<"$(sent)"
}
# only_on N: that WAN has the packets of half a second, all but a handful sent again elsewhere.
only_on() { jq -e "add as \$all | \$all > 200 and .[$1] > 0.97 * \$all" <<<"$(shares)" >/dev/null; }
on_all() { jq -e 'min > 100' <<<"$(shares)" >/dev/null; }
decides() { [ "$(tunnel_value edge scheduler)" = "$1" ]; }

step "a flow, and programs that take it from WAN to WAN"
lab_iperf_start flow client -t 100 -C cubic
eventually "all WANs carry" 10 on_all
for wan in 1 2 0; do
	object=$(compile "$LAB_STATE/pin.bpf.c" "-DWAN=$wan") || fail "clang"
	lab_cli edge set scheduler "$object"
	eventually "all goes by ${WANS[$wan]}" 10 only_on $wan
	check "it is shown" decides pin
done

step "what is broken is refused"
# refused OBJECT REASON
refused() {
	says edge "$2" set scheduler "$1"
	says edge "nothing has changed" set scheduler "$1"
	check "the one before stays" decides pin
	printf '  %s\n' "$(grep -E -- "$2" "$LAB_STATE/edge.log" | tail -n 1)"
}
bad=$LAB_ROOT/tests/unit/bpf
refused "$LAB_STATE/none.bpf.o" "none.bpf.o: No such file"
head -c 3000 /dev/urandom >"$LAB_STATE/noise.bpf.o"
refused "$LAB_STATE/noise.bpf.o" "noise.bpf.o: .*(ELF|elf)"
refused "$(compile "$bad/loop.bpf.c")" 'loop.bpf.o: section "scheduler": instruction [0-9]+.*loops'
refused "$(compile "$bad/outside.bpf.c")" 'outside.bpf.o: section "scheduler": the verifier refuses it'
refused "$(compile "$bad/global.bpf.c")" 'global.bpf.o: .*uses a global or static variable'
eventually "and decides as before" 5 only_on 0

step "nonsense at run time is overruled"
before=$(tunnel_value edge scheduler_overruled)
lab_cli edge set scheduler "$(compile "$LAB_STATE/nowhere.bpf.c")"
overruled() { [ "$(tunnel_value edge scheduler_overruled)" -gt $((before + 100)) ]; }
eventually "it is counted" 10 overruled
eventually "and all WANs carry" 10 on_all
eventually "it is logged" 5 grep -q 'overrul' "$LAB_STATE/edge.log"

step "a hundred changes while it runs"
for ((n = 0; n < 25; n++)); do
	for s in min_rtt.bpf.o weighted.bpf.o redundant game.bpf.o; do
		lab_cli edge set scheduler $s
	done
done
lab_cli edge set scheduler earliest
eventually "the last one decides" 10 decides earliest
eventually "all WANs carry" 10 on_all
check "edge lives" alive edge
check "the connection lives" alive flow
lab_stop flow
