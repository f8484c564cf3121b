#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# hugepages.sh SCRIPT: how many pages it asks for, by a folder in sysfs' place.
set -uo pipefail
script=$1
WB_SYSFS=$(mktemp -d) || exit 1
export WB_SYSFS
trap 'rm -rf "$WB_SYSFS"' EXIT
pool=$WB_SYSFS/devices/system/node/node0/hugepages/hugepages-2048kB
all=$WB_SYSFS/kernel/mm/hugepages/hugepages-2048kB
mkdir -p "$pool" "$all"

# wants PAGES-ASKED-FOR TOTAL FREE PROMISED [MIB]
wants() {
	local said
	echo "$2" >"$pool/nr_hugepages"
	echo "$3" >"$pool/free_hugepages"
	echo "$4" >"$all/resv_hugepages"
	said=$("$script" -n ${5:+"$5"})
	case $1 in
	0) [[ $said == *"nothing to do"* ]] ;;
	*) [[ $said == *"node 0: $1 > "* ]] ;;
	esac || {
		printf 'FAIL: total %s, free %s, promised %s: wanted %s, said: %s\n' "$2" "$3" "$4" "$1" "$said"
		exit 1
	}
}
wants 136 0 0 0        # 272 MiB, what the Proxmox file takes with PCI ports
wants 0 136 136 0      # enough
wants 138 136 134 0    # two are in use
wants 146 136 136 10   # ten are promised
wants 0 146 146 10
wants 160 0 0 0 320
