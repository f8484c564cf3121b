// SPDX-License-Identifier: BSD-3-Clause
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <rte_eal.h>

#include "cli_server.h"
#include "control.h"
#include "log.h"

#define LOCK_DIR "/run/wanbond"

// The EAL would follow a unit's RuntimeDirectory=, dpdk-telemetry.py in a shell does not: for root both are
// to take /var/run/dpdk/NAME.
void
runtime_environment(void)
{
	if (geteuid() == 0)
		unsetenv("RUNTIME_DIRECTORY");
}

int
runtime_lock(struct control *ctl)
{
	char path[sizeof(LOCK_DIR) + WB_CONFIG_NAME + 8], pid[16];
	ssize_t n;

	if (mkdir(LOCK_DIR, 0755) == 0 && chmod(LOCK_DIR, 0755) < 0) // whatever the umask
		ctl_warn("%s: %s", LOCK_DIR, strerror(errno));
	snprintf(path, sizeof(path), LOCK_DIR "/%s.lock", ctl->conf->name);
	ctl->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
	if (ctl->lock_fd < 0) {
		ctl_err("%s: %s (wanbond runs as root)", path, strerror(errno));
		return -errno;
	}
	if (flock(ctl->lock_fd, LOCK_EX | LOCK_NB) < 0) {
		n = read(ctl->lock_fd, pid, sizeof(pid) - 1);
		pid[n > 0 ? n : 0] = 0;
		ctl_err("another wanbond named \"%s\" is running (pid %d): give this one another "
			"\"name\"",
			ctl->conf->name, atoi(pid));
		return -EBUSY;
	}
	n = snprintf(pid, sizeof(pid), "%d\n", (int)getpid());
	if (ftruncate(ctl->lock_fd, 0) < 0 || write(ctl->lock_fd, pid, (size_t)n) != n)
		return -EIO;
	return 0;
}

void
runtime_listen(struct control *ctl)
{
	const char *name = ctl->conf->control_group;
	const struct group *group = name[0] != 0 ? getgrnam(name) : NULL;
	char path[sizeof(LOCK_DIR) + WB_CONFIG_NAME + 8];

	if (name[0] != 0 && group == NULL)
		ctl_warn("control_group: there is no group \"%s\": `wanbond ctl` is root's alone",
			name);
	snprintf(path, sizeof(path), LOCK_DIR "/%s.ctl", ctl->conf->name);
	ctl->server = cli_server_open(ctl, path, group != NULL ? group->gr_gid : (gid_t)-1);
	if (ctl->server == NULL)
		ctl_warn("%s: %s: no `wanbond ctl`", path, strerror(errno));
}

// The EAL never removes its folder. It bears our name, and the lock says that nobody uses it.
void
runtime_clean(struct control *ctl)
{
	DIR *dir = ctl->runtime_dir[0] != 0 ? opendir(ctl->runtime_dir) : NULL;
	struct dirent *e;

	while (dir != NULL && (e = readdir(dir)) != NULL)
		if (e->d_name[0] != '.')
			unlinkat(dirfd(dir), e->d_name, 0);
	if (dir != NULL) {
		closedir(dir);
		rmdir(ctl->runtime_dir);
	}
	if (ctl->lock_fd >= 0) {
		char path[sizeof(LOCK_DIR) + WB_CONFIG_NAME + 8];

		snprintf(path, sizeof(path), LOCK_DIR "/%s.lock", ctl->conf->name);
		unlink(path);
		close(ctl->lock_fd);
		rmdir(LOCK_DIR); // fails while another instance's lock is there
	}
	ctl->lock_fd = -1;
}
