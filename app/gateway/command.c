// SPDX-License-Identifier: BSD-3-Clause
#include "command.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ctl.h"
#include "own_key.h"
#include "wb_config.h"
#include "wb_control.h"
#include "wb_key.h"

#define ERR_LEN 16384

static const char usage[] =
	"usage: wanbond -c FILE [-i]                    run (EAL options from the file)\n"
	"       wanbond [EAL options] -- -c FILE [-i]   run; -i: with a prompt\n"
	"       wanbond --check -c FILE                 check a configuration and its key files\n"
	"       wanbond ctl NAME [COMMAND ...]          command a running one; its prompt\n"
	"       wanbond genkey                          print a new private key\n"
	"       wanbond pubkey                          read a private key, print its public key\n"
	"       wanbond genpsk                          print a new pre-shared key\n"
	"       wanbond --version | --help\n";

// 0, or 1 when it could not all be written (disk full, closed pipe).
static int
print_key(const uint8_t key[WB_KEY_LEN])
{
	char text[WB_KEY_TEXT];
	int ret = 0;

	wb_key_to_text(key, text);
	if (puts(text) < 0 || fflush(stdout) != 0) {
		perror("wanbond: stdout");
		ret = 1;
	}
	wb_wipe(text, sizeof(text));
	return ret;
}

// A secret in a file that others may read is none: wanbond would refuse it later, so say it now.
static void
warn_if_readable(void)
{
	struct stat st;

	if (fstat(STDOUT_FILENO, &st) == 0 && S_ISREG(st.st_mode) && (st.st_mode & 077) != 0)
		fprintf(stderr,
			"wanbond: warning: the file has mode %04o, others may read the key in it.\n"
			"Make it with `umask 077` set, or `chmod 600` it.\n",
			(unsigned)st.st_mode & 07777);
}

static int
command_genkey(void)
{
	uint8_t key[WB_KEY_LEN];
	int ret;

	warn_if_readable();
	wb_key_generate(key);
	ret = print_key(key);
	wb_wipe(key, sizeof(key));
	return ret;
}

static int
command_genpsk(void)
{
	uint8_t key[WB_KEY_LEN];
	int ret;

	warn_if_readable();
	wb_key_generate_psk(key);
	ret = print_key(key);
	wb_wipe(key, sizeof(key));
	return ret;
}

static int
command_pubkey(void)
{
	uint8_t private_key[WB_KEY_LEN], public_key[WB_KEY_LEN];
	char text[256];
	size_t n = fread(text, 1, sizeof(text) - 1, stdin);
	int ret = 1;

	text[n] = '\0';
	// More than fits is no key either; an embedded 0 must not hide what follows it.
	if (n == sizeof(text) - 1 || strlen(text) != n ||
		wb_key_from_text(text, private_key) != 0) {
		fprintf(stderr, "wanbond: stdin is not a key (44 characters of base64, as `wanbond "
				"genkey` prints them)\n");
	} else {
		wb_key_public(private_key, public_key);
		ret = print_key(public_key);
	}
	wb_wipe(text, sizeof(text));
	wb_wipe(private_key, sizeof(private_key));
	return ret;
}

static void
print_summary(const struct wb_config *c)
{
	unsigned n[3] = { 0, 0, 0 };

	for (unsigned i = 0; i < c->n_ports; i++)
		n[c->ports[i].use]++;
	if (c->role == WB_CONFIG_EDGE)
		printf("%s: good: edge \"%s\", %u lan, %u wan", c->file, c->name, n[WB_CONFIG_LAN],
			n[WB_CONFIG_WAN]);
	else
		printf("%s: good: hub \"%s\", %u uplink, %u edge%s, UDP port %u", c->file, c->name,
			n[WB_CONFIG_UPLINK], c->n_edges, c->n_edges == 1 ? "" : "s", c->listen);
	printf(", memory %u MiB\n", wb_control_memory_mib(c));
}

