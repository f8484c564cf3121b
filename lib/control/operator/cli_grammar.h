/* SPDX-License-Identifier: BSD-3-Clause */
// Parses and runs lines by the rows of cli_rows.h, with librte_cmdline. The prompt on standard input and clients
// of the socket share it.
#ifndef CONTROL_CLI_GRAMMAR_H
#define CONTROL_CLI_GRAMMAR_H

#include <stdbool.h>
#include <stddef.h>

#include <cmdline.h>

struct cli_grammar;
struct control;

#define CLI_LINE_MAX 512 // with its newline and 0
#define CLI_PROMPT "wanbond> "

// The result of a line. It is the exit code of `wanbond ctl`.
enum cli_status {
	CLI_DONE,
	CLI_REFUSED, // not possible, or no such object: the text says why
	CLI_UNKNOWN, // not a command
};

// Somebody who gives commands.
struct cli_session {
	bool remote;            // `quit` ends this session, not wanbond
	bool ended;             // by `quit`
	enum cli_status status; // of the last command
	char who[48]; // logged with commands that change something; "": they are not logged
};

struct cli_grammar *cli_grammar_create(struct control *ctl); // NULL: no memory
void cli_grammar_destroy(struct cli_grammar *g);             // NULL is allowed
// Makes a command line that writes to descriptor `out`, which must never block. NULL: no memory.
struct cmdline *cli_grammar_line(struct cli_grammar *g, const char *prompt, int out);
// Makes one on the terminal of standard input and output.
struct cmdline *cli_grammar_terminal(struct cli_grammar *g);
// Takes typed characters. Returns false when the session is over (`quit`, Ctrl-D).
bool cli_grammar_type(struct cli_grammar *g, struct cli_session *s, struct cmdline *cl,
	const char *text, size_t len);
// Runs a line of len bytes, without its newline. The command's answer goes to cl's output.
enum cli_status cli_grammar_run(struct cli_grammar *g, struct cli_session *s, struct cmdline *cl,
	const char *line, size_t len);

#endif
