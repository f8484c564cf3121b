#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Edge and hub are restarted while a download runs, by SIGTERM and by SIGKILL: the inner connection
# goes on, since neither end of it notices more than a pause.
. "$(dirname "$0")/_init.sh"
test_up
test_serve 200000000
test_download_start 230 5M
eventually "the download starts" 20 test_downloaded 2000000

for which in edge hub; do
	for how in TERM KILL; do
		step "$which, SIG$how"
		if [ $how = TERM ]; then
			check "$which stops" lab_stop "$which" 10
		else
			check "$which is killed" lab_kill9 "$which"
		fi
		lab_gateway_start "$which"
		before=$(stat -c %s "$LAB_STATE/got")
		began=$(date +%s%N)
		eventually "the download goes on after SIG$how of the $which" 40 \
			test_downloaded $((before + 1000000))
		figure "$which SIG$how: 1 MB on after $((($(date +%s%N) - began) / 1000000)) ms"
		eventually "all paths are up" 30 lab_paths_up edge "$LAB_WANS"
	done
done
test_download_stop