// Does this machine have what it takes?
static bool
check_machine(const struct wb_config *c, char *err)
{
	int r = wb_control_check(c, err, ERR_LEN);

	if (err[0] != '\0')
		fprintf(stderr, "%s\n", err);
	return r == 0;
}

// What a start on this machine would use in the place of what is written.
static void
print_devices(struct wb_config *c, char *text)
{
	char *line, *state;

	wb_control_replace_devices(c, text, ERR_LEN);
	for (line = strtok_r(text, "\n", &state); line != NULL; line = strtok_r(NULL, "\n", &state))
		fprintf(stderr, "%s: %s\n", c->file, line);
}

static int
check_file(const char *file)
{
	char *err = malloc(ERR_LEN);
	struct wb_config *c;
	int ret = 1;

	if (err == NULL) {
		perror("wanbond");
		return 1;
	}
	c = wb_config_load(file, err, ERR_LEN);
	if (err[0] != '\0') // errors, or warnings
		fprintf(stderr, "%s\n", err);
	if (c != NULL && (wb_config_check_files(c, err, ERR_LEN) != 0 ||
				 own_key_check(c, err, ERR_LEN) != 0))
		fprintf(stderr, "%s\n", err);
	else if (c != NULL)
		ret = 0;
	if (c != NULL && !check_machine(c, err))
		ret = 1;
	if (ret == 0)
		print_devices(c, err);
	if (ret == 0)
		print_summary(c);
	wb_config_free(c);
	free(err);
	return ret;
}

// --check and -c FILE in either order, nothing else.
static int
command_check(int argc, char **argv)
{
	const char *file = NULL;

	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--check") == 0 || strcmp(argv[i], "--") == 0)
			continue;
		if (strcmp(argv[i], "-c") == 0 && i + 1 < argc && file == NULL) {
			file = argv[++i];
			continue;
		}
		wb_config_hide_keys(argv[i]);
		fprintf(stderr, "wanbond: --check does not take \"%s\"\n%s", argv[i], usage);
		return 2;
	}
	if (file == NULL) {
		fprintf(stderr, "wanbond: --check needs -c FILE\n%s", usage);
		return 2;
	}
	return check_file(file);
}

static int
command_ctl(int argc, char **argv)
{
	if (argc > 0)
		return ctl_run(argc, argv);
	fprintf(stderr, "wanbond: ctl needs a NAME\n%s", usage);
	return CTL_UNKNOWN;
}

static int
command_version(void)
{
	printf("wanbond %s\n", WB_VERSION);
	return 0;
}

static int
command_help(void)
{
	fputs(usage, stdout);
	return 0;
}

static const struct {
	const char *name;
	int (*run)(void);
	bool crypto; // needs wb_crypto_init()
} commands[] = {
	{ "genkey", command_genkey, true },
	{ "genpsk", command_genpsk, true },
	{ "pubkey", command_pubkey, true },
	{ "--version", command_version, false },
	{ "--help", command_help, false },
	{ "-h", command_help, false },
};

static bool
crypto_works(void)
{
	if (wb_crypto_init() == 0)
		return true;
	fprintf(stderr, "wanbond: no source of random numbers, or libsodium failed\n");
	return false;
}

int
command_run(int argc, char **argv, int *exit_code)
{
	for (int i = 1; i < argc; i++)
		if (strcmp(argv[i], "--check") == 0) {
			*exit_code = crypto_works() ? command_check(argc, argv) : 1;
			return 1;
		}
	if (argc > 1 && strcmp(argv[1], "ctl") == 0) {
		*exit_code = command_ctl(argc - 2, argv + 2);
		return 1;
	}
	for (unsigned i = 0; argc > 1 && i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (strcmp(argv[1], commands[i].name) != 0)
			continue;
		if (argc > 2) {
			fprintf(stderr, "wanbond: %s takes no arguments\n%s", argv[1], usage);
			*exit_code = 2;
		} else if (commands[i].crypto && !crypto_works()) {
			*exit_code = 1;
		} else {
			*exit_code = commands[i].run();
		}
		return 1;
	}
	return 0;
}
