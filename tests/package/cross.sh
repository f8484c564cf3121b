#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# cross.sh ROOT: a cross build is set up. The compiler is this machine's, which the file says is for another one; so
# nothing that it makes may be run while building.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cat >"$dir/cross.ini" <<-'INI'
	[binaries]
	c = 'cc'
	ar = 'ar'
	strip = 'strip'
	pkgconfig = 'pkg-config'
	pkg-config = 'pkg-config'
	[properties]
	needs_exe_wrapper = true
	[host_machine]
	system = 'linux'
	cpu_family = 'aarch64'
	cpu = 'aarch64'
	endian = 'little'
INI
meson setup "$dir/build" "$1" --cross-file "$dir/cross.ini"
meson introspect "$dir/build" --targets >"$dir/targets"
for program in wanbond wanbond-emu wanbond-sim wanbond_tc.bpf.o game.bpf.o; do
	grep -q "/$program\"" "$dir/targets" || {
		echo "$program would not be built"
		exit 1
	}
done
