// SPDX-License-Identifier: BSD-3-Clause
// Drives librte_cmdline from the main loop. A terminal's characters go through its line editor, a pipe's lines
// straight to its parser.
#define ALLOW_EXPERIMENTAL_API // cmdline_get_rdline()

#include "cli.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmdline.h>
#include <cmdline_rdline.h>
#include <cmdline_socket.h>
#include <rte_log.h>

#include "cli_grammar.h"
#include "control.h"

struct cli {
	struct control *ctl;
	struct cli_grammar *grammar;
	struct cli_session session;
	struct cmdline *cl;
	bool terminal;
	FILE *log, *log_before;  // on a terminal: the log goes through it
	atomic_bool logged;      // a line was logged since the prompt was last shown
	char line[CLI_LINE_MAX]; // from a pipe, not complete yet
	size_t len;              // at most its size
};

// Writes a log line over the prompt.
static ssize_t
log_write(void *cookie, const char *buf, size_t size)
{
	static const char erase[] = "\r\033[K";
	struct cli *c = cookie;

	if (write(STDERR_FILENO, erase, sizeof(erase) - 1) < 0 ||
		write(STDERR_FILENO, buf, size) < 0)
		return 0;
	atomic_store(&c->logged, true);
	return (ssize_t)size;
}

static void
take_log(struct cli *c)
{
	static const cookie_io_functions_t functions = { .write = log_write };

	c->log = fopencookie(c, "w", functions);
	if (c->log == NULL)
		return;
	setvbuf(c->log, NULL, _IOLBF, 1024);
	c->log_before = rte_log_get_stream();
	rte_openlog_stream(c->log);
}

void
cli_refresh(struct cli *c)
{
	if (c == NULL || !c->terminal || !atomic_exchange(&c->logged, false))
		return;
	cmdline_printf(c->cl, "\n"); // it redisplays one line up
	rdline_redisplay(cmdline_get_rdline(c->cl));
}

struct cli *
cli_create(struct control *ctl)
{
	struct cli *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return NULL;
	c->ctl = ctl;
	c->terminal = isatty(STDIN_FILENO) != 0;
	c->grammar = cli_grammar_create(ctl);
	if (c->grammar != NULL)
		c->cl = c->terminal ? cli_grammar_terminal(c->grammar)
				    : cli_grammar_line(c->grammar, "", STDOUT_FILENO);
	if (c->cl == NULL) {
		cli_destroy(c);
		return NULL;
	}
	if (c->terminal)
		take_log(c);
	return c;
}

void
cli_destroy(struct cli *c)
{
	if (c == NULL)
		return;
	if (c->log != NULL) {
		rte_openlog_stream(c->log_before);
		fclose(c->log);
		cmdline_printf(c->cl, "\n");
	}
	if (c->cl != NULL && c->terminal)
		cmdline_stdin_exit(c->cl); // restores the terminal and frees
	else if (c->cl != NULL)
		cmdline_free(c->cl);
	cli_grammar_destroy(c->grammar);
	free(c);
}

int
cli_fd(const struct cli *c)
{
	return c == NULL ? -1 : STDIN_FILENO;
}

static void
take_pipe(struct cli *c, const char *buf, size_t n)
{
	for (size_t i = 0; i < n && !c->ctl->quit; i++) {
		if (buf[i] != '\n') {
			if (c->len < sizeof(c->line))
				c->line[c->len++] = buf[i];
			continue;
		}
		cli_grammar_run(c->grammar, &c->session, c->cl, c->line, c->len);
		c->len = 0;
	}
}

void
cli_read(struct cli *c)
{
	char buf[256];
	ssize_t n = read(STDIN_FILENO, buf, sizeof(buf));

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0)
		c->ctl->quit = true;
	else if (!c->terminal)
		take_pipe(c, buf, (size_t)n);
	else if (!cli_grammar_type(c->grammar, &c->session, c->cl, buf, (size_t)n)) // Ctrl-D
		c->ctl->quit = true;
}
