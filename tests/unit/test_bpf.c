// SPDX-License-Identifier: BSD-3-Clause
// Schedulers from object files. argv[1]: folder of the examples, argv[2]: of the bad ones (bpf/).
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness.h"
#include "object.h"
#include "wb_bpf.h"

#define MS 1000000ull

static const char *examples, *bad;
static char err[512];

static struct wb_bpf_scheduler *
load(const char *folder, const char *name)
{
	char path[512];

	snprintf(path, sizeof(path), "%s/%s.bpf.o", folder, name);
	err[0] = 0;
	return wb_bpf_scheduler_load(path, err, sizeof(err));
}

static uint64_t
run(const struct wb_bpf_scheduler *s, struct wb_sched_bpf *c)
{
	const struct wb_sched_program *p = wb_bpf_scheduler_program(s);

	return p->run(p->arg, c);
}

// Three paths, in slots 0 to 2: quick, middle, far and large.
static struct wb_sched_bpf
three(void)
{
	struct wb_sched_bpf c = { .now = 1000 * MS, .bytes = 1500, .up = 7, .free = 7 };

	for (unsigned i = 0; i < 3; i++)
		c.path[i] = (struct wb_sched_bpf_path){ .arrival = (5 + 10 * i) * MS,
			.rtt = (20 + 10 * i) * MS,
			.rate = (10 + 10 * i) * 1000000,
			.served = 100 - 10 * i };
	return c;
}

static void
min_rtt(void)
{
	struct wb_bpf_scheduler *s = load(examples, "min_rtt");
	struct wb_sched_bpf c = three();

	CU_ASSERT_PTR_NOT_NULL_FATAL(s);
	CU_ASSERT_STRING_EQUAL(wb_bpf_scheduler_program(s)->name, "min_rtt");
#ifdef __x86_64__
	CU_ASSERT(wb_bpf_scheduler_is_compiled(s));
#endif
	CU_ASSERT_EQUAL(run(s, &c), 1);
	c.free = 6;
	CU_ASSERT_EQUAL(run(s, &c), 2);
	c.backup = 2;
	CU_ASSERT_EQUAL(run(s, &c), 4);
	c.up = c.free = 2; // nothing else is there
	CU_ASSERT_EQUAL(run(s, &c), 2);
	c.free = 0;
	CU_ASSERT_EQUAL(run(s, &c), 0);
	wb_bpf_scheduler_free(s);
}

static void
weighted(void)
{
	struct wb_bpf_scheduler *s = load(examples, "weighted");
	struct wb_sched_bpf c = three();

	CU_ASSERT_PTR_NOT_NULL_FATAL(s);
	CU_ASSERT_EQUAL(run(s, &c), 4); // served least
	c.path[2].served = 200;
	CU_ASSERT_EQUAL(run(s, &c), 2);
	c.flags = WB_SCHED_AGAIN;
	CU_ASSERT_EQUAL(run(s, &c), 1);
	wb_bpf_scheduler_free(s);
}

static void
game(void)
{
	struct wb_bpf_scheduler *s = load(examples, "game");
	struct wb_sched_bpf c = three(), bulk;

	CU_ASSERT_PTR_NOT_NULL_FATAL(s);
	c.sclass = WB_SCHED_REALTIME;
	CU_ASSERT_EQUAL(run(s, &c), 1); // the quickest
	memset(c.memory, 0, sizeof(c.memory));
	c.path[0].priority = 1;
	CU_ASSERT_EQUAL(run(s, &c), 2); // the first, of equals the quickest
	CU_ASSERT_EQUAL(c.memory[0], 2);
	c.now += 60000 * MS;
	c.path[1].arrival = 34 * MS;
	CU_ASSERT_EQUAL(run(s, &c), 2); // it stays
	c.free = 5;
	CU_ASSERT_EQUAL(run(s, &c), 2); // and waits
	bulk = c;
	bulk.sclass = WB_SCHED_BULK;
	bulk.free = 7;
	CU_ASSERT_EQUAL(run(s, &bulk), 1); // others keep off
	bulk.free = 2;
	CU_ASSERT_EQUAL(run(s, &bulk), 2); // while they can
	c.path[1].arrival = 60 * MS;
	CU_ASSERT_EQUAL(run(s, &c), 1); // too slow
	CU_ASSERT_EQUAL(c.memory[1], c.now);
	c.path[1].arrival = 1 * MS;
	c.path[0].arrival = 90 * MS;
	CU_ASSERT_EQUAL(run(s, &c), 1); // not to and fro
	c.degraded = 1;
	CU_ASSERT_EQUAL(run(s, &c), 2);
	c.up = 5;
	c.degraded = 0;
	CU_ASSERT_EQUAL(run(s, &c), 4); // the one that is left with the lowest priority
	wb_bpf_scheduler_free(s);
}

