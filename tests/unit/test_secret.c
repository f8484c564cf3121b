// SPDX-License-Identifier: BSD-3-Clause
// Searches what a core dump of this process would have for keys in use. The keys that are searched for lie in secret
// memory themselves.
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "aead_impl.h"
#include "harness.h"
#include "wb_handshake.h"
#include "wb_secret.h"

#define AES_BLOCK 16

// ---- the memory that is dumped

struct image {
	FILE *maps;
	int mem;
	unsigned long start, end; // of the mapping at hand
	char what[128];
};

// The next mapping that is readable and not marked VM_DONTDUMP ("dd"), or one of a device ("io", "pf").
static bool
next(struct image *m)
{
	char line[512], readable = 0;

	while (fgets(line, sizeof(line), m->maps)) {
		unsigned long start, end;
		char flags[8];
		int at = 0;

		if (sscanf(line, "%lx-%lx %7s %*s %*s %*s %n", &start, &end, flags, &at) == 3 &&
			at > 0) {
			m->start = start;
			m->end = end;
			readable = flags[0];
			snprintf(m->what, sizeof(m->what), "%.100s", line + at);
		} else if (!strncmp(line, "VmFlags:", 8) && readable == 'r' &&
			   !strstr(line, " dd ") && !strstr(line, " io ") &&
			   !strstr(line, " pf ") && !strstr(m->what, "[v")) {
			return true;
		}
	}
	return false;
}

// How often a key stands in it.
static unsigned
found(const uint8_t *key, size_t len)
{
	// Kept out itself: it would hold a second copy of what it finds.
	struct image m = { .maps = fopen("/proc/self/smaps", "r"),
		.mem = open("/proc/self/mem", O_RDONLY) };
	size_t size = 0, had = 0;
	uint8_t *copy = NULL;
	unsigned n = 0;

	CU_ASSERT_PTR_NOT_NULL_FATAL(m.maps);
	CU_ASSERT_FATAL(m.mem >= 0);
	while (next(&m)) {
		uint8_t *p;
		ssize_t got;

		if (m.end - m.start > size) {
			if (copy)
				munmap(copy, size);
			size = m.end - m.start;
			copy = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
				-1, 0);
			CU_ASSERT_FATAL(copy != MAP_FAILED);
			madvise(copy, size, MADV_DONTDUMP);
		}
		got = pread(m.mem, copy, m.end - m.start, (off_t)m.start);
		had += got > 0 ? (size_t)got : 0;
		for (p = copy;
			got > 0 && (p = memmem(p, (size_t)(copy + got - p), key, len)) != NULL;
			p++) {
			printf("at %#lx in %s", m.start + (unsigned long)(p - copy), m.what);
			n++;
		}
	}
	CU_ASSERT(had > 100000); // it has looked at something
	if (copy)
		munmap(copy, size);
	fclose(m.maps);
	close(m.mem);
	return n;
}

static void
search_finds(void)
{
	uint8_t *key = wb_secret_alloc(WB_KEY_LEN), *copy = malloc(WB_KEY_LEN);

	wb_key_generate_psk(key);
	CU_ASSERT_EQUAL(found(key, WB_KEY_LEN), 0);
	memcpy(copy, key, WB_KEY_LEN);
	CU_ASSERT_EQUAL(found(key, WB_KEY_LEN), 1);
	wb_wipe(copy, WB_KEY_LEN);
	CU_ASSERT_EQUAL(found(key, WB_KEY_LEN), 0);
	free(copy);
	wb_secret_free(key);
}

static void
process_is_not_dumped(void)
{
	uint8_t *p;
	int r = wb_secret_init();

	CU_ASSERT(r == 0 || r == -ENOMEM); // by RLIMIT_MEMLOCK
	CU_ASSERT_EQUAL(prctl(PR_GET_DUMPABLE, 0, 0, 0, 0), 0);
	p = wb_secret_alloc(1000);
	for (unsigned i = 0; i < 1000; i++)
		CU_ASSERT_EQUAL_FATAL(p[i], 0);
	wb_secret_free(p);
	wb_secret_free(NULL);
	prctl(PR_SET_DUMPABLE, 1, 0, 0, 0); // /proc/self is ours again
}

// ---- keys of datagrams

