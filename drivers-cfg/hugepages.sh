#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Sets hugepages aside for wanbond and says what it does. Run it again at will: it only ever adds, and
# what is there already is left alone; where a node cannot give enough, it gets back what it gave.
set -eu

usage() {
	cat <<-TEXT
		usage: hugepages.sh [-n] [-s KIB] [-N NODE] [MIB]
		       hugepages.sh --show
		Has at least MIB (default 272; wanbond --check says what is needed) of hugepages free on each NUMA node, or on NODE only.
		  -n      say what would be done, do nothing
		  -s KIB  page size: 2048 (default), or another the machine has
		  --show  how many there are and are free
		Lasts until the next boot. To have them at each boot: vm.nr_hugepages=PAGES in /etc/sysctl.d/,
		or hugepagesz=2M hugepages=PAGES on the kernel's command line (surest: memory is not yet
		fragmented then).
	TEXT
}

# For tests; the kernel's tree otherwise.
sys=${WB_SYSFS:-/sys}
nodes=$sys/devices/system/node
dry=
size=2048
only=
mib=272

die() {
	echo "hugepages.sh: $*" >&2
	exit 1
}

number() {
	case $2 in
	'' | *[!0-9]*) die "$1: \"$2\" is not a number" ;;
	esac
}

show() {
	printf '%-6s %10s %8s %8s\n' node 'page KiB' pages free
	for pool in "$nodes"/node[0-9]*/hugepages/hugepages-*kB; do
		[ -d "$pool" ] || continue
		node=${pool#"$nodes"/node}
		kib=${pool##*hugepages-}
		printf '%-6s %10s %8s %8s\n' "${node%%/*}" "${kib%kB}" "$(cat "$pool/nr_hugepages")" \
			"$(cat "$pool/free_hugepages")"
	done
}

# Pages that a process was promised by mmap() and has not touched yet count as free; of which node they will
# be taken nobody knows.
promised() { cat "$sys/kernel/mm/hugepages/hugepages-${size}kB/resv_hugepages" 2>/dev/null || echo 0; }

# reserve NODE: raises the node's pool until enough are free; the kernel may give fewer than asked.
reserve() {
	pool=$nodes/node$1/hugepages/hugepages-${size}kB
	[ -d "$pool" ] || die "node $1 has no pages of $size KiB (there are: $(cd "$nodes/node$1/hugepages" 2>/dev/null && echo *))"
	total=$(cat "$pool/nr_hugepages")
	free=$(cat "$pool/free_hugepages")
	if [ "$free" -ge "$need" ]; then
		echo "node $1: $free pages of $size KiB are free, $need needed: nothing to do"
		return 0
	fi
	want=$((total + need - free))
	echo "node $1: $want > $pool/nr_hugepages (now $total, $free free)"
	[ -z "$dry" ] || return 0
	echo "$want" >"$pool/nr_hugepages" || die "cannot write $pool/nr_hugepages (root?)"
	got=$(cat "$pool/free_hugepages")
	if [ "$got" -lt "$need" ]; then
		echo "$total" >"$pool/nr_hugepages" # half of it helps nobody
		die "node $1: only $got of $need pages could be had, memory is too full or too fragmented: set them aside at boot"
	fi
}

while [ $# -gt 0 ]; do
	case $1 in
	-n) dry=1 ;;
	-s)
		[ $# -ge 2 ] || die "-s needs a page size"
		size=$2
		shift
		;;
	-N)
		[ $# -ge 2 ] || die "-N needs a node's number"
		only=$2
		shift
		;;
	--show)
		show
		exit 0
		;;
	-h | --help)
		usage
		exit 0
		;;
	-*) die "unknown option $1 (--help)" ;;
	*) mib=$1 ;;
	esac
	shift
done
number MIB "$mib"
number -s "$size"
[ -z "$only" ] || number -N "$only"
if [ "$size" -eq 0 ] || [ "$mib" -eq 0 ]; then
	die "MIB and page size must be more than 0"
fi
need=$(((mib * 1024 + size - 1) / size + $(promised)))

if [ -n "$only" ]; then
	[ -d "$nodes/node$only" ] || die "no NUMA node $only"
	reserve "$only"
else
	for node in "$nodes"/node[0-9]*; do
		# nodes without memory of their own have no pools
		[ -d "$node/hugepages/hugepages-${size}kB" ] || continue
		found=1
		reserve "${node##*/node}"
	done
	[ -n "${found:-}" ] || die "no NUMA node has pages of $size KiB"
fi
show