static void
index_by_value(void)
{
	struct wb_bpf_scheduler *s = load(bad, "index");
	struct wb_sched_bpf c = three();

	CU_ASSERT_PTR_NOT_NULL_FATAL(s);
	c.flow = 17;
	CU_ASSERT_EQUAL(run(s, &c), 30 * MS);
	c.flow = 31;
	CU_ASSERT_EQUAL(run(s, &c), 0);
	wb_bpf_scheduler_free(s);
}

// A division by 0 is 0, compiled and not: it waits, and is overruled if it goes on so.
static void
division(void)
{
	struct wb_bpf_scheduler *s = load(bad, "divide");
	struct wb_sched_bpf c = three();

	CU_ASSERT_PTR_NOT_NULL_FATAL(s);
	c.flow = 500;
	CU_ASSERT_EQUAL(run(s, &c), 2 * MS);
	c.flow = 0;
	CU_ASSERT_EQUAL(run(s, &c), 0);
	wb_bpf_scheduler_free(s);
}

static void
refused(void)
{
	static const struct {
		const char *file, *says;
	} rows[] = {
		{ "loop", "loop.bpf.o: section \"scheduler\": instruction " },
		{ "loop", "loops are not possible" },
		{ "global", "uses a global or static variable, a constant table or a map" },
		{ "subfunction", "calls a function of its own" },
		{ "subfunction", "\"mine\"" },
		{ "unknown", "calls a function that there is not: \"wb_most\"" },
		{ "outside", "outside.bpf.o: section \"scheduler\": the verifier refuses it: "
			     "evaluate: memory "
			     "boundary violation at pc: 0" },
		{ "pointer", "the verifier refuses it: evaluate: " },
		{ "ways", "too many ways through it: " },
		{ "section", "section.bpf.o: has no section \"scheduler\"" },
		{ "map", "uses a global or static variable, a constant table or a map; there are "
			 "none: \"counts\"" },
		{ "newer", "newer.bpf.o: section \"scheduler\": instruction " },
		{ "newer", "is of a newer kind: compile it with -mcpu=v2" },
		{ "helper", "helper.bpf.o: section \"scheduler\": instruction " },
		{ "helper", "calls what is no function of ours" },
		{ "stack", "the verifier refuses it: evaluate: memory boundary violation at pc: " },
		{ "unbounded",
			"the verifier refuses it: evaluate: memory boundary violation at pc:" },
		{ "wild",
			"the verifier refuses it: evaluate: destination is not a pointer at pc: " },
		{ "two", "the verifier refuses it: unreachable code at pc: " },
		{ "there_is_none", "there_is_none.bpf.o: No such file or directory" },
	};

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct wb_bpf_scheduler *s = load(bad, rows[i].file);

		CU_ASSERT_PTR_NULL(s);
		if (strstr(err, rows[i].says) == NULL)
			printf("  \"%s\" does not say \"%s\"\n", err, rows[i].says);
		CU_ASSERT_PTR_NOT_NULL(strstr(err, rows[i].says));
		wb_bpf_scheduler_free(s);
	}
}

