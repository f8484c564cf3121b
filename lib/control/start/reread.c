// SPDX-License-Identifier: BSD-3-Clause
// Reads and checks the configuration file again upon SIGHUP, and logs what a restart would change.
#include "reread.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "log.h"
#include "wb_control.h"

#define ERR_LEN 16384
#define DIFF_LEN 320

void
reread(const struct wb_config *running)
{
	const char *file = running->file;
	struct wb_config *c = NULL;
	char changes[DIFF_LEN];
	char *err = calloc(1, ERR_LEN);
	struct stat st;

	if (err == NULL)
		return;
	if (stat(file, &st) == 0 && !S_ISREG(st.st_mode)) // a pipe would block this thread
		snprintf(err, ERR_LEN, "%s: not a file", file);
	else
		c = wb_config_load(file, err, ERR_LEN);
	control_log_lines(RTE_LOG_WARNING, err);
	if (c == NULL || wb_config_check_files(c, err, ERR_LEN) < 0) {
		if (c != NULL)
			control_log_lines(RTE_LOG_WARNING, err);
		ctl_warn("SIGHUP: %s is not valid; the running configuration is kept", file);
	} else {
		wb_control_replace_devices(c, err, ERR_LEN);
		control_log_lines(RTE_LOG_WARNING, err);
		wb_config_diff(running, c, changes, sizeof(changes));
		if (changes[0] == 0)
			ctl_info("SIGHUP: %s is good, and what runs", file);
		else
			ctl_info("SIGHUP: %s is good; a restart will change %s", file, changes);
	}
	wb_config_free(c);
	free(err);
}
