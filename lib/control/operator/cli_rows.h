/* SPDX-License-Identifier: BSD-3-Clause */
// The prompt's commands. A row has their words, handler and help.
#ifndef CONTROL_CLI_ROWS_H
#define CONTROL_CLI_ROWS_H

#include <stdbool.h>
#include <stdio.h>

struct control;

#define CLI_WORDS 5

// words: for example "set path NAME state up#down". Small letters stand for themselves (a#b: one of both), a word
// in capitals is the user's. run() gets all words of the line and writes its answer to out. It returns -errno if
// it refuses, with the reason in out. NULL stands for `quit`, which depends on the session.
struct cli_row {
	const char *words;
	int (*run)(struct control *ctl, const char *const *word, FILE *out);
	const char *help;
};

extern const struct cli_row cli_rows[];
extern const unsigned n_cli_rows;

// cli_show.c: print objects. name: one object, or "all" of them in full; NULL: a line for each. -ENOENT: none.
int cli_show_port(struct control *ctl, const char *name, FILE *out);
int cli_show_path(struct control *ctl, const char *name, FILE *out);
int cli_show_tunnel(struct control *ctl, const char *name, FILE *out);
// name is not NULL for flows and drops. idle: also flows without a packet in the last second.
int cli_show_flow(struct control *ctl, const char *name, bool idle, FILE *out);
// zero: also reasons that never occurred.
int cli_show_drop(struct control *ctl, const char *name, bool zero, FILE *out);
int cli_show_worker(struct control *ctl, const char *name, FILE *out);

#endif
