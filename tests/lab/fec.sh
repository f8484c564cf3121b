#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Forward error correction on long, lossy links: it begins by itself, brings packets back, is shown, and
# ends at the prompt's word. With or without it nothing is lost.
. "$(dirname "$0")/_init.sh"
LAB_LINKS=$LAB_DIR/links/lossy.json
test_begin
lab_up || fail "namespaces"
lab_emulator_start || fail "emulator"
# A resend takes long here: worth some repair symbols.
for wan in starlink tmobile cable; do
	check "links" lab_emulate $wan both delay_ms=45,loss_percent=2
done
lab_configure || fail "keys and configurations"
lab_gateways_start || fail "gateways"

moves() { [ "$(tunnel_value "$1" "$2")" -gt "$3" ]; }
# A stream that is no bulk; datagrams that are lost come back, by repair or by resend.
stream() {
	check "UDP" lab_udp "$OUT/udp.json" 12 "$1"
	figure "$2: $(jq -c '{sent, lost, delay_ms}' "$OUT/udp.json")"
	[ "$(jq .twice "$OUT/udp.json")" = 0 ] || fail "$2: datagrams arrived twice"
	jq -e '.lost_percent < 0.1' "$OUT/udp.json" >/dev/null
}
# repaired: what is lost comes back by repair symbols; says why they are not sent.
repaired() {
	local key
	stream 5 "with FEC" || return
	for key in fec_protected fec_repairs fec_bytes; do
		moves hub $key 50 || { figure "$key: $(tunnel_value hub fec_state)" && return 1; }
	done
	moves edge fec_recovered 10
}
resent() { stream 3 "without FEC" && moves hub resends 10; }

step "with error correction"
measured "what is lost is repaired" repaired
figure "protected $(tunnel_value hub fec_protected), repairs $(tunnel_value hub fec_repairs), recovered \
$(tunnel_value edge fec_recovered), resends $(tunnel_value hub resends)"
# What the emulator took is what can come back, and what comes back is what was sent.
taken=$(for wan in starlink tmobile cable; do lab_ask emu "/emu/link,$wan"; done | jq -s '[.[].b_to_a.drop_loss] | add')
recovered=$(tunnel_value edge fec_recovered)
check "recovered $recovered of $taken lost" [ "$recovered" -le "$taken" ]
for which in edge hub; do
	check "no garbage at the $which" [ "$(lab_ask $which /wanbond/drops | jq "[.bad_ip, .bad_repair | numbers] | add // 0")" = 0 ]
done
says hub 'fec_protected +[1-9]' show tunnel home
data=$(lab_ask hub /wanbond/paths | jq '[.. | .tx_bytes? | numbers] | add')
[ $(($(tunnel_value hub fec_bytes) * 100)) -lt $((data * 15)) ] || fail "more than a tenth of repair symbols"

step "without"
lab_cli hub set fec 0
lab_cli hub clear stats
measured "what is lost is sent again" resent
check "no repair symbol any more" [ "$(tunnel_value hub fec_repairs)" = 0 ]
says edge 'not 0 to 50' set fec 51
