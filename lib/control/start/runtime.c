// SPDX-License-Identifier: BSD-3-Clause
// Takes the lock of an instance, and cleans up what its EAL leaves.
#include "runtime.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <rte_eal.h>

#include "log.h"

// Makes root's EAL use /var/run/dpdk/NAME, as dpdk-telemetry.py in a shell does. It would use a unit's
// RuntimeDirectory= otherwise.
void
runtime_environment(void)
{
	if (geteuid() == 0)
		unsetenv("RUNTIME_DIRECTORY");
}

void
runtime_path(const struct runtime *r, const char *ending, char path[RUNTIME_PATH])
{
	snprintf(path, RUNTIME_PATH, RUNTIME_DIR "/%s.%s", r->name, ending);
}

int
runtime_lock(struct runtime *r)
{
	char path[RUNTIME_PATH], pid[16];
	ssize_t n;

	if (mkdir(RUNTIME_DIR, 0755) == 0 &&
		chmod(RUNTIME_DIR, 0755) < 0) // regardless of the umask
		ctl_warn("%s: %s", RUNTIME_DIR, strerror(errno));
	runtime_path(r, "lock", path);
	r->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
	if (r->lock_fd < 0) {
		ctl_err("%s: %s (wanbond runs as root)", path, strerror(errno));
		return -errno;
	}
	if (flock(r->lock_fd, LOCK_EX | LOCK_NB) < 0) {
		n = read(r->lock_fd, pid, sizeof(pid) - 1);
		pid[n > 0 ? n : 0] = 0;
		ctl_err("another wanbond named \"%s\" is running (pid %d): give this one another "
			"\"name\"",
			r->name, atoi(pid));
		return -EBUSY;
	}
	n = snprintf(pid, sizeof(pid), "%d\n", (int)getpid());
	if (ftruncate(r->lock_fd, 0) < 0 || write(r->lock_fd, pid, (size_t)n) != n)
		return -EIO;
	return 0;
}

// Removes the EAL's folder, which the EAL never does. It has our name, and by the lock nobody else uses it.
void
runtime_clean(struct runtime *r)
{
	DIR *dir = r->eal_dir[0] != 0 ? opendir(r->eal_dir) : NULL;
	struct dirent *e;

	while (dir != NULL && (e = readdir(dir)) != NULL)
		if (e->d_name[0] != '.')
			unlinkat(dirfd(dir), e->d_name, 0);
	if (dir != NULL) {
		closedir(dir);
		rmdir(r->eal_dir);
	}
	if (r->lock_fd >= 0) {
		char path[RUNTIME_PATH];

		runtime_path(r, "lock", path);
		unlink(path);
		close(r->lock_fd);
		rmdir(RUNTIME_DIR); // fails while another instance has a lock there
	}
	r->lock_fd = -1;
}
