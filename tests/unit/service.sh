#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# service.sh UNIT: systemd understands every line of the unit, and it never gives up on a late interface.
set -uo pipefail
unit=$1
fail() {
	printf 'FAIL: %s: %s\n' "$unit" "$*"
	exit 1
}

# has SECTION LINE
has() {
	awk -v section="[$1]" -v line="$2" '/^\[/ { here = $0 == section } here && $0 == line { found = 1 }
		END { exit !found }' "$unit"
}
has Unit StartLimitIntervalSec=0 || fail "a start limit leaves it failed while an interface is late"
has Service Restart=on-failure || fail "is not started again"

command -v systemd-analyze >/dev/null || {
	echo "skip: no systemd-analyze"
	exit 77
}
said=$(systemd-analyze verify "$unit" 2>&1) || fail "systemd-analyze verify: $said"
# it says what it does not know, and ends with 0
[ -z "$said" ] || fail "$said"
