// SPDX-License-Identifier: BSD-3-Clause
// The prompt's socket under clients that behave, that do not, and that may not.
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli_grammar.h"
#include "cli_server.h"
#include "control.h"
#include "harness.h"

#define GROUP 4242
#define ALL_BYTES 256

static char dir[] = "/tmp/wb-test-ctl-XXXXXX";
static char path[64];
static struct wb_config conf;
static struct control ctl;
static struct cli_server *server;

// Serves until nothing is waiting any more; what it does must never take long.
static void
serve(void)
{
	struct pollfd fds[CLI_SERVER_FDS];

	for (;;) {
		cli_server_fds(server, fds);
		if (poll(fds, CLI_SERVER_FDS, 0) <= 0)
			return;
		cli_server_serve(server, fds);
	}
}

// One turn, as the main loop makes it.
static void
serve_once(void)
{
	struct pollfd fds[CLI_SERVER_FDS];

	cli_server_fds(server, fds);
	if (poll(fds, CLI_SERVER_FDS, 20) > 0)
		cli_server_serve(server, fds);
}

static void
begin(gid_t gid)
{
	memset(&ctl, 0, sizeof(ctl));
	ctl.conf = &conf;
	server = cli_server_open(&ctl, path, gid);
	CU_ASSERT_PTR_NOT_NULL_FATAL(server);
}

static void
end(void)
{
	struct stat st;

	cli_server_close(server);
	CU_ASSERT(stat(path, &st) < 0);
}

static int
dial(void)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	snprintf(a.sun_path, sizeof(a.sun_path), "%s", path);
	if (fd >= 0 && connect(fd, (struct sockaddr *)&a, sizeof(a)) < 0) {
		close(fd);
		fd = -1;
	}
	return fd;
}

static void
say(int fd, const char *text, size_t len)
{
	CU_ASSERT_EQUAL(send(fd, text, len, MSG_NOSIGNAL), (ssize_t)len);
	serve();
}

// What has come so far. -1: closed by the server, and nothing has.
static ssize_t
hear(int fd, char *text, size_t len)
{
	size_t used = 0;
	ssize_t n;

	while ((n = recv(fd, text + used, len - 1 - used, 0)) > 0)
		used += (size_t)n;
	text[used] = 0;
	return n == 0 && used == 0 ? -1 : (ssize_t)used;
}

// Asks; the answer's text. Returns its status.
static int
ask(int fd, const char *line, char *text, size_t len)
{
	unsigned status = 99;
	size_t size = 0;
	int at = 0;

	say(fd, line, strlen(line));
	CU_ASSERT(hear(fd, text, len) > 0);
	CU_ASSERT_EQUAL(sscanf(text, "%u %zu%n", &status, &size, &at), 2);
	CU_ASSERT_EQUAL(text[at], '\n');
	memmove(text, text + at + 1, strlen(text + at + 1) + 1);
	CU_ASSERT_EQUAL(strlen(text), size);
	return (int)status;
}

static void
commands(void)
{
	static const struct {
		const char *line;
		int status;
		const char *part;
	} rows[] = {
		{ "help\n", CLI_DONE, "show path NAME" },
		{ "  show  tunnel \n", CLI_DONE, "" },
		{ "show tunnel nobody\n", CLI_REFUSED, "no tunnel \"nobody\"" },
		{ "show tunnel all\r\n", CLI_DONE, "" },
		{ "set fec 99\n", CLI_REFUSED, "not 0 to 50" },
		{ "set fec 5\n", CLI_DONE, "" },
		{ "start\n", CLI_REFUSED, "running already" },
		{ "shew path\n", CLI_UNKNOWN, "Command not found: shew path" },
		{ "show path a b c d e f\n", CLI_UNKNOWN, ": show path a" },
		{ "\n", CLI_DONE, "" },
		{ "# nothing\n", CLI_DONE, "" },
	};
	static char text[65536];
	int fd;

	begin((gid_t)-1);
	fd = dial();
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		CU_ASSERT_EQUAL(ask(fd, rows[i].line, text, sizeof(text)), rows[i].status);
		CU_ASSERT_PTR_NOT_NULL(strstr(text, rows[i].part));
	}
	CU_ASSERT_EQUAL(ask(fd, "quit\n", text, sizeof(text)), CLI_DONE);
	CU_ASSERT_EQUAL(hear(fd, text, sizeof(text)), -1); // the session is over
	CU_ASSERT_FALSE(ctl.quit);                         // wanbond is not
	close(fd);
	end();
}