static void
check_aead(const struct aead_impl *impl, enum wb_cipher cipher)
{
	uint8_t *key = wb_secret_alloc(WB_AEAD_KEY_MAX);
	uint8_t text[64] = { 0 }, sealed[64], tag[WB_AEAD_TAG];
	struct wb_aead_op op = { .src = text,
		.dst = sealed,
		.aad = text,
		.tag = tag,
		.len = sizeof(text),
		.aad_len = 12 };
	struct wb_aead *a;
	size_t len = wb_aead_key_len(cipher);

	if (!impl->has(cipher)) {
		wb_secret_free(key);
		return;
	}
	wb_key_generate_psk(key);
	a = impl->create(cipher, key, -1);
	CU_ASSERT_PTR_NOT_NULL_FATAL(a);
	impl->seal(a, &op, 1);
	op.src = sealed;
	op.dst = text;
	CU_ASSERT_EQUAL(impl->open(a, &op, 1), 1);
	printf("%s, %s\n", wb_cipher_name(cipher), impl->name());
	// Half of the key would do for AES-256; and of its schedule the first block is the key's.
	CU_ASSERT_EQUAL(found(key, len < AES_BLOCK ? len : AES_BLOCK), 0);
	CU_ASSERT_EQUAL(found(key + len - AES_BLOCK, AES_BLOCK), 0);
	impl->destroy(a);
	CU_ASSERT_EQUAL(found(key, AES_BLOCK), 0);
	wb_secret_free(key);
}

static void
datagram_keys(void)
{
	unsigned n;
	const struct aead_impl *const *impls = aead_impls(&n);

	for (unsigned i = 0; i < n; i++) {
		check_aead(impls[i], WB_CIPHER_AES_128_GCM);
		check_aead(impls[i], WB_CIPHER_AES_256_GCM);
		check_aead(impls[i], WB_CIPHER_CHACHA20_POLY1305);
	}
}

// ---- handshakes

struct ends {
	struct wb_handshake_local edge, hub;
	struct wb_handshake_peer peer_edge, peer_hub;
	struct wb_handshake_result result_edge, result_hub;
};

static void
make_end(struct wb_handshake_local *l)
{
	wb_key_generate(l->private_key);
	wb_key_public(l->private_key, l->public_key);
	l->version_min = l->version_max = 1;
	l->ciphers[0] = WB_CIPHER_AES_128_GCM;
}

static unsigned
found_any(const struct ends *e)
{
	return found(e->edge.private_key, WB_KEY_LEN) + found(e->hub.private_key, WB_KEY_LEN) +
	       found(e->peer_hub.psk, WB_KEY_LEN) + found(e->result_edge.tx_key, WB_KEY_LEN) +
	       found(e->result_edge.rx_key, WB_KEY_LEN);
}

static void
handshake_keys(void)
{
	struct wb_handshake *edge = wb_handshake_create(), *hub = wb_handshake_create();
	struct ends *e = wb_secret_alloc(sizeof(*e));
	uint8_t init[WB_HANDSHAKE_MAX], response[WB_HANDSHAKE_MAX], key[WB_KEY_LEN];
	int len;

	make_end(&e->edge);
	make_end(&e->hub);
	memcpy(e->peer_hub.public_key, e->hub.public_key, WB_KEY_LEN);
	memcpy(e->peer_edge.public_key, e->edge.public_key, WB_KEY_LEN);
	wb_key_generate_psk(e->peer_hub.psk);
	memcpy(e->peer_edge.psk, e->peer_hub.psk, WB_KEY_LEN);
	wb_key_generate_psk(e->result_edge.tx_key); // nothing yet
	wb_key_generate_psk(e->result_edge.rx_key);
	wb_secret_clear_stack(); // of wb_key_generate()
	len = wb_handshake_initiate(edge, &e->edge, &e->peer_hub, 1, 0, 1, init);
	CU_ASSERT_FATAL(len > 0);
	CU_ASSERT_EQUAL(found_any(e), 0);
	CU_ASSERT_EQUAL_FATAL(wb_handshake_open(hub, &e->hub, init, (size_t)len, key), 0);
	CU_ASSERT_EQUAL(found_any(e), 0);
	len = wb_handshake_respond(hub, &e->peer_edge, 2, 0, 7, response, &e->result_hub);
	CU_ASSERT_FATAL(len > 0);
	CU_ASSERT_EQUAL_FATAL(wb_handshake_finish(edge, response, (size_t)len, &e->result_edge), 0);
	CU_ASSERT_EQUAL(found_any(e), 0);
	wb_handshake_destroy(edge);
	wb_handshake_destroy(hub);
	wb_secret_free(e);
}

static const struct harness_test tests[] = {
	{ "the search finds what is there", search_finds },
	{ "the process is not dumped", process_is_not_dumped },
	{ "keys of datagrams", datagram_keys },
	{ "keys of handshakes", handshake_keys },
};

int
main(void)
{
	return wb_crypto_init() < 0 || HARNESS_RUN("secret", tests);
}
