// SPDX-License-Identifier: BSD-3-Clause
// The other end of lib/control/operator/cli_server.h, where the protocol stands.
#include "ctl.h"

#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <termios.h>
#include <unistd.h>

#include "wb_config.h"

#define FOLDER "/run/wanbond"
#define SUFFIX ".ctl"
#define ANSWER_S 30 // a scheduler of the user's takes seconds to verify
#define LINE_LEN 1024
#define CTRL_C 3

// The names of those that run, for who has mistyped one.
static void
print_names(void)
{
	DIR *dir = opendir(FOLDER);
	struct dirent *e;
	unsigned n = 0;

	while (dir != NULL && (e = readdir(dir)) != NULL) {
		size_t len = strlen(e->d_name);

		if (len <= strlen(SUFFIX) || strcmp(e->d_name + len - strlen(SUFFIX), SUFFIX) != 0)
			continue;
		fprintf(stderr, "%s%.*s", n++ == 0 ? "running here: " : ", ",
			(int)(len - strlen(SUFFIX)), e->d_name);
	}
	if (n > 0)
		fputc('\n', stderr);
	if (dir != NULL)
		closedir(dir);
}

// The socket, or -1 after a message.
static int
reach(char *name)
{
	struct timeval patience = { .tv_sec = ANSWER_S };
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd;

	if (name[0] == 0 || name[0] == '.' || strchr(name, '/') != NULL ||
		(size_t)snprintf(a.sun_path, sizeof(a.sun_path), FOLDER "/%s" SUFFIX, name) >=
			sizeof(a.sun_path)) {
		wb_config_hide_keys(name);
		fprintf(stderr, "wanbond: \"%s\" is not the \"name\" of a configuration\n", name);
		return -1;
	}
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd >= 0 && connect(fd, (struct sockaddr *)&a, sizeof(a)) == 0) {
		setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
		setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
		return fd;
	}
	if (errno == ENOENT || errno == ECONNREFUSED) {
		wb_config_hide_keys(name);
		fprintf(stderr, "wanbond: no wanbond named \"%s\" is running\n", name);
		print_names();
	} else if (errno == EACCES) {
		fprintf(stderr,
			"wanbond: %s: only root, and members of the configuration's "
			"\"control_group\", may do so\n",
			a.sun_path);
	} else {
		fprintf(stderr, "wanbond: %s: %s\n", a.sun_path, strerror(errno));
	}
	if (fd >= 0)
		close(fd);
	return -1;
}

static bool
send_all(int fd, const char *text, size_t len)
{
	while (len > 0) {
		ssize_t n = send(fd, text, len, MSG_NOSIGNAL);

		if (n < 0 && errno != EINTR)
			return false;
		text += n > 0 ? n : 0;
		len -= n > 0 ? (size_t)n : 0;
	}
	return true;
}

static int
lost(void)
{
	fprintf(stderr, "wanbond: %s\n",
		errno == EAGAIN ? "it does not answer" : "it ended, or has ended the session");
	return CTL_UNREACHABLE;
}

// Prints an answer's text: what was not done is an error.
static int
take_answer(FILE *in)
{
	unsigned long long len;
	unsigned status;
	FILE *out;

	errno = 0;
	if (fscanf(in, "%u %llu", &status, &len) != 2 || fgetc(in) != '\n')
		return lost();
	out = status == CTL_DONE ? stdout : stderr;
	for (; len > 0; len--) {
		int c = fgetc(in);

		if (c == EOF)
			return lost();
		fputc(c, out);
	}
	if (fflush(stdout) != 0) {
		perror("wanbond: stdout");
		return CTL_REFUSED;
	}
	return (int)status;
}

static int
ask(int fd, FILE *in, const char *line, size_t len)
{
	if (!send_all(fd, line, len) && errno == EAGAIN)
		return lost();
	return take_answer(in); // a session that was refused has its answer there
}

static int
one_command(int fd, FILE *in, int argc, char **argv)
{
	char line[LINE_LEN];
	size_t n = 0;

	for (int i = 0; i < argc; i++) {
		n += (size_t)snprintf(
			line + n, sizeof(line) - n, "%s%s", argv[i], i + 1 < argc ? " " : "\n");
		if (n >= sizeof(line) || strchr(argv[i], '\n') != NULL) {
			fprintf(stderr, "wanbond: a command is one line of at most 510 "
					"characters\n");
			return CTL_UNKNOWN;
		}
	}
	return ask(fd, in, line, n);
}

static int
lines(int fd, FILE *in)
{
	char *line = NULL;
	size_t size = 0;
	ssize_t n;
	int code = CTL_DONE, r;

	while ((n = getline(&line, &size, stdin)) >= 0) {
		if (strspn(line, " \t\r\n") == (size_t)n)
			continue;
		if (strcmp(line, "quit\n") == 0 || strcmp(line, "quit") == 0)
			break;
		if (line[n - 1] != '\n')
			line[n++] = '\n'; // in the 0's place
		r = ask(fd, in, line, (size_t)n);
		code = code != CTL_DONE ? code : r;
		if (r == CTL_UNREACHABLE)
			break;
	}
	free(line);
	return code;
}

static void
interrupted(int signal)
{
	(void)signal; // poll() ends, and with it the session
}

// What is typed goes there and what is said comes here, until either end has enough. A gateway that says
// nothing any more is left by Ctrl-C, twice.
static void
pass_on(int fd)
{
	struct pollfd fds[] = { { .fd = fd, .events = POLLIN },
		{ .fd = STDIN_FILENO, .events = POLLIN } };
	unsigned unheard = 0;
	char buf[4096];
	ssize_t n;

	while (poll(fds, 2, -1) > 0) {
		if (fds[0].revents != 0) {
			n = recv(fd, buf, sizeof(buf), 0);
			if (n <= 0 || write(STDOUT_FILENO, buf, (size_t)n) < 0)
				return;
			unheard = 0;
		}
		if (fds[1].revents == 0)
			continue;
		n = read(STDIN_FILENO, buf, 256);
		if (n <= 0 || (buf[0] == CTRL_C && ++unheard > 2) ||
			(send(fd, buf, (size_t)n, MSG_NOSIGNAL | MSG_DONTWAIT) < 0 &&
				errno != EAGAIN))
			return;
	}
}

static int
prompt(int fd)
{
	struct sigaction end = { .sa_handler = interrupted };
	struct termios before, raw;

	if (!send_all(fd, "terminal\n", strlen("terminal\n")) ||
		tcgetattr(STDIN_FILENO, &before) < 0)
		return lost();
	sigaction(SIGTERM, &end, NULL);
	sigaction(SIGHUP, &end, NULL);
	raw = before;
	raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO | ISIG);
	tcsetattr(STDIN_FILENO, TCSANOW, &raw);
	pass_on(fd);
	tcsetattr(STDIN_FILENO, TCSANOW, &before);
	printf("\n");
	return CTL_DONE;
}

int
ctl_run(int argc, char **argv)
{
	int fd = reach(argv[0]), code;
	FILE *in;

	if (fd < 0)
		return CTL_UNREACHABLE;
	if (argc == 1 && isatty(STDIN_FILENO) != 0) {
		code = prompt(fd);
		close(fd);
		return code;
	}
	in = fdopen(fd, "r");
	if (in == NULL) {
		perror("wanbond");
		close(fd);
		return CTL_UNREACHABLE;
	}
	code = argc > 1 ? one_command(fd, in, argc - 1, argv + 1) : lines(fd, in);
	fclose(in);
	return code;
}
