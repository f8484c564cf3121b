/* SPDX-License-Identifier: BSD-3-Clause */
// The lock of an instance's name, and the files of a running instance.
#ifndef CONTROL_RUNTIME_H
#define CONTROL_RUNTIME_H

#include "wb_config.h"

#define RUNTIME_DIR "/run/wanbond"
#define RUNTIME_PATH (sizeof(RUNTIME_DIR) + WB_CONFIG_NAME + 8)

struct runtime {
	const char *name; // of the instance
	int lock_fd;
	char eal_dir[256]; // that the EAL has made; "": none
};

// Prepares the environment for the EAL. Call it before the EAL starts.
void runtime_environment(void);
// Writes the path of this instance's file with that ending: "/run/wanbond/NAME.ctl".
void runtime_path(const struct runtime *r, const char *ending, char path[RUNTIME_PATH]);
// Takes the lock of the name. -EBUSY: another process holds it; else -errno. Logged.
int runtime_lock(struct runtime *r);
// Removes what the EAL has left, and releases the lock.
void runtime_clean(struct runtime *r);

#endif
