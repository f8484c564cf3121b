// SPDX-License-Identifier: BSD-3-Clause
// Serves `wanbond ctl` on a unix socket, without ever waiting for a client.
#include "cli_server.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "cli_grammar.h"
#include "clock.h"
#include "control.h"
#include "log.h"

#define GROUPS_MAX 1024
#define LINES_TURN 16 // of a session, before others and the tunnels have their turn
#define HEADER_LEN 32

struct client {
	int fd;             // -1: free
	int said;           // memory file: what the command line writes; it never blocks
	struct cmdline *cl; // NULL: the first line has not come
	bool terminal;
	bool ending; // closed when out is gone
	struct cli_session session;
	wb_ns_t heard;
	char in[2 * CLI_LINE_MAX];
	size_t in_len;
	bool too_long; // the line's beginning was thrown away
	char *out;     // the answer on its way
	size_t out_len, out_sent;
};

struct cli_server {
	struct control *ctl;
	struct cli_grammar *grammar;
	struct client clients[CLI_SERVER_SESSIONS];
	int fd;
	gid_t gid;
	char path[sizeof(((struct sockaddr_un *)0)->sun_path)];
};

static void
drop(struct client *c)
{
	if (c->fd < 0)
		return;
	if (c->cl != NULL)
		cmdline_free(c->cl); // closes `said`
	else
		close(c->said);
	close(c->fd);
	free(c->out);
	memset(c, 0, sizeof(*c));
	c->fd = c->said = -1;
}

