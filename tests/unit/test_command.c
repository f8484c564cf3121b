// SPDX-License-Identifier: BSD-3-Clause
// The sub-commands as a shell sees them: standard input to standard output, and the exit code.
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "command.h"
#include "../support/file.h"
#include "harness.h"

// RFC 7748 6.1: Alice's keys.
#define ALICE_PRIVATE "dwdtCnMYpX08FsFyUbJmRd9ML4frwJkqsXf7pR25LCo="
#define ALICE_PUBLIC "hSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTmo="
#define OTHER_PUBLIC "AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA="

#define ARGS_MAX 6
#define NOT_OURS 99 // exit code of run() where command_run() refused

struct result {
	int exit_code;
	char out[4096], err[4096];
};

static char dir[] = "/tmp/wb-test-command-XXXXXX";

static void
read_back(FILE *f, char *text, size_t len)
{
	size_t n;

	rewind(f);
	n = fread(text, 1, len - 1, f);
	text[n] = '\0';
}

// Runs `wanbond ARGS < input` in a child; out_mode: of the regular file that is its stdout.
static void
run(const char *const args[ARGS_MAX], const char *input, mode_t out_mode, struct result *r)
{
	FILE *in = tmpfile(), *out = tmpfile(), *err = tmpfile();
	char *argv[ARGS_MAX + 2] = { "wanbond" };
	int argc = 1, status, code = 0;
	pid_t pid;

	CU_ASSERT_FATAL(in != NULL && out != NULL && err != NULL);
	fputs(input, in);
	rewind(in);
	CU_ASSERT_EQUAL(fchmod(fileno(out), out_mode), 0);
	while (argc <= ARGS_MAX && args[argc - 1] != NULL) {
		argv[argc] = (char *)args[argc - 1];
		argc++;
	}
	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		dup2(fileno(in), STDIN_FILENO);
		dup2(fileno(out), STDOUT_FILENO);
		dup2(fileno(err), STDERR_FILENO);
		if (!command_run(argc, argv, &code))
			code = NOT_OURS;
		fflush(NULL);
		_exit(code);
	}
	CU_ASSERT_EQUAL(waitpid(pid, &status, 0), pid);
	r->exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
	read_back(out, r->out, sizeof(r->out));
	read_back(err, r->err, sizeof(r->err));
	fclose(in);
	fclose(out);
	fclose(err);
}

static void
test_keys(void)
{
	const char *const makers[] = { "genkey", "genpsk" };
	struct result first, second, public;

	for (unsigned i = 0; i < 2; i++) {
		run((const char *const[ARGS_MAX]){ makers[i] }, "", 0600, &first);
		run((const char *const[ARGS_MAX]){ makers[i] }, "", 0644, &second);
		CU_ASSERT_EQUAL(first.exit_code, 0);
		CU_ASSERT_EQUAL(strlen(first.out), 45);
		CU_ASSERT_EQUAL(first.out[44], '\n');
		CU_ASSERT_STRING_EQUAL(first.err, "");
		CU_ASSERT_EQUAL(second.exit_code, 0);
		CU_ASSERT_STRING_NOT_EQUAL(first.out, second.out);
		CU_ASSERT_PTR_NOT_NULL(strstr(second.err, "warning: the file has mode 0644"));
	}
	run((const char *const[ARGS_MAX]){ "pubkey" }, ALICE_PRIVATE "\n", 0644, &public);
	CU_ASSERT_EQUAL(public.exit_code, 0);
	CU_ASSERT_STRING_EQUAL(public.out, ALICE_PUBLIC "\n");
	CU_ASSERT_STRING_EQUAL(public.err, ""); // no secret: no warning
}

static void
test_bad_keys(void)
{
	static const char *const rows[] = { "", "\n", "hello", ALICE_PRIVATE ALICE_PRIVATE,
		ALICE_PRIVATE "\n" ALICE_PRIVATE, "dwdtCnMYpX08FsFyUbJmRd9ML4frwJkqsXf7pR25LC=" };
	char *large = malloc(100001);
	struct result r;

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		run((const char *const[ARGS_MAX]){ "pubkey" }, rows[i], 0600, &r);
		CU_ASSERT_EQUAL(r.exit_code, 1);
		CU_ASSERT_STRING_EQUAL(r.out, "");
		CU_ASSERT_PTR_NOT_NULL(strstr(r.err, "is not a key"));
	}
	memset(large, ' ', 100000);
	large[100000] = '\0';
	memcpy(large, ALICE_PRIVATE, strlen(ALICE_PRIVATE));
	run((const char *const[ARGS_MAX]){ "pubkey" }, large, 0600, &r);
	CU_ASSERT_EQUAL(r.exit_code, 1);
	free(large);
}

static void
test_usage(void)
{
	static const struct {
		const char *args[ARGS_MAX];
		int exit_code;
		const char *out, *err; // parts of
	} rows[] = {
		{ { "--version" }, 0, "wanbond ", "" },
		{ { "--help" }, 0, "usage: wanbond -c FILE", "" },
		{ { "genkey", "x" }, 2, "", "genkey takes no arguments" },
		{ { "--check" }, 2, "", "--check needs -c FILE" },
		{ { "--check", "-c" }, 2, "", "--check does not take \"-c\"" },
		{ { "--check", "-c", "a", "-x" }, 2, "", "--check does not take \"-x\"" },
		{ { "--check", "-c", "/nowhere/x.json" }, 1, "", "/nowhere/x.json: No such file" },
		{ { "-c", "edge.json" }, NOT_OURS, "", "" },
		{ { NULL }, NOT_OURS, "", "" },
		{ { "--no-pci", "--", "-c", "edge.json", "-i" }, NOT_OURS, "", "" },
	};
	struct result r;

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		run(rows[i].args, "", 0600, &r);
		CU_ASSERT_EQUAL(r.exit_code, rows[i].exit_code);
		CU_ASSERT_PTR_NOT_NULL(strstr(r.out, rows[i].out));
		CU_ASSERT_PTR_NOT_NULL(strstr(r.err, rows[i].err));
	}
}

