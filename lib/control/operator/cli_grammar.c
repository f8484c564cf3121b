// SPDX-License-Identifier: BSD-3-Clause
// Turns the rows of commands into librte_cmdline's tokens, and runs lines.
#include "cli_grammar.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <cmdline_parse_string.h>
#include <cmdline_socket.h>

#include "cli_rows.h"
#include "control.h"
#include "log.h"

#define WORD_LEN 64

struct words {
	cmdline_fixed_string_t w[CLI_WORDS];
};

// A row in the form that librte_cmdline needs.
struct instruction {
	struct cli_grammar *grammar;
	const struct cli_row *row;
	unsigned n;
	struct cmdline_token_string tokens[CLI_WORDS];
	char texts[CLI_WORDS][WORD_LEN];
	cmdline_parse_inst_t *inst;
};

struct cli_grammar {
	struct control *ctl;
	struct cli_session *session; // whose line is being read
	struct instruction *instructions;
	cmdline_parse_ctx_t *ctx; // ends with NULL
};

static bool
changes_something(const struct cli_row *row)
{
	return strncmp(row->words, "show", 4) != 0 && strcmp(row->words, "help") != 0 &&
	       strcmp(row->words, "quit") != 0;
}

static void
tell_log(const struct instruction *in, const struct words *words, int result)
{
	const struct cli_session *s = in->grammar->session;
	char line[CLI_LINE_MAX] = "";
	size_t n = 0;

	if (s->who[0] == 0 || !changes_something(in->row))
		return;
	for (unsigned i = 0; i < in->n && n < sizeof(line); i++)
		n += (size_t)snprintf(line + n, sizeof(line) - n, " %s", words->w[i]);
	wb_config_hide_keys(line);
	ctl_info("%s:%s%s", s->who, line, result < 0 ? ": refused" : "");
}

static int
quit(struct cli_grammar *g)
{
	g->session->ended = true;
	if (!g->session->remote)
		g->ctl->quit = true;
	return 0;
}

static void
run(void *parsed, struct cmdline *cl, void *data)
{
	const struct instruction *in = data;
	struct cli_grammar *g = in->grammar;
	const struct words *words = parsed;
	const char *word[CLI_WORDS + 1] = { 0 };
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);
	int r;

	if (out == NULL)
		return;
	for (unsigned i = 0; i < in->n; i++)
		word[i] = words->w[i];
	r = in->row->run != NULL ? in->row->run(g->ctl, word, out) : quit(g);
	tell_log(in, words, r);
	g->session->status = r < 0 ? CLI_REFUSED : CLI_DONE;
	fclose(out);
	cmdline_printf(cl, "%s", text);
	free(text);
	if (g->session->ended)
		cmdline_quit(cl);
}

static int
make_instruction(struct instruction *in, struct cli_grammar *g, const struct cli_row *row)
{
	const char *at = row->words;

	in->grammar = g;
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

struct cli_grammar *
cli_grammar_create(struct control *ctl)
{
	struct cli_grammar *g = calloc(1, sizeof(*g));

	if (g == NULL)
		return NULL;
	g->ctl = ctl;
	g->instructions = calloc(n_cli_rows, sizeof(*g->instructions));
	g->ctx = calloc(n_cli_rows + 1, sizeof(*g->ctx));
	if (g->instructions == NULL || g->ctx == NULL)
		goto fail;
	for (unsigned i = 0; i < n_cli_rows; i++) {
		if (make_instruction(&g->instructions[i], g, &cli_rows[i]) < 0)
			goto fail;
		g->ctx[i] = g->instructions[i].inst;
	}
	return g;
fail:
	cli_grammar_destroy(g);
	return NULL;
}

void
cli_grammar_destroy(struct cli_grammar *g)
{
	if (g == NULL)
		return;
	for (unsigned i = 0; g->instructions != NULL && i < n_cli_rows; i++)
		free(g->instructions[i].inst);
	free(g->instructions);
	free(g->ctx);
	free(g);
}

struct cmdline *
cli_grammar_line(struct cli_grammar *g, const char *prompt, int out)
{
	return cmdline_new(g->ctx, prompt, -1, out);
}

struct cmdline *
cli_grammar_terminal(struct cli_grammar *g)
{
	return cmdline_stdin_new(g->ctx, CLI_PROMPT);
}

bool
cli_grammar_type(struct cli_grammar *g, struct cli_session *s, struct cmdline *cl, const char *text,
	size_t len)
{
	g->session = s;
	return cmdline_in(cl, text, (int)len) >= 0 && !s->ended;
}

// Returns whether the line is complete text. A cut line must not be run.
static bool
whole(const char *line, size_t len, struct cmdline *cl)
{
	if (len >= CLI_LINE_MAX - 1) {
		cmdline_printf(cl, "A line has at most %d characters\n", CLI_LINE_MAX - 2);
		return false;
	}
	for (size_t i = 0; i < len; i++)
		if (iscntrl((unsigned char)line[i]) && line[i] != '\t' && line[i] != '\r') {
			cmdline_printf(cl, "A line is text, and has no byte 0x%02x\n",
				(unsigned char)line[i]);
			return false;
		}
	return true;
}

enum cli_status
cli_grammar_run(struct cli_grammar *g, struct cli_session *s, struct cmdline *cl, const char *line,
	size_t len)
{
	char text[CLI_LINE_MAX + 1];
	int r;

	g->session = s;
	s->status = CLI_UNKNOWN;
	if (!whole(line, len, cl))
		return CLI_UNKNOWN;
	memcpy(text, line, len);
	text[len] = 0;
	if (strspn(text, " \t\r") == len || text[0] == '#')
		return s->status = CLI_DONE;
	memcpy(text + len, "\n", 2);
	r = cmdline_parse(cl, text);
	text[strcspn(text, "\r\n")] = 0;
	if (r == CMDLINE_PARSE_AMBIGUOUS)
		cmdline_printf(cl, "Ambiguous command: %s\n", text);
	else if (r == CMDLINE_PARSE_NOMATCH)
		cmdline_printf(cl, "Command not found: %s (see: help)\n", text);
	else if (r == CMDLINE_PARSE_BAD_ARGS)
		cmdline_printf(cl, "Bad arguments: %s (see: help)\n", text);
	return s->status;
}
