# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# Debian packages that building, the lab and the tests need. To be sourced.
# shellcheck disable=SC2034 # used by what sources this

PACKAGES_BUILD="gcc libc6-dev meson ninja-build pkg-config dpdk-dev libdpdk-dev libsodium-dev libisal-dev
	libipsec-mb-dev libssl-dev libbpf-dev libxdp-dev libmnl-dev libnuma-dev libjansson-dev libc-ares-dev
	libcunit1-dev clang"
PACKAGES_LAB="iproute2 iputils-ping procps nftables iperf3 ethtool mptcpize jq python3 gnuplot-nox"
# tshark asks by debconf who may capture; without a terminal the answer is root, which will do.
PACKAGES_TEST="llvm shellcheck binutils curl socat tmux tshark systemd"

# packages_need PACKAGE...: installs what is missing; no network and no apt when nothing is.
packages_need() {
	local p missing=()
	for p in "$@"; do
		[ "$(dpkg-query -W -f '${db:Status-Status}' "$p" 2>/dev/null)" = installed ] ||
			missing+=("$p")
	done
	[ ${#missing[@]} -gt 0 ] || return 0
	[ "$(id -u)" -eq 0 ] || {
		echo "missing packages, to be installed as root: ${missing[*]}" >&2
		return 1
	}
	echo "installing: ${missing[*]}"
	export DEBIAN_FRONTEND=noninteractive
	apt-get install -qq -y --no-install-recommends "${missing[@]}" >/dev/null 2>&1 || {
		apt-get update -qq &&
			apt-get install -qq -y --no-install-recommends "${missing[@]}" >/dev/null
	}
}
