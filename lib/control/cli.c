// SPDX-License-Identifier: BSD-3-Clause
// librte_cmdline, driven by the main loop: characters of a terminal go through its line editor, lines
// of a pipe straight to its parser.
#define ALLOW_EXPERIMENTAL_API // cmdline_get_rdline()

#include "cli.h"

#include <ctype.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmdline.h>
#include <cmdline_parse_string.h>
#include <cmdline_rdline.h>
#include <cmdline_socket.h>
#include <rte_log.h>

#include "cli_rows.h"
#include "control.h"

#define LINE_MAX_LEN 512
#define WORD_LEN 64

struct words {
	cmdline_fixed_string_t w[CLI_WORDS];
};

// A row as librte_cmdline wants it.
struct instruction {
	struct control *ctl;
	const struct cli_row *row;
	unsigned n;
	struct cmdline_token_string tokens[CLI_WORDS];
	char texts[CLI_WORDS][WORD_LEN];
	cmdline_parse_inst_t *inst;
};

struct cli {
	struct control *ctl;
	struct cmdline *cl;
	struct instruction *instructions;
	cmdline_parse_ctx_t *ctx; // ends with NULL
	bool terminal;
	FILE *log, *log_before;  // terminal: takes the log's place
	atomic_bool logged;      // by any thread, since the prompt was last shown
	char line[LINE_MAX_LEN]; // of a pipe, not complete yet
	size_t len;
};

static void
run(void *parsed, struct cmdline *cl, void *data)
{
	const struct instruction *in = data;
	const struct words *words = parsed;
	const char *word[CLI_WORDS + 1] = { 0 };
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	if (out == NULL)
		return;
	for (unsigned i = 0; i < in->n; i++)
		word[i] = words->w[i];
	in->row->run(in->ctl, word, out);
	fclose(out);
	cmdline_printf(cl, "%s", text);
	free(text);
}

static int
make_instruction(struct instruction *in, struct control *ctl, const struct cli_row *row)
{
	const char *at = row->words;

	in->ctl = ctl;
	in->row = row;
	in->inst = calloc(1, sizeof(*in->inst) + (CLI_WORDS + 1) * sizeof(in->inst->tokens[0]));
	if (in->inst == NULL)
		return -ENOMEM;
	while (*at != 0 && in->n < CLI_WORDS) {
		struct cmdline_token_string *token = &in->tokens[in->n];
		char *text = in->texts[in->n];
		size_t len = strcspn(at, " ");

		memcpy(text, at, len < WORD_LEN ? len : WORD_LEN - 1);
		token->hdr.ops = &cmdline_token_string_ops;
		token->hdr.offset = (unsigned)(in->n * sizeof(cmdline_fixed_string_t));
		token->string_data.str = isupper((unsigned char)text[0]) ? NULL : text;
		in->inst->tokens[in->n++] = &token->hdr;
		at += len + strspn(at + len, " ");
	}
	in->inst->f = run;
	in->inst->data = in;
	in->inst->help_str = row->help;
	return 0;
}

// A log line takes the prompt's line.
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
	c->instructions = calloc(n_cli_rows, sizeof(*c->instructions));
	c->ctx = calloc(n_cli_rows + 1, sizeof(*c->ctx));
	if (c->instructions == NULL || c->ctx == NULL)
		goto fail;
	for (unsigned i = 0; i < n_cli_rows; i++) {
		if (make_instruction(&c->instructions[i], ctl, &cli_rows[i]) < 0)
			goto fail;
		c->ctx[i] = c->instructions[i].inst;
	}
	c->cl = c->terminal ? cmdline_stdin_new(c->ctx, "wanbond> ")
			    : cmdline_new(c->ctx, "", -1, STDOUT_FILENO);
	if (c->cl == NULL)
		goto fail;
	if (c->terminal)
		take_log(c);
	return c;
fail:
	cli_destroy(c);
	return NULL;
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
		cmdline_stdin_exit(c->cl); // the terminal as it was; frees
	else if (c->cl != NULL)
		cmdline_free(c->cl);
	for (unsigned i = 0; c->instructions != NULL && i < n_cli_rows; i++)
		free(c->instructions[i].inst);
	free(c->instructions);
	free(c->ctx);
	free(c);
}

int
cli_fd(const struct cli *c)
{
	return c == NULL ? -1 : STDIN_FILENO;
}

// A line of a pipe, with its newline.
static void
take_line(struct cli *c)
{
	int r;

	if (strspn(c->line, " \t\r\n") == c->len || c->line[0] == '#')
		return;
	r = cmdline_parse(c->cl, c->line);
	c->line[c->len - 1] = 0;
	if (r == CMDLINE_PARSE_AMBIGUOUS)
		cmdline_printf(c->cl, "Ambiguous command: %s\n", c->line);
	else if (r == CMDLINE_PARSE_NOMATCH)
		cmdline_printf(c->cl, "Command not found: %s (see: help)\n", c->line);
	else if (r == CMDLINE_PARSE_BAD_ARGS)
		cmdline_printf(c->cl, "Bad arguments: %s (see: help)\n", c->line);
}

static void
take_pipe(struct cli *c, const char *buf, size_t n)
{
	for (size_t i = 0; i < n && !c->ctl->quit; i++) {
		if (c->len < LINE_MAX_LEN - 2)
			c->line[c->len++] = buf[i];
		if (buf[i] != '\n')
			continue;
		c->line[c->len - 1] = '\n'; // also where the line was too long
		c->line[c->len] = 0;
		take_line(c);
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
	else if (cmdline_in(c->cl, buf, (int)n) < 0) // Ctrl-D
		c->ctl->quit = true;
}