static void
write_config(const char *hub_key, const char *more)
{
	char text[1000];

	snprintf(text, sizeof(text),
		"{\"role\": \"edge\", \"name\": \"home\", \"private_key_file\": \"edge.key\",\n"
		"\"ports\": [{\"name\": \"lan\", \"use\": \"lan\", \"dev\": "
		"\"net_tap0,iface=l\"},\n"
		"{\"name\": \"wan\", \"use\": \"wan\", \"dev\": \"net_tap1,iface=w\"}],\n"
		"\"hub\": {\"address\": \"192.0.2.1\", \"public_key\": \"%s\"}%s}\n",
		hub_key, more);
	file_write(dir, "edge.json", text, 0644);
}

static void
test_check(void)
{
	char json[200], key[200];
	const char *const args[ARGS_MAX] = { "-c", json, "--check" };
	struct result r;

	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(dir));
	snprintf(json, sizeof(json), "%s/edge.json", dir);
	snprintf(key, sizeof(key), "%s/edge.key", dir);
	write_config(OTHER_PUBLIC, "");
	file_write(dir, "edge.key", ALICE_PRIVATE "\n", 0600);
	run(args, "", 0600, &r);
	CU_ASSERT_EQUAL(r.exit_code, 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(r.out, "good: edge \"home\", 1 lan, 1 wan"));
	// nothing but that the machine which the test runs on is no router
	CU_ASSERT(
		r.err[0] == 0 || strstr(r.err, "ports: warning: net.ipv4.ip_forward is 0") != NULL);
	CU_ASSERT(strchr(r.err, '\n') == NULL || strchr(r.err, '\n')[1] == 0);

	file_write(dir, "edge.key", ALICE_PRIVATE "\n", 0640);
	run(args, "", 0600, &r);
	CU_ASSERT_EQUAL(r.exit_code, 1);
	CU_ASSERT_PTR_NOT_NULL(strstr(r.err, "has mode 0640; allowed: 0600, 0400"));
	CU_ASSERT_STRING_EQUAL(r.out, "");
	chmod(key, 0600);

	write_config(ALICE_PUBLIC, "");
	run(args, "", 0600, &r);
	CU_ASSERT_EQUAL(r.exit_code, 1);
	CU_ASSERT_PTR_NOT_NULL(strstr(r.err, "edge.json:4: hub.public_key: is this edge's own"));

	// the private key in the public one's place
	write_config(ALICE_PRIVATE, "");
	run(args, "", 0600, &r);
	CU_ASSERT_EQUAL(r.exit_code, 1);
	CU_ASSERT_PTR_NOT_NULL(strstr(
		r.err, "edge.json:4: hub.public_key: is the key in private_key_file; allowed: "));
	CU_ASSERT_PTR_NULL(strstr(r.err, ALICE_PRIVATE));

	write_config(OTHER_PUBLIC, ",\n\"edges\": [], \"idel\": 1");
	run(args, "", 0600, &r);
	CU_ASSERT_EQUAL(r.exit_code, 1);
	CU_ASSERT_PTR_NOT_NULL(strstr(r.err, "edge.json:5: edges: key \"edges\" belongs to role "));
	CU_ASSERT_PTR_NOT_NULL(strstr(r.err, "edge.json:5: idel: unknown key; did you mean "));
	unlink(json);
	unlink(key);
	CU_ASSERT_EQUAL(rmdir(dir), 0);
}

static void
test_key_as_argument(void)
{
	const char *const lines[][ARGS_MAX] = { { "pubkey", ALICE_PRIVATE },
		{ "--check", ALICE_PRIVATE }, { "--check", "-c", ALICE_PRIVATE },
		{ "ctl", ALICE_PRIVATE }, { ALICE_PRIVATE } };
	struct result r;

	for (unsigned i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		run(lines[i], "", 0600, &r);
		CU_ASSERT_NOT_EQUAL(r.exit_code, 0);
		CU_ASSERT_PTR_NULL(strstr(r.err, ALICE_PRIVATE));
		CU_ASSERT_PTR_NULL(strstr(r.out, ALICE_PRIVATE));
		if (strstr(r.err, ALICE_PRIVATE) != NULL)
			fprintf(stderr, "row %u: %s\n", i, r.err);
	}
	run((const char *const[ARGS_MAX]){ "pubkey" }, ALICE_PRIVATE "x", 0600, &r);
	CU_ASSERT_PTR_NULL(strstr(r.err, ALICE_PRIVATE));
}

static const struct harness_test tests[] = {
	{ "keys", test_keys },
	{ "bad keys", test_bad_keys },
	{ "usage", test_usage },
	{ "check", test_check },
	{ "a key as an argument", test_key_as_argument },
};

int
main(void)
{
	return HARNESS_RUN("command", tests);
}