static void
no_objects(void)
{
	static const struct {
		const char *text, *says;
		size_t len;
	} rows[] = {
		{ "", "is empty", 0 },
		{ "#include", "is no ELF object file", 8 },
		{ "\x7f"
		  "ELF",
			"is no ELF object file", 4 },
	};
	char path[] = "/tmp/wanbond-test-bpf-XXXXXX";
	int fd = mkstemp(path);

	CU_ASSERT_FATAL(fd >= 0);
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		CU_ASSERT_EQUAL(ftruncate(fd, 0), 0);
		CU_ASSERT_EQUAL(pwrite(fd, rows[i].text, rows[i].len, 0), (ssize_t)rows[i].len);
		CU_ASSERT_PTR_NULL(wb_bpf_scheduler_load(path, err, sizeof(err)));
		CU_ASSERT_PTR_NOT_NULL(strstr(err, rows[i].says));
	}
	close(fd);
	unlink(path);
	CU_ASSERT_PTR_NULL(wb_bpf_scheduler_load("/bin/sh", err, sizeof(err)));
	CU_ASSERT_PTR_NOT_NULL(strstr(err, "is not for BPF"));
	CU_ASSERT_PTR_NULL(wb_bpf_scheduler_load("/tmp", err, sizeof(err)));
	CU_ASSERT_PTR_NOT_NULL(strstr(err, "Is a directory"));
}

// Nothing that a control thread would wait for, or never come to the end of.
static void
no_files(void)
{
	static const char *const devices[] = { "/dev/zero", "/dev/null", "/dev/ptmx" };
	char folder[] = "/tmp/wanbond-test-bpf-XXXXXX", path[64], target[64];

	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(folder));
	for (unsigned i = 0; i < sizeof(devices) / sizeof(devices[0]); i++) {
		CU_ASSERT_PTR_NULL(wb_bpf_scheduler_load(devices[i], err, sizeof(err)));
		CU_ASSERT_PTR_NOT_NULL(strstr(err, devices[i]));
		CU_ASSERT_PTR_NOT_NULL(strstr(err, ": is no regular file"));
	}
	snprintf(path, sizeof(path), "%s/fifo.bpf.o", folder);
	CU_ASSERT_EQUAL(mkfifo(path, 0600), 0);
	CU_ASSERT_PTR_NULL(wb_bpf_scheduler_load(path, err, sizeof(err)));
	CU_ASSERT_PTR_NOT_NULL(strstr(err, "fifo.bpf.o: is no regular file"));
	snprintf(target, sizeof(target), "%s/loop.bpf.o", folder);
	CU_ASSERT_EQUAL(symlink(target, target), 0);
	CU_ASSERT_PTR_NULL(wb_bpf_scheduler_load(target, err, sizeof(err)));
	CU_ASSERT_PTR_NOT_NULL(strstr(err, "loop.bpf.o: Too many levels of symbolic links"));
	unlink(path);
	unlink(target);
	rmdir(folder);
}

// Bytes of an example at `at` written anew, or its end cut off there: what is said of it.
static void
spoiled(size_t at, const char *bytes, size_t n, const char *says)
{
	char path[512], to[] = "/tmp/wanbond-test-bpf-XXXXXX", whole[8192];
	int fd = mkstemp(to);
	size_t len;
	FILE *f;

	snprintf(path, sizeof(path), "%s/game.bpf.o", examples);
	f = fopen(path, "r");
	CU_ASSERT_FATAL(f != NULL && fd >= 0);
	len = fread(whole, 1, sizeof(whole), f);
	fclose(f);
	CU_ASSERT_FATAL(len > 500 && len < sizeof(whole));
	memcpy(whole + at, bytes, n);
	len = n == 0 ? at : len;
	CU_ASSERT_EQUAL(write(fd, whole, len), (ssize_t)len);
	CU_ASSERT_PTR_NULL(wb_bpf_scheduler_load(to, err, sizeof(err)));
	if (strstr(err, says) == NULL)
		printf("  \"%s\" does not say \"%s\"\n", err, says);
	CU_ASSERT_PTR_NOT_NULL(strstr(err, says));
	CU_ASSERT_EQUAL(ftruncate(fd, 2 << 20), 0);
	CU_ASSERT_PTR_NULL(wb_bpf_scheduler_load(to, err, sizeof(err)));
	CU_ASSERT_PTR_NOT_NULL(strstr(err, "is no program: larger than a MiB"));
	close(fd);
	unlink(to);
}

