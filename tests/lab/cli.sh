#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# The prompt: by a pipe and in a terminal (tmux).
. "$(dirname "$0")/_init.sh"
test_hosts
lab_edge_config '.control_group = "daemon"' >"$LAB_STATE/edge.json"
check "the tunnel comes up" lab_gateways_start

step "show"
says edge 'show .*path' help
says edge starlink show path
says edge 'in flight' show path starlink
says edge 'in flight' show path all
says edge tmobile show port
says edge vps\|hub\|home show tunnel
says edge '[a-z]' show worker
says edge 'cycles' show worker all
says edge 'nothing was dropped|^(no|not|unknown|bad|tx)_[a-z]+ +[0-9]+  ' show drop
says edge queue_limit show drop all
says edge 'Bad arguments|unknown|not|syntax|Command' show nonsense

step "set"
lab_cli edge set path tmobile state down
eventually "the path goes down" 10 lab_paths_up edge 2
eventually "packets pass on two" 5 lab_reaches
lab_cli edge set path tmobile state up
eventually "the path comes back" 20 lab_paths_up edge 3
lab_cli edge set scheduler failover
says edge failover show tunnel
lab_cli edge set scheduler game.bpf.o
says edge ' game ' show tunnel
says edge 'No such file.*|nothing has changed' set scheduler /nonexistent/mine.bpf.o
says edge ' game ' show tunnel
eventually "packets pass by a program's choice" 5 lab_reaches
lab_cli edge set scheduler earliest
lab_cli edge set path cable rate 10
lab_cli edge set path cable rate auto
lab_cli edge clear stats
says edge starlink show path
check "edge lives" alive edge

step "wanbond ctl"
# ctl CODE PATTERN COMMAND...: exit code, and what it says.
ctl() {
	local code=$1 pattern=$2 rc
	shift 2
	timeout 20 "$LAB_WANBOND" ctl "${LAB_PREFIX}home" "$@" </dev/null >"$OUT/text" 2>&1
	rc=$?
	if [ "$rc" = "$code" ]; then
		[ -n "$pattern" ] || [ -s "$OUT/text" ] || return 0
		[ -n "$pattern" ] && grep -qE -- "$pattern" "$OUT/text" && return
	fi
	cat "$OUT/text"
	fail "ctl $*: exit code $rc, wanted $code and '$pattern'"
}
ctl 0 'starlink.*up' show path
ctl 0 'show .*path' help
[ "$(stat -c '%a %U %G' "/run/wanbond/${LAB_PREFIX}home.ctl")" = "660 root daemon" ] || fail "whose socket it is"
[ "$(stat -c '%a %U %G' "/run/wanbond/${LAB_PREFIX}vps.ctl")" = "600 root root" ] || fail "whose the hub's is"
ctl 1 'no path "nobody"' show path nobody
ctl 1 'No such file' set scheduler /nonexistent/mine.bpf.o
check "what was refused is logged as such" grep -q 'ctl (uid 0.*): set scheduler .*: refused' "$LAB_STATE/edge.log"
check "a start is logged" grep -q "edge \"${LAB_PREFIX}home\" runs (wanbond" "$LAB_STATE/edge.log"
ctl 2 'Command not found: shew' shew path
ctl 0 '' quit
check "edge lives after quit" alive edge
ctl 0 '' set path tmobile state down
eventually "the path goes down" 10 lab_paths_up edge 2
ctl 0 '' set path tmobile state up
eventually "the path comes back" 20 lab_paths_up edge 3
printf 'show path\nshow path nobody\nshow tunnel\n' | "$LAB_WANBOND" ctl "${LAB_PREFIX}home" >"$OUT/text" 2>/dev/null
rc=$?
grep -q scheduler "$OUT/text" && [ $rc = 1 ] || fail "three commands by a pipe: exit code $rc"
"$LAB_WANBOND" ctl nobody help >"$OUT/text" 2>&1
[ $? = 3 ] && grep -q "running here:.*${LAB_PREFIX}home" "$OUT/text" || fail "ctl of nobody"

step "SIGHUP reads the file again, and ends nothing"
hup() { kill -HUP "$(lab_pid edge)"; }
said() { grep -q -- "$1" "$LAB_STATE/edge.log"; }
hup
eventually "it is told that nothing has changed" 10 said "SIGHUP: .*edge.json is good, and what runs"
lab_edge_config '.fec_percent = 5 | .ports[1].mtu = 1400' >"$LAB_STATE/edge.json"
hup
eventually "it is told what a restart would change" 10 said "a restart will change .*ports\[1\].mtu.*fec_percent"
lab_edge_config '.fec_percent = 99' >"$LAB_STATE/edge.json"
hup
eventually "a bad file is told" 10 said "edge.json:[0-9]*: fec_percent: 99"
lab_edge_config . >"$LAB_STATE/edge.json"
eventually "packets pass" 5 lab_reaches

step "wanbond ctl in a terminal, twice"
tmux_socket=$LAB_STATE/tmux
mux() { lab_in edge tmux -S "$tmux_socket" -f /dev/null "$@"; }
screen_has() { mux capture-pane -p -S -500 | grep -qi -- "$1"; }
mux new-session -d -x 150 -y 50 "$LAB_WANBOND ctl ${LAB_PREFIX}home; echo ended \$?; sleep 30" || fail "tmux"
lab_adopt tmux "$(mux display-message -p '#{pid}')"
eventually "a prompt" 20 screen_has '> *$'
ctl 0 starlink show path
mux send-keys "show pa" Tab Enter
eventually "completed and shown" 10 screen_has starlink
mux send-keys quit Enter
eventually "it ends" 10 screen_has 'ended 0'
check "edge lives" alive edge
mux kill-server
eventually "tmux ends" 10 lab_gone tmux

step "quit, and a terminal"
lab_cli edge quit
eventually "the edge ends" 10 lab_gone edge
[ ! -e "/run/wanbond/${LAB_PREFIX}home.ctl" ] || fail "its socket is left behind"
mux new-session -d -x 150 -y 50 "$LAB_WANBOND -c $LAB_STATE/edge.json -i; sleep 30" || fail "tmux"
lab_adopt tmux "$(mux display-message -p '#{pid}')"
eventually "a prompt" 20 screen_has '> *$'
eventually "the tunnel comes up" 20 lab_reaches
mux send-keys "show pa" Tab Enter
eventually "completed and shown" 10 screen_has starlink
mux send-keys quit Enter
gone() { ! mux list-panes -a -F '#{pane_pid}' 2>/dev/null | grep -q . || screen_closed; }
screen_closed() { ! lab_ask edge /wanbond/info >/dev/null 2>&1; }
eventually "it ends" 10 gone