static void
flush(struct client *c)
{
	if (c->out == NULL)
		return;
	while (c->out_sent < c->out_len) {
		ssize_t n = send(c->fd, c->out + c->out_sent, c->out_len - c->out_sent,
			MSG_DONTWAIT | MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
			return;
		if (n <= 0) {
			drop(c);
			return;
		}
		c->out_sent += (size_t)n;
	}
	free(c->out);
	c->out = NULL;
	c->out_len = c->out_sent = 0;
	if (c->ending)
		drop(c);
}

// Takes what has been written to the memory file as the next thing to send.
static void
answer(struct client *c, bool header)
{
	static const char cut[] = "\n(cut: too long)\n";
	off_t size = lseek(c->said, 0, SEEK_END);
	size_t len = size > 0 ? (size_t)size : 0, n = 0;
	bool whole = len <= CLI_ANSWER_MAX;

	if (!whole)
		len = CLI_ANSWER_MAX + sizeof(cut) - 1;
	if (len == 0 && !header)
		return;
	c->out = malloc(len + HEADER_LEN);
	if (c->out == NULL) {
		drop(c);
		return;
	}
	if (header)
		n = (size_t)snprintf(c->out, HEADER_LEN, "%d %zu\n", (int)c->session.status, len);
	if (len > 0 && pread(c->said, c->out + n, len, 0) < 0)
		memset(c->out + n, ' ', len);
	if (!whole)
		memcpy(c->out + n + CLI_ANSWER_MAX, cut, sizeof(cut) - 1);
	c->out_len = n + len;
	if (ftruncate(c->said, 0) < 0 || lseek(c->said, 0, SEEK_SET) < 0)
		c->ending = true;
	if (c->session.ended)
		c->ending = true;
	flush(c);
}

// The first line says what kind of session it is.
static void
begin(struct cli_server *s, struct client *c, const char *line, size_t len)
{
	c->terminal =
		len == strlen(CLI_SERVER_TERMINAL) && memcmp(line, CLI_SERVER_TERMINAL, len) == 0;
	c->cl = cli_grammar_line(s->grammar, c->terminal ? CLI_PROMPT : "", c->said);
	if (c->cl == NULL)
		drop(c);
}

static void
take_line(struct cli_server *s, struct client *c, const char *line, size_t len)
{
	bool first = c->cl == NULL;

	if (first)
		begin(s, c, line, len);
	if (c->fd < 0)
		return;
	if (first && c->terminal) {
		answer(c, false); // the prompt
		return;
	}
	cli_grammar_run(s->grammar, &c->session, c->cl, line, c->too_long ? CLI_LINE_MAX : len);
	c->too_long = false;
	answer(c, true);
}

static void
take_off(struct client *c, size_t n)
{
	memmove(c->in, c->in + n, c->in_len - n);
	c->in_len -= n;
}

// A terminal's characters, a line's at a time: a command may say much.
static void
take_keys(struct cli_server *s, struct client *c)
{
	size_t n = 0;

	while (n < c->in_len && c->in[n] != '\n' && c->in[n] != '\r')
		n++;
	n += n < c->in_len;
	if (!cli_grammar_type(s->grammar, &c->session, c->cl, c->in, n))
		c->ending = true;
	take_off(c, n);
	answer(c, false);
	if (c->fd >= 0 && c->ending && c->out == NULL)
		drop(c);
}

static bool
has_line(const struct client *c)
{
	return c->terminal ? c->in_len > 0 : memchr(c->in, '\n', c->in_len) != NULL;
}

// It has no need to be heard yet.
static bool
busy(const struct client *c)
{
	return c->out != NULL || has_line(c);
}

// What has come, up to the first answer that does not go out at once.
static void
take_input(struct cli_server *s, struct client *c)
{
	for (unsigned i = 0; i < LINES_TURN && c->fd >= 0 && c->out == NULL && has_line(c); i++) {
		char line[sizeof(c->in)];
		size_t len;

		if (c->terminal) {
			take_keys(s, c);
			continue;
		}
		len = (size_t)((char *)memchr(c->in, '\n', c->in_len) - c->in);
		memcpy(line, c->in, len);
		take_off(c, len + 1);
		take_line(s, c, line, len);
	}
}

static void
hang_up(struct cli_server *s, struct client *c)
{
	if (c->in_len > 0 && !c->terminal &&
		c->in_len < sizeof(c->in)) { // a last line without its end
		c->in[c->in_len++] = '\n';
		take_input(s, c);
	}
	if (c->fd < 0)
		return;
	c->ending = true;
	if (c->out == NULL)
		drop(c);
}

static void
hear(struct cli_server *s, struct client *c)
{
	ssize_t n;

	if (c->in_len == sizeof(c->in)) { // no line is so long
		c->too_long = true;
		c->in_len = 0;
	}
	n = recv(c->fd, c->in + c->in_len, sizeof(c->in) - c->in_len, MSG_DONTWAIT);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		hang_up(s, c);
		return;
	}
	c->in_len += (size_t)n;
	c->heard = control_now();
	take_input(s, c);
}

static bool
member(int fd, const struct ucred *who, gid_t gid)
{
	gid_t groups[GROUPS_MAX];
	socklen_t len = sizeof(groups);

	if (gid == (gid_t)-1)
		return false;
	if (who->gid == gid)
		return true;
	if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &len) < 0)
		return false;
	for (size_t i = 0; i < len / sizeof(groups[0]); i++)
		if (groups[i] == gid)
			return true;
	return false;
}

static bool
allowed(const struct cli_server *s, int fd, struct ucred *who)
{
	socklen_t len = sizeof(*who);

	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, who, &len) == 0 &&
	       (who->uid == 0 || member(fd, who, s->gid));
}

static struct client *
free_place(struct cli_server *s)
{
	struct client *oldest = &s->clients[0];

	for (unsigned i = 0; i < CLI_SERVER_SESSIONS; i++) {
		struct client *c = &s->clients[i];

		if (c->fd < 0)
			return c;
		if (c->heard < oldest->heard)
			oldest = c;
	}
	drop(oldest);
	return oldest;
}

