// SPDX-License-Identifier: BSD-3-Clause
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "own_key.h"
#include "wb_config.h"
#include "wb_control.h"

#define ERR_LEN 16384

struct arguments {
	const char *file;
	struct wb_control_options options;
};

// EAL arguments, if any, stand before "--"; without "--" all are ours.
static int
parse(int argc, char **argv, struct arguments *a)
{
	int first = 1;

	for (int i = 1; i < argc; i++)
		if (strcmp(argv[i], "--") == 0) {
			a->options.eal = argv + 1;
			a->options.n_eal = i - 1;
			first = i + 1;
			break;
		}
	for (int i = first; i < argc; i++) {
		if (strcmp(argv[i], "-i") == 0) {
			a->options.interactive = true;
		} else if (strcmp(argv[i], "-c") == 0 && i + 1 < argc) {
			a->file = argv[++i];
		} else {
			wb_config_hide_keys(argv[i]);
			fprintf(stderr, "wanbond: \"%s\" is not understood (see: wanbond --help)\n",
				argv[i]);
			return -1;
		}
	}
	if (a->file == NULL)
		fprintf(stderr, "wanbond: no configuration given: wanbond -c FILE (see: wanbond "
				"--help)\n");
	return a->file == NULL ? -1 : 0;
}

static struct wb_config *
load(const char *file)
{
	char *err = calloc(1, ERR_LEN);
	struct wb_config *c = NULL;

	if (err == NULL)
		return NULL;
	c = wb_config_load(file, err, ERR_LEN);
	if (err[0] != 0) // errors, or warnings
		fprintf(stderr, "%s\n", err);
	if (c != NULL && (wb_config_check_files(c, err, ERR_LEN) < 0 ||
				 own_key_check(c, err, ERR_LEN) < 0)) {
		fprintf(stderr, "%s\n", err);
		wb_config_free(c);
		c = NULL;
	}
	free(err);
	return c;
}

int
main(int argc, char **argv)
{
	struct arguments a = { 0 };
	struct wb_config *c;
	int code;

	if (command_run(argc, argv, &code) != 0)
		return code;
	if (parse(argc, argv, &a) < 0)
		return 2;
	c = load(a.file);
	if (c == NULL)
		return 1;
	code = wb_control_run(c, &a.options);
	wb_config_free(c);
	return code;
}
