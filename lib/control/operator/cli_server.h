/* SPDX-License-Identifier: BSD-3-Clause */
// The prompt on a unix socket, for `wanbond ctl`. Root may use it, and the members of a group if one is given.
//
// It is a stream. Each line is a command. The answer is "STATUS LENGTH\n" (enum cli_status, bytes) and the text.
// If the first line is CLI_SERVER_TERMINAL, then what follows are a terminal's characters and the line editor's.
//
// A session takes memory for one answer, at most CLI_ANSWER_MAX: its next command is read when that has been
// sent. The server never waits for a client.
#ifndef CONTROL_CLI_SERVER_H
#define CONTROL_CLI_SERVER_H

#include <poll.h>
#include <sys/types.h>

struct cli_server;
struct control;

#define CLI_SERVER_SESSIONS 8 // a further one replaces the one that has been silent for longest
#define CLI_SERVER_FDS (1 + CLI_SERVER_SESSIONS)
#define CLI_SERVER_TERMINAL "terminal"
#define CLI_ANSWER_MAX (16u << 20)

// Opens the socket. gid: a group that may use it, too; (gid_t)-1: none. NULL: errno says why.
struct cli_server *cli_server_open(struct control *ctl, const char *path, gid_t gid);
void cli_server_close(struct cli_server *s); // removes the socket; NULL is allowed
// Fills in CLI_SERVER_FDS entries for poll(), unused ones with fd -1. s: NULL is allowed.
void cli_server_fds(const struct cli_server *s, struct pollfd *fds);
// Serves the clients after poll() of these entries.
void cli_server_serve(struct cli_server *s, const struct pollfd *fds);

#endif
