// SPDX-License-Identifier: BSD-3-Clause
// Makes keys, and reads and writes them as text and files.
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sodium.h>

#include "openssl_memory.h"
#include "wb_key.h"

#define TEXT_LEN (WB_KEY_TEXT - 1)
#define FILE_MAX 256 // a key file is one line; more than this is something else

_Static_assert(WB_KEY_LEN == crypto_scalarmult_curve25519_BYTES, "X25519");
_Static_assert(WB_KEY_TEXT == sodium_base64_ENCODED_LEN(WB_KEY_LEN, sodium_base64_VARIANT_ORIGINAL),
	"base64 of a key");

int
wb_crypto_init(void)
{
	openssl_memory_init();
	return sodium_init() < 0 ? -EIO : 0;
}

void
wb_key_generate(uint8_t private_key[WB_KEY_LEN])
{
	randombytes_buf(private_key, WB_KEY_LEN);
	// RFC 7748 5: a multiple of the cofactor, highest bit fixed.
	private_key[0] &= 248;
	private_key[31] &= 127;
	private_key[31] |= 64;
}

void
wb_key_generate_psk(uint8_t psk[WB_KEY_LEN])
{
	randombytes_buf(psk, WB_KEY_LEN);
}

void
wb_key_public(const uint8_t private_key[WB_KEY_LEN], uint8_t public_key[WB_KEY_LEN])
{
	crypto_scalarmult_curve25519_base(public_key, private_key);
}

void
wb_key_to_text(const uint8_t key[WB_KEY_LEN], char text[WB_KEY_TEXT])
{
	sodium_bin2base64(text, WB_KEY_TEXT, key, WB_KEY_LEN, sodium_base64_VARIANT_ORIGINAL);
}

int
wb_key_from_text(const char *text, uint8_t key[WB_KEY_LEN])
{
	uint8_t bytes[WB_KEY_LEN];
	size_t got = 0, len;
	int rc = -EINVAL;

	while (isspace((unsigned char)*text))
		text++;
	len = strlen(text);
	while (len > 0 && isspace((unsigned char)text[len - 1]))
		len--;
	// libsodium refuses bits set beyond the last byte, so a key has one spelling only.
	if (len == TEXT_LEN &&
		sodium_base642bin(bytes, sizeof(bytes), text, len, NULL, &got, NULL,
			sodium_base64_VARIANT_ORIGINAL) == 0 &&
		got == WB_KEY_LEN) {
		memcpy(key, bytes, WB_KEY_LEN);
		rc = 0;
	}
	sodium_memzero(bytes, sizeof(bytes));
	return rc;
}

static int
complain(int rc, char *why, size_t why_len, const char *path, const char *what)
{
	if (why != NULL && why_len > 0)
		snprintf(why, why_len, "%s: %s", path, what);
	return rc;
}

static int
check_file(int fd, const char *path, char *why, size_t why_len)
{
	char what[96];
	struct stat st;

	if (fstat(fd, &st) < 0)
		return complain(-errno, why, why_len, path, strerror(errno));
	if (!S_ISREG(st.st_mode))
		return complain(-EINVAL, why, why_len, path, "not a regular file");
	if ((st.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
		snprintf(what, sizeof(what),
			"mode is %04o, others may use this key: it must be 0600 or 0400",
			(unsigned)st.st_mode & 07777);
		return complain(-EPERM, why, why_len, path, what);
	}
	return 0;
}

int
wb_key_read_file(const char *path, uint8_t key[WB_KEY_LEN], char *why, size_t why_len)
{
	char text[FILE_MAX] = { 0 };
	ssize_t n;
	int fd, rc;

	// O_NONBLOCK: a FIFO must not hang the start of the program; it is refused below.
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0) {
		rc = -errno;
		return complain(rc, why, why_len, path, strerror(-rc));
	}
	rc = check_file(fd, path, why, why_len);
	if (rc < 0) {
		close(fd);
		return rc;
	}
	n = read(fd, text, sizeof(text) - 1);
	if (n < 0) {
		rc = -errno;
		complain(rc, why, why_len, path, strerror(-rc));
	} else if (n == sizeof(text) - 1 || strlen(text) != (size_t)n ||
		   wb_key_from_text(text, key) < 0) {
		// strlen: a zero byte inside would hide what follows it.
		rc = complain(-EINVAL, why, why_len, path,
			"not a key: want 44 characters of base64 (see `wanbond genkey`)");
	}
	close(fd);
	sodium_memzero(text, sizeof(text));
	return rc;
}

void
wb_random_bytes(void *buf, size_t len)
{
	randombytes_buf(buf, len);
}

void
wb_wipe(void *buf, size_t len)
{
	sodium_memzero(buf, len);
}
