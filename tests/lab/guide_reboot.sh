#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# What docs/config.md has the owner of a hub do is there after a reboot: plays the guide's commands on a stock Debian's
# files, then what a boot does with these (sysctl.d; nftables.conf if its service is enabled) in a new namespace.
. "$(dirname "$0")/_init.sh"
[ "$(id -u)" -eq 0 ] || skip "needs root (namespaces)"
root=$LAB_ROOT
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The commands of "The hub", as they stand there.
sed -n '/^### 2\. The hub/,/^### 3\./s/^    hub# //p' "$root/docs/config.md" | sed 's/ *# then put in.*//' >"$work/commands"
[ "$(wc -l <"$work/commands")" -ge 2 ] || fail "the guide's commands were not found"

mkdir -p "$work/bin" "$work/etc/sysctl.d" "$work/etc/wanbond"
cp "$root/config/hub-nat.nft" "$work/"
cat >"$work/etc/nftables.conf" <<'CONF' # of Debian's package nftables
#!/usr/sbin/nft -f

flush ruleset

table inet filter {
	chain input {
		type filter hook input priority filter;
	}
	chain forward {
		type filter hook forward priority filter;
	}
	chain output {
		type filter hook output priority filter;
	}
}
CONF
cat >"$work/bin/systemctl" <<EOF
#!/bin/sh
case "\$1 \$2" in
"enable nftables") touch "$work/enabled" ;;
"enable --now") touch "$work/enabled" && nft -f /etc/nftables.conf ;;
"reload-or-restart nftables") nft -f /etc/nftables.conf ;;
*) echo "systemctl \$*: unknown here"; exit 1 ;;
esac
EOF
printf '#!/bin/sh\n[ "$1" = --system ] && exec /sbin/sysctl -q -p /etc/sysctl.d/*.conf\nexec /sbin/sysctl "$@"\n' >"$work/bin/sysctl"
chmod +x "$work/bin/"*

# on_vps COMMANDS: on a machine with these files in /etc and one card. Mounts and network are its own.
on_vps() {
	unshare -n -m --propagation private bash -euc '
		mount --bind "$1/etc" /etc
		ip link add eth0 type veth peer name far
		cd "$1"
		PATH=$1/bin:$PATH
		eval "$2"' - "$work" "$1"
}

step "the guide's commands"
on_vps "set -e; $(cat "$work/commands")" || fail "the guide's commands do not work: $(cat "$work/commands")"

step "a reboot"
booted=$(on_vps '
	sysctl --system
	if [ -e enabled ]; then nft -f /etc/nftables.conf; fi
	nft list ruleset
	/sbin/sysctl net.ipv4.ip_forward net.ipv6.conf.all.forwarding net.ipv6.conf.eth0.accept_ra') ||
	fail "the boot: $booted"
has() { grep -qF -- "$1" <<<"$booted" || fail "not there after a reboot: $1; there is: $booted"; }
has 'table inet wanbond_nat'
has 'oifname "eth0" ip saddr'
has 'masquerade'
has 'net.ipv4.ip_forward = 1'
has 'net.ipv6.conf.all.forwarding = 1'
has 'net.ipv6.conf.eth0.accept_ra = 2'
