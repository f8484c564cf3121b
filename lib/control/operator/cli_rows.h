/* SPDX-License-Identifier: BSD-3-Clause */
// The prompt's commands: one row = words, handler, help.
#ifndef CONTROL_CLI_ROWS_H
#define CONTROL_CLI_ROWS_H

#include <stdbool.h>
#include <stdio.h>

struct control;

#define CLI_WORDS 5

// words: "set path NAME state up#down": small letters are the word itself (a#b: either), a word in
// capitals is the user's. run() gets all words of the line; it writes its answer, or why it refuses, to out.
// -errno: refused. NULL: `quit`, which depends on the session.
struct cli_row {
	const char *words;
	int (*run)(struct control *ctl, const char *const *word, FILE *out);
	const char *help;
};

extern const struct cli_row cli_rows[];
extern const unsigned n_cli_rows;

// cli_show.c. name: of one object, or "all" of them, each in full; NULL: a line each. -ENOENT: there is none.
int cli_show_port(struct control *ctl, const char *name, FILE *out);
int cli_show_path(struct control *ctl, const char *name, FILE *out);
int cli_show_tunnel(struct control *ctl, const char *name, FILE *out);
// For flows and drops never NULL. idle: those without a packet in the last second too
int cli_show_flow(struct control *ctl, const char *name, bool idle, FILE *out);
// zero: what has never happened too
int cli_show_drop(struct control *ctl, const char *name, bool zero, FILE *out);
int cli_show_worker(struct control *ctl, const char *name, FILE *out);

#endif
