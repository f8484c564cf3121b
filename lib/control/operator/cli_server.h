/* SPDX-License-Identifier: BSD-3-Clause */
// The prompt by a unix socket, for `wanbond ctl`: root's, and a group's if one is given.
//
// A stream. Each line is a command; its answer is "STATUS LENGTH\n" (enum cli_status, bytes) and the
// text. If the first line is CLI_SERVER_TERMINAL, there are no more lines and answers, but the
// characters of a terminal and of the line editor.
//
// A session costs what one command says, at most CLI_ANSWER_MAX: it is read from again when that is
// gone. Nothing here waits for anybody.
#ifndef CONTROL_CLI_SERVER_H
#define CONTROL_CLI_SERVER_H

#include <poll.h>
#include <sys/types.h>

struct cli_server;
struct control;

#define CLI_SERVER_SESSIONS 8 // one more takes the place of that which has been silent for longest
#define CLI_SERVER_FDS (1 + CLI_SERVER_SESSIONS)
#define CLI_SERVER_TERMINAL "terminal"
#define CLI_ANSWER_MAX (16u << 20)

// gid: whose members may use it too, (gid_t)-1: root alone. NULL, with errno.
struct cli_server *cli_server_open(struct control *ctl, const char *path, gid_t gid);
void cli_server_close(struct cli_server *s); // removes the socket; NULL is allowed
// CLI_SERVER_FDS entries, those without use with fd -1. s: NULL is allowed.
void cli_server_fds(const struct cli_server *s, struct pollfd *fds);
// After a poll() of these.
void cli_server_serve(struct cli_server *s, const struct pollfd *fds);

#endif
