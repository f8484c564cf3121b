# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# Emulator, edge and hub of the lab: configurations, start, questions to them.
# To be sourced after topology.sh.

LAB_WANBOND=${LAB_WANBOND:-$LAB_BUILD/app/gateway/wanbond}
LAB_EMU=${LAB_EMU:-$LAB_BUILD/app/emulator/wanbond-emu}
LAB_LINKS=${LAB_LINKS:-$LAB_DIR/links/default.json}
LAB_PMD=${LAB_PMD:-packet}         # or net_af_packet, net_af_xdp
LAB_LAN_PMD=${LAB_LAN_PMD:-$LAB_PMD} # of the edge's LAN port
LAB_WRAP=${LAB_WRAP:-}            # e.g. "perf record -g -o /tmp/perf.data", before the edge

# EAL's runtime folder of instance NAME.
lab_runtime() { printf '/run/dpdk/%s\n' "$LAB_PREFIX$1"; }

# lab_emulator_config: links file to the emulator's own configuration. `a` is the edge's side.
lab_emulator_config() {
	jq --arg name "${LAB_PREFIX}emu" --argjson beyond "${LAB_BEYOND:-null}" '(.links | length * 2) as $next | {
		name: $name,
		links: ([.links | to_entries[] | (.key + 1) as $n | {
			name: .value.name,
			a: "net_af_packet\(2 * $n - 2),iface=a\($n)",
			b: "net_af_packet\(2 * $n - 1),iface=b\($n)",
			a_to_b: .value.up, b_to_a: .value.down } +
			(if .value.outages then {outages: .value.outages} else {} end)] +
			(if $beyond then [{
				name: "server",
				a: "net_af_packet\($next),iface=sa",
				b: "net_af_packet\($next + 1),iface=sb",
				a_to_b: {delay_ms: $beyond}, b_to_a: {delay_ms: $beyond} }] else [] end))
	}' "$LAB_LINKS"
}

lab_wan_name() { jq -r ".links[$1 - 1].name" "$LAB_LINKS"; }

lab_emulator_start() {
	lab_emulator_config >"$LAB_STATE/emu.json" || return
	lab_spawn emu emu "$LAB_EMU" -c "$LAB_STATE/emu.json"
	# Ready when a frame comes through each link.
	local n
	for ((n = 1; n <= LAB_WANS; n++)); do
		lab_while emu 20 lab_in edge ping -q -c 1 -i 0.2 -w 1 -I "wan$n" "192.168.10$n.1" >/dev/null || {
			lab_say "the emulator does not carry wan$n:" >&2
			tail -n 20 "$LAB_STATE/emu.log" >&2
			return 1
		}
	done
}

# Orders to the emulator: refused ones are answered with an error, and fail here.
lab_emulator_order() {
	local answer
	answer=$(lab_ask emu "$1")
	jq -e '.result == "done"' <<<"$answer" >/dev/null && return
	lab_say "emulator: $1: $answer" >&2
	return 1
}

# lab_emulate LINK up|down|both KEY=VALUE[,KEY=VALUE]: changes a link while it runs.
lab_emulate() { lab_emulator_order "/emu/set,$1,$2,$3"; }

# lab_black_hole LINK on|off|SECONDS: what comes in vanishes; both ends keep their carrier.
lab_black_hole() {
	case $2 in
	on) lab_emulator_order "/emu/outage,$1,black_hole" ;;
	off) lab_emulator_order "/emu/outage,$1,none" ;;
	*) lab_emulator_order "/emu/outage,$1,black_hole,$2" ;;
	esac
}

# Packets that came out of a link so far, both directions.
lab_link_passed() { lab_ask emu "/emu/link,$1" | jq '[.[].out_packets?] | add'; }

# lab_keys NAME: a key pair beside the configuration.
lab_keys() {
	(umask 077 && "$LAB_WANBOND" genkey >"$LAB_STATE/$1.key") &&
		"$LAB_WANBOND" pubkey <"$LAB_STATE/$1.key" >"$LAB_STATE/$1.pub"
}