static void
welcome(struct cli_server *s)
{
	static const char refused[] = "1 32\nOnly root and a group may do so\n";
	int fd = accept4(s->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	struct client *c;
	struct ucred who;

	if (fd < 0)
		return;
	if (!allowed(s, fd, &who)) {
		if (send(fd, refused, sizeof(refused) - 1, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
			ctl_debug("ctl: the refusal could not be sent");
		close(fd);
		return;
	}
	c = free_place(s);
	c->said = memfd_create("wanbond-ctl", MFD_CLOEXEC);
	if (c->said < 0) {
		close(fd);
		return;
	}
	c->fd = fd;
	c->heard = control_now();
	c->session.remote = true;
	snprintf(c->session.who, sizeof(c->session.who), "ctl (uid %u, pid %d)", who.uid, who.pid);
}

static int
listen_at(struct cli_server *s)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };

	memcpy(a.sun_path, s->path, sizeof(a.sun_path));
	s->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (s->fd < 0)
		return -errno;
	unlink(s->path); // of a dead process: the instance's lock is ours
	// the file has the mode of the socket from its first moment on
	if (fchmod(s->fd, 0600) < 0 || bind(s->fd, (struct sockaddr *)&a, sizeof(a)) < 0)
		return -errno;
	if (s->gid != (gid_t)-1 &&
		(chown(s->path, (uid_t)-1, s->gid) < 0 || chmod(s->path, 0660) < 0))
		return -errno;
	return listen(s->fd, CLI_SERVER_SESSIONS) < 0 ? -errno : 0;
}

struct cli_server *
cli_server_open(struct control *ctl, const char *path, gid_t gid)
{
	struct cli_server *s = calloc(1, sizeof(*s));
	int r = -ENOMEM;

	if (s == NULL)
		return NULL;
	s->ctl = ctl;
	s->gid = gid;
	s->fd = -1;
	for (unsigned i = 0; i < CLI_SERVER_SESSIONS; i++)
		s->clients[i].fd = s->clients[i].said = -1;
	s->grammar = cli_grammar_create(ctl);
	if ((size_t)snprintf(s->path, sizeof(s->path), "%s", path) >= sizeof(s->path))
		r = -ENAMETOOLONG;
	else if (s->grammar != NULL)
		r = listen_at(s);
	if (r == 0)
		return s;
	cli_server_close(s);
	errno = -r;
	return NULL;
}

void
cli_server_close(struct cli_server *s)
{
	if (s == NULL)
		return;
	for (unsigned i = 0; i < CLI_SERVER_SESSIONS; i++)
		drop(&s->clients[i]);
	if (s->fd >= 0) {
		close(s->fd);
		unlink(s->path);
	}
	cli_grammar_destroy(s->grammar);
	free(s);
}

void
cli_server_fds(const struct cli_server *s, struct pollfd *fds)
{
	fds[0] = (struct pollfd){ .fd = s != NULL ? s->fd : -1, .events = POLLIN };
	for (unsigned i = 0; i < CLI_SERVER_SESSIONS; i++) {
		const struct client *c = s != NULL ? &s->clients[i] : NULL;

		fds[1 + i] = (struct pollfd){ .fd = c != NULL ? c->fd : -1,
			.events = c != NULL && busy(c) ? POLLOUT : POLLIN };
	}
}

void
cli_server_serve(struct cli_server *s, const struct pollfd *fds)
{
	for (unsigned i = 0; s != NULL && i < CLI_SERVER_SESSIONS; i++) {
		struct client *c = &s->clients[i];
		short events = fds[1 + i].revents;

		if (c->fd < 0 || c->fd != fds[1 + i].fd || events == 0)
			continue;
		if ((events & POLLERR) != 0 || ((events & POLLHUP) != 0 && c->out != NULL)) {
			drop(c); // nobody reads
		} else if (busy(c)) {
			flush(c);
			take_input(s, c); // what waited behind it
		} else {
			hear(s, c);
		}
	}
	if (s != NULL && (fds[0].revents & POLLIN) != 0)
		welcome(s); // last: it may take a session's place
}