// A line in pieces, lines in one piece, a last one without its end.
static void
pieces(void)
{
	static char text[65536], longest[4000];
	int fd, other;

	begin((gid_t)-1);
	fd = dial();
	say(fd, "he", 2);
	CU_ASSERT_EQUAL(hear(fd, text, sizeof(text)), 0);
	other = dial();
	CU_ASSERT_EQUAL(ask(other, "show tunnel\n", text, sizeof(text)), CLI_DONE);
	CU_ASSERT_EQUAL(ask(fd, "lp\n", text, sizeof(text)), CLI_DONE);
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "this list"));
	say(fd, "set fec 99\nset fec 98\n", 22);
	CU_ASSERT(hear(fd, text, sizeof(text)) > 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "\"99\": not 0 to 50\n1 "));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "\"98\": not 0 to 50\n"));
	say(fd, "set fec 97", 10);
	CU_ASSERT_EQUAL(shutdown(fd, SHUT_WR), 0);
	serve();
	CU_ASSERT(hear(fd, text, sizeof(text)) > 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "\"97\": not 0 to 50\n"));
	CU_ASSERT_EQUAL(hear(fd, text, sizeof(text)), -1);
	close(fd);

	// one that is too long is not obeyed in part
	memset(longest, 'x', sizeof(longest));
	memcpy(longest, "set fec 5 ", 10);
	for (size_t n = 500; n < sizeof(longest); n += n < 530 ? 1 : 333) {
		say(other, longest, n);
		CU_ASSERT_EQUAL(ask(other, "\n", text, sizeof(text)), CLI_UNKNOWN);
		CU_ASSERT_EQUAL(ask(other, "set fec 5\n", text, sizeof(text)), CLI_DONE);
	}
	close(other);
	end();
}

static void
garbage(void)
{
	static char text[65536];
	char line[16];
	unsigned seed = 1;
	int fd;

	begin((gid_t)-1);
	for (unsigned b = 0; b < ALL_BYTES; b++) {
		fd = dial();
		snprintf(line, sizeof(line), "help%c\n", (int)b);
		line[4] = (char)b;
		say(fd, line, 6);
		hear(fd, text, sizeof(text));
		close(fd);
		serve();
	}
	for (unsigned round = 0; round < 200; round++) {
		char noise[700];

		fd = dial();
		if (round % 2 != 0)
			say(fd, CLI_SERVER_TERMINAL "\n", strlen(CLI_SERVER_TERMINAL) + 1);
		for (size_t i = 0; i < sizeof(noise); i++) {
			noise[i] = (char)rand_r(&seed);
			if (noise[i] == 'q')
				noise[i] = '\n';
		}
		say(fd, noise, sizeof(noise));
		hear(fd, text, sizeof(text));
		close(fd);
		serve();
	}
	fd = dial();
	CU_ASSERT_EQUAL(ask(fd, "set fec 5\n", text, sizeof(text)), CLI_DONE);
	CU_ASSERT_FALSE(ctl.quit);
	close(fd);
	end();
}

// Asks without end and hears nothing: it is not read from, and the others have their answers.
static void
deaf(void)
{
	static char text[65536], want[65536];
	const char *lines = "help\nhelp\nhelp\nhelp\nhelp\nhelp\nhelp\nhelp\n";
	size_t sent = 0, len = strlen(lines), got = 0, n_answers;
	int fd, other, small = 4096;
	ssize_t n;

	begin((gid_t)-1);
	fd = dial();
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
	while ((n = send(fd, lines, len, MSG_NOSIGNAL)) > 0) {
		sent += (size_t)n;
		serve();
		CU_ASSERT_FATAL(sent < 16u << 20); // it takes no end of it
	}
	CU_ASSERT(n < 0 && errno == EAGAIN);
	other = dial();
	CU_ASSERT_EQUAL(ask(other, "help\n", want, sizeof(want)), CLI_DONE);
	// then it listens, and all its answers are there
	n_answers = sent / 5;
	for (unsigned idle = 0; idle < 20;) {
		n = recv(fd, text, sizeof(text), 0);
		got += n > 0 ? (size_t)n : 0;
		idle = n > 0 ? 0 : idle + 1;
		serve_once();
	}
	CU_ASSERT(n_answers > 100);
	CU_ASSERT(got >= (n_answers - 1) * strlen(want));
	// another goes while an answer is on its way
	while (send(other, lines, len, MSG_NOSIGNAL) > 0)
		serve_once();
	close(other);
	serve();
	other = dial();
	CU_ASSERT_EQUAL(ask(other, "help\n", want, sizeof(want)), CLI_DONE);
	close(other);
	close(fd);
	end();
}

static void
many(void)
{
	static char text[65536];
	int fd[CLI_SERVER_SESSIONS + 1];

	begin((gid_t)-1);
	for (unsigned i = 0; i < CLI_SERVER_SESSIONS; i++) {
		fd[i] = dial();
		CU_ASSERT_EQUAL(ask(fd[i], "set fec 5\n", text, sizeof(text)), CLI_DONE);
	}
	CU_ASSERT_EQUAL(ask(fd[0], "set fec 5\n", text, sizeof(text)), CLI_DONE);
	fd[CLI_SERVER_SESSIONS] = dial();
	serve();
	CU_ASSERT_EQUAL(hear(fd[1], text, sizeof(text)), -1); // silent for longest
	for (unsigned i = 0; i <= CLI_SERVER_SESSIONS; i++) {
		if (i != 1)
			CU_ASSERT_EQUAL(ask(fd[i], "set fec 5\n", text, sizeof(text)), CLI_DONE);
		close(fd[i]);
	}
	end();
}

