#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# _box.sh COMMAND...: runs it in network, mount and process namespaces of its own, with an own /run: several
# labs go on side by side, and what one leaves behind, even killed hard, ends with its namespaces.
set -u
if [ "${1:-}" != --inside ]; then
	exec unshare --net --mount --propagation private --pid --fork --kill-child --mount-proc "$0" --inside "$@"
fi
shift
# The first process of a namespace heeds no signal but those it asks for.
trap : INT TERM
mount -t tmpfs run /run && mkdir -p /run/netns /run/lock /run/dpdk && ip link set lo up || exit
"$@" &
child=$!
trap 'kill -TERM $child 2>/dev/null' INT TERM
while :; do
	wait $child
	rc=$?
	kill -0 $child 2>/dev/null || break
done
exit "$rc"
