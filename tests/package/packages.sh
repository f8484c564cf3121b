#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# packages.sh ROOT: the packages that README.md names for building are those that tests/run and the demo install.
set -euo pipefail
cd "$1"
# shellcheck source=../../app/lab/packages.sh
. app/lab/packages.sh
list() { xargs -n 1 printf '%s\n' | sort; }
diff <(list <<<"$PACKAGES_BUILD") \
	<(sed -n '/^    apt install /,/[^\\]$/p' README.md | sed 's/^ *apt install //; s/\\$//' | list) ||
	{
		echo "README.md ('>') and PACKAGES_BUILD in app/lab/packages.sh ('<') name different packages"
		exit 1
	}