static void
other_elves(void)
{
	spoiled(4, "\1", 1, "is no ELF object file of 64 bits, little-endian"); // 32 bits
	spoiled(5, "\2", 1, "is no ELF object file of 64 bits, little-endian"); // big-endian
	spoiled(18, "\x3e", 1, "is not for BPF: compile it with clang -target bpf");
	spoiled(16, "\2", 1, "is not relocatable: it has been linked");
	spoiled(300, "", 0, "is cut short: its table of sections is beyond its end");
}

// Cut short anywhere, and with each byte changed: refused or read, never beyond its end (the
// copy has exactly its size, for the sanitizers).
static void
damaged(void)
{
	static const char *const functions[] = { "wb_least", "wb_value" };
	char path[512], why[384];
	uint8_t whole[8192];
	unsigned read = 0;
	struct object o;
	size_t len;
	FILE *f;

	snprintf(path, sizeof(path), "%s/game.bpf.o", examples);
	f = fopen(path, "r");
	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	len = fread(whole, 1, sizeof(whole), f);
	fclose(f);
	CU_ASSERT_FATAL(len > 500 && len < sizeof(whole));
	for (size_t i = 0; i < 3 * len; i++) {
		size_t n = i < len ? i : len;
		uint8_t *copy = malloc(n + 1);
		uint64_t work;

		memcpy(copy, whole, n);
		if (i >= len)
			copy[i % len] = (uint8_t)(copy[i % len] ^ (i < 2 * len ? 0xff : 0x01));
		why[0] = 0;
		if (object_read(copy, n, "scheduler", functions, 2, &o, why, sizeof(why)) == 0) {
			read++;
			object_work(&o, &work, why, sizeof(why));
			free(o.ins);
		} else {
			CU_ASSERT(why[0] != 0);
		}
		free(copy);
	}
	CU_ASSERT(read > 0 && read < 3 * len);
}

// w = 1 + sum of the successors': a straight line, then branches one after another.
static void
work_of(void)
{
	struct ebpf_insn ins[64] = { 0 };
	struct object o = { .ins = ins, .n = 2 };
	uint64_t work;

	ins[0].code = EBPF_ALU64 | EBPF_MOV | BPF_K;
	ins[1].code = BPF_JMP | EBPF_EXIT;
	CU_ASSERT_EQUAL(object_work(&o, &work, err, sizeof(err)), 0);
	CU_ASSERT_EQUAL(work, 2);
	for (unsigned i = 0; i < 60; i += 2) {
		ins[i].code = BPF_JMP | BPF_JEQ | BPF_K;
		ins[i].off = 1;
		ins[i + 1].code = EBPF_ALU64 | EBPF_MOV | BPF_K;
	}
	ins[60].code = BPF_JMP | EBPF_EXIT;
	o.n = 61;
	CU_ASSERT_EQUAL(object_work(&o, &work, err, sizeof(err)), 0);
	CU_ASSERT_EQUAL(work, 3 * (1ull << 30) - 2); // w(n + 1) = 2 w(n) + 2
	ins[58].off = -59;
	CU_ASSERT_EQUAL(object_work(&o, &work, err, sizeof(err)), -22);
	ins[58].off = 2;
	CU_ASSERT_EQUAL(object_work(&o, &work, err, sizeof(err)), -22);
	CU_ASSERT_PTR_NOT_NULL(strstr(err, "leads out"));
}

static const struct harness_test tests[] = {
	{ "example: min_rtt", min_rtt },
	{ "example: weighted", weighted },
	{ "example: game", game },
	{ "an index that is bounded", index_by_value },
	{ "a division by 0", division },
	{ "refused, and why", refused },
	{ "no files", no_files },
	{ "no objects", no_objects },
	{ "other ELF files", other_elves },
	{ "damaged objects", damaged },
	{ "work", work_of },
};

int
main(int argc, char **argv)
{
	if (argc != 3) {
		fprintf(stderr, "test_bpf EXAMPLES BAD\n");
		return 1;
	}
	examples = argv[1];
	bad = argv[2];
	return HARNESS_RUN("bpf", tests);
}
