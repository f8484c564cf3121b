// SPDX-License-Identifier: BSD-3-Clause
// Feeds a target examples, mutated examples and noise: what libFuzzer does, without coverage but
// with any compiler. runner [COUNT [SEED]]; the seed is printed, the same one gives the same inputs.
// On a crash the input that did it is in the file that is named at the beginning.
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../support/random.h"
#include "fuzz.h"

static size_t
mutate(uint8_t *buf, size_t len, uint64_t *state)
{
	static const uint8_t edges[] = { 0, 1, 2, 0x3f, 0x40, 0x7f, 0x80, 0xfe, 0xff };
	uint64_t x = random_next(state);
	size_t at = len ? (x >> 16) % len : 0;

	switch (x % 6) {
	case 0: // cut
		return at;
	case 1: // grow by noise
		for (unsigned n = (x >> 8) % 32; n > 0 && len < FUZZ_INPUT_MAX; n--)
			buf[len++] = (uint8_t)random_next(state);
		return len;
	case 2: // take out a piece
		if (len > 0) {
			size_t n = 1 + (x >> 48) % (len - at);

			memmove(buf + at, buf + at + n, len - at - n);
			return len - n;
		}
		return len;
	case 3:
		if (len > 0)
			buf[at] = edges[(x >> 48) % sizeof(edges)];
		return len;
	case 4:
		if (len > 0)
			buf[at] ^= (uint8_t)(1 << (x >> 48) % 8);
		return len;
	default:
		if (len > 0)
			buf[at] = (uint8_t)(x >> 48);
		return len;
	}
}

static size_t
make_input(uint8_t buf[FUZZ_INPUT_MAX], unsigned examples, uint64_t *state)
{
	uint64_t x = random_next(state);
	size_t len;

	if (x % 8 == 0 || examples == 0) {
		len = (x >> 8) % ((x >> 32) % 4 ? 64 : FUZZ_INPUT_MAX);
		for (size_t i = 0; i < len; i++)
			buf[i] = (uint8_t)random_next(state);
		return len;
	}
	len = fuzz_example((unsigned)((x >> 8) % examples), buf);
	for (unsigned n = (unsigned)(x >> 56) % 6; n > 0; n--)
		len = mutate(buf, len, state);
	return len;
}

// Every input lies at the very end of a page with none behind it, so that a read past it crashes in
// any build; and in a file, so that it is still there afterwards.
int
main(int argc, char **argv)
{
	uint64_t count = argc > 1 ? strtoull(argv[1], NULL, 0) : 200000;
	uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 0) : 20260618, state = seed;
	uint8_t buf[FUZZ_INPUT_MAX], *pages;
	char path[] = "/tmp/wanbond-fuzz-XXXXXX";
	size_t len, page = (size_t)sysconf(_SC_PAGESIZE);
	unsigned examples = 0;
	int fd = mkstemp(path);

	if (fd < 0 || ftruncate(fd, (off_t)page) < 0)
		return perror(path), 1;
	pages = mmap(NULL, 2 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (pages == MAP_FAILED || mmap(pages, page, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED,
					   fd, 0) == MAP_FAILED)
		return perror("mmap"), 1;
	fprintf(stderr, "seed %" PRIu64 ", %" PRIu64 " inputs; the last one ends %s\n", seed, count,
		path);
	while (fuzz_example(examples, buf) > 0)
		examples++;
	for (uint64_t i = 0; i < examples + count; i++) {
		len = i < examples ? fuzz_example((unsigned)i, buf)
				   : make_input(buf, examples, &state);
		memcpy(pages + page - len, buf, len);
		LLVMFuzzerTestOneInput(pages + page - len, len);
	}
	unlink(path);
	printf("%" PRIu64 " inputs, %u of them examples\n", examples + count, examples);
	return 0;
}
