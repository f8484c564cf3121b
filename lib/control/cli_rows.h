/* SPDX-License-Identifier: BSD-3-Clause */
// The prompt's commands: one row = words, handler, help.
#ifndef CONTROL_CLI_ROWS_H
#define CONTROL_CLI_ROWS_H

#include <stdbool.h>
#include <stdio.h>

struct cmdline;
struct control;

#define CLI_WORDS 5

// words: "set path NAME state up#down": small letters are the word itself (a#b: either), a word in
// capitals is the user's. run() gets all words of the line; it writes its answer to out.
struct cli_row {
	const char *words;
	void (*run)(struct control *ctl, const char *const *word, FILE *out);
	const char *help;
};

extern const struct cli_row cli_rows[];
extern const unsigned n_cli_rows;

// cli_show.c. name: "all" or of one object.
void cli_show_port(struct control *ctl, const char *name, FILE *out);
void cli_show_path(struct control *ctl, const char *name, FILE *out);
void cli_show_tunnel(struct control *ctl, const char *name, FILE *out);
// idle: those without a packet in the last second too
void cli_show_flow(struct control *ctl, const char *name, bool idle, FILE *out);
// zero: what has never happened too
void cli_show_drop(struct control *ctl, const char *name, bool zero, FILE *out);
void cli_show_worker(struct control *ctl, const char *name, FILE *out);

#endif