static void
terminal(void)
{
	static char text[65536];
	int fd;

	begin((gid_t)-1);
	fd = dial();
	say(fd, CLI_SERVER_TERMINAL "\n", strlen(CLI_SERVER_TERMINAL) + 1);
	hear(fd, text, sizeof(text));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, CLI_PROMPT));
	say(fd, "se\tfec 99\n", 10); // completed
	hear(fd, text, sizeof(text));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "not 0 to 50"));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, CLI_PROMPT));
	say(fd, "quit\nhelp\n", 10);
	CU_ASSERT(hear(fd, text, sizeof(text)) > 0);
	CU_ASSERT_PTR_NULL(strstr(text, "this list"));
	CU_ASSERT_EQUAL(hear(fd, text, sizeof(text)), -1);
	close(fd);
	fd = dial();
	say(fd, CLI_SERVER_TERMINAL "\n\4", strlen(CLI_SERVER_TERMINAL) + 2); // Ctrl-D
	while (hear(fd, text, sizeof(text)) > 0)
		;
	CU_ASSERT_EQUAL(hear(fd, text, sizeof(text)), -1);
	CU_ASSERT_FALSE(ctl.quit);
	close(fd);
	end();
}

// Exit code of one who is not root: 0 answered, 1 refused, 2 not let in.
static int
stranger(gid_t primary, const gid_t *more, size_t n)
{
	char text[4096];
	int status = -1;
	pid_t pid = fork();

	if (pid == 0) {
		struct timeval patience = { .tv_sec = 20 };
		int fd;

		if (setgroups(n, more) < 0 || setgid(primary) < 0 || setuid(65534) < 0)
			_exit(3);
		fd = dial();
		if (fd < 0)
			_exit(2);
		fcntl(fd, F_SETFL, 0);
		setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
		if (send(fd, "set fec 5\n", 10, MSG_NOSIGNAL) < 0 && errno != EPIPE)
			_exit(4);
		_exit(recv(fd, text, sizeof(text), 0) > 0 && memcmp(text, "0 0\n", 4) == 0 ? 0 : 1);
	}
	while (waitpid(pid, &status, WNOHANG) == 0)
		serve_once();
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void
who_may(void)
{
	static const gid_t group = GROUP;
	struct stat st;

	if (geteuid() != 0) {
		puts("not looked at: only root can be somebody else");
		return;
	}
	begin((gid_t)-1);
	CU_ASSERT_EQUAL(stat(path, &st), 0);
	CU_ASSERT_EQUAL(st.st_mode & 07777, 0600);
	CU_ASSERT_EQUAL(stranger(65534, NULL, 0), 2);
	chmod(path, 0666); // the mode is not all that keeps them out
	CU_ASSERT_EQUAL(stranger(65534, NULL, 0), 1);
	CU_ASSERT_EQUAL(stranger(65534, &group, 1), 1);
	end();
	begin(GROUP);
	CU_ASSERT_EQUAL(stat(path, &st), 0);
	CU_ASSERT_EQUAL(st.st_mode & 07777, 0660);
	CU_ASSERT_EQUAL(st.st_gid, GROUP);
	CU_ASSERT_EQUAL(stranger(65534, NULL, 0), 2);
	CU_ASSERT_EQUAL(stranger(65534, &group, 1), 0);
	CU_ASSERT_EQUAL(stranger(GROUP, NULL, 0), 0);
	chmod(path, 0666);
	CU_ASSERT_EQUAL(stranger(65534, NULL, 0), 1);
	end();
}

static void
stale(void)
{
	FILE *f = fopen(path, "we");

	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	fclose(f);
	begin((gid_t)-1); // a dead process' is taken over
	end();
	CU_ASSERT_PTR_NULL(cli_server_open(&ctl, "/nonexistent/x.ctl", (gid_t)-1));
	CU_ASSERT_EQUAL(errno, ENOENT);
}

static const struct harness_test tests[] = {
	{ "commands", commands },
	{ "pieces", pieces },
	{ "garbage", garbage },
	{ "deaf", deaf },
	{ "many", many },
	{ "a terminal", terminal },
	{ "who may", who_may },
	{ "stale socket", stale },
};

int
main(void)
{
	int r;

	if (mkdtemp(dir) == NULL || chmod(dir, 0755) < 0)
		return 1;
	snprintf(path, sizeof(path), "%s/x.ctl", dir);
	r = HARNESS_RUN("cli_server", tests);
	rmdir(dir);
	return r;
}