# lab_edge_config JQ-FILTER: prints the edge's configuration, changed by the filter. Its worker is on
# the first CPU, the hub's by default on the last one: a CPU for each end on one machine.
lab_edge_config() {
	local n ports
	ports=$(for ((n = 1; n <= LAB_WANS; n++)); do
		jq -n --arg name "$(lab_wan_name "$n")" --arg dev "$LAB_PMD$n,iface=wan$n" \
			'{name: $name, use: "wan", dev: $dev}'
	done | jq -s .)
	jq -n --arg name "${LAB_PREFIX}home" --arg lan "${LAB_LAN_PMD}0,iface=lan0" --arg hub "$LAB_HUB" \
		--arg key "$(cat "$LAB_STATE/hub.pub")" --argjson wans "$ports" '{
		role: "edge", name: $name, private_key_file: "edge.key",
		ports: ([{name: "lan", use: "lan", dev: $lan}] + $wans),
		hub: {address: $hub, port: 65500, public_key: $key},
		workers: [0]
	}' | jq "$1"
}

lab_hub_config() {
	jq -n --arg name "${LAB_PREFIX}vps" --arg dev "${LAB_PMD}0,iface=eth0" \
		--arg key "$(cat "$LAB_STATE/edge.pub")" '{
		role: "hub", name: $name, private_key_file: "hub.key", listen: 65500,
		ports: [{name: "uplink", use: "uplink", dev: $dev}],
		egress: {tap: "wb0"},
		edges: [{name: "home", public_key: $key,
			networks: ["192.168.40.0/24", "192.168.1.0/24", "2001:db8:40::/64"]}]
	}' | jq "$1"
}

lab_configure() {
	lab_keys edge && lab_keys hub || return
	lab_edge_config . >"$LAB_STATE/edge.json" && lab_hub_config . >"$LAB_STATE/hub.json"
}

# The prompt's input is a FIFO: `lab_cli edge show path` writes a line to it.
lab_gateway_start() {
	local which=$1 fifo=$LAB_STATE/$1.cli
	[ -p "$fifo" ] || mkfifo -m 600 "$fifo"
	# shellcheck disable=SC2086 # LAB_WRAP is a command with its options
	LAB_STDIN=$fifo lab_spawn "$which" "$which" $LAB_WRAP "$LAB_WANBOND" -c "$LAB_STATE/$which.json" -i
}

lab_cli() {
	local which=$1
	shift
	printf '%s\n' "$*" >"$LAB_STATE/$which.cli"
}

lab_instance() {
	case $1 in
	edge) echo home ;;
	hub) echo vps ;;
	*) echo "$1" ;;
	esac
}

# lab_ask edge|hub|emu /COMMAND: the telemetry's answer as JSON (the value of the command's key).
lab_ask() {
	python3 "$LAB_DIR/ask.py" "$(lab_runtime "$(lab_instance "$1")")/dpdk_telemetry.v2" "$2"
}

# Number of paths of edge or hub in state $2.
lab_paths_in() {
	lab_ask "$1" /wanbond/paths 2>/dev/null |
		jq "[.. | objects | select(.state? == \"$2\")] | length"
}

lab_paths_up() { [ "$(lab_paths_in "$1" up || echo 0)" = "$2" ]; }

# One of the pings of a second is answered; the first answer ends it.
lab_reaches() {
	lab_in "${2:-client}" ping -q -c 1 -i 0.2 -w 1 "${1:-$LAB_SERVER}" >/dev/null 2>&1
}

# lab_log NAME: the end of a log, for a failure.
lab_log() {
	lab_say "--- $1:"
	tail -n 25 "$LAB_STATE/$1.log" 2>/dev/null
}

# Both gateways, until a packet goes through and all paths are up.
lab_gateways_start() {
	lab_gateway_start hub
	lab_gateway_start edge
	if ! lab_while edge 20 lab_reaches ||
		! lab_while edge 20 lab_paths_up edge "$LAB_WANS"; then
		lab_say "the tunnel does not come up" >&2
		{
			lab_log edge
			lab_log hub
		} >&2
		return 1
	fi
}

lab_gateways_stop() {
	local rc=0
	lab_stop edge || rc=1
	lab_stop hub || rc=1
	return $rc
}
