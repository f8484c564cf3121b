// SPDX-License-Identifier: BSD-3-Clause
// Keys as numbers, as text and as files.
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness.h"
#include "hex.h"
#include "wb_key.h"

static char dir[] = "/tmp/wanbond-test-key-XXXXXX";
static char path[sizeof(dir) + 16];

// RFC 7748 6.1
static void
test_public(void)
{
	static const char *const pairs[][2] = {
		{ "77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a",
			"8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a" },
		{ "5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb",
			"de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f" },
	};
	uint8_t private[WB_KEY_LEN], public[WB_KEY_LEN], want[WB_KEY_LEN];
	unsigned i;

	for (i = 0; i < 2; i++) {
		unhex(pairs[i][0], private, sizeof(private));
		unhex(pairs[i][1], want, sizeof(want));
		wb_key_public(private, public);
		CU_ASSERT_EQUAL(memcmp(public, want, sizeof(want)), 0);
	}
}

static void
test_generate(void)
{
	uint8_t a[WB_KEY_LEN], b[WB_KEY_LEN], zero[WB_KEY_LEN] = { 0 };
	unsigned i;

	for (i = 0; i < 100; i++) {
		wb_key_generate(a);
		CU_ASSERT_EQUAL(a[0] & 7, 0);
		CU_ASSERT_EQUAL(a[31] & 0xc0, 0x40);
		wb_key_generate(b);
		CU_ASSERT_NOT_EQUAL(memcmp(a, b, sizeof(a)), 0);
	}
	wb_key_generate_psk(a);
	CU_ASSERT_NOT_EQUAL(memcmp(a, zero, sizeof(a)), 0);
	wb_random_bytes(b, sizeof(b));
	CU_ASSERT_NOT_EQUAL(memcmp(a, b, sizeof(a)), 0);
	wb_wipe(b, sizeof(b));
	CU_ASSERT_EQUAL(memcmp(b, zero, sizeof(b)), 0);
}

static void
test_text(void)
{
	static const struct {
		const char *text;
		int rc;
	} table[] = {
		{ "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", 0 },
		{ " \t\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\r\n ", 0 },
		{ "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8", -EINVAL },  // no =
		{ "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh9=", -EINVAL }, // stray bit
		{ "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHg==", -EINVAL }, // 31 bytes
		{ "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8g", -EINVAL }, // 33 bytes
		{ "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=A", -EINVAL },
		{ "AAECAwQFBgcICQoLDA0O DxAREhMUFRYXGBkaGxwdHh8=", -EINVAL },
		{ "AAECAwQFBgcICQoLDA0ODx*REhMUFRYXGBkaGxwdHh8=", -EINVAL },
		{ "", -EINVAL },
		{ "   ", -EINVAL },
	};
	uint8_t key[WB_KEY_LEN], back[WB_KEY_LEN];
	char text[WB_KEY_TEXT];
	unsigned i;

	for (i = 0; i < WB_KEY_LEN; i++)
		key[i] = (uint8_t)i;
	wb_key_to_text(key, text);
	CU_ASSERT_STRING_EQUAL(text, table[0].text);
	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		memset(back, 0xee, sizeof(back));
		CU_ASSERT_EQUAL(wb_key_from_text(table[i].text, back), table[i].rc);
		if (table[i].rc == 0)
			CU_ASSERT_EQUAL(memcmp(back, key, sizeof(key)), 0)
		else
			CU_ASSERT_EQUAL(back[0], 0xee); // nothing half done
	}
	for (i = 0; i < 100; i++) {
		wb_random_bytes(key, sizeof(key));
		wb_key_to_text(key, text);
		CU_ASSERT_EQUAL(wb_key_from_text(text, back), 0);
		CU_ASSERT_EQUAL(memcmp(back, key, sizeof(key)), 0);
	}
}

static void
put_file(const void *text, size_t len, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	CU_ASSERT_TRUE_FATAL(fd >= 0);
	CU_ASSERT_EQUAL_FATAL(write(fd, text, len), (ssize_t)len);
	CU_ASSERT_EQUAL_FATAL(fchmod(fd, mode), 0);
	close(fd);
}

static void
test_file(void)
{
	static const char text[] = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n";
	static const struct {
		mode_t mode;
		int rc;
	} modes[] = {
		{ 0600, 0 },
		{ 0400, 0 },
		{ 0640, -EPERM },
		{ 0644, -EPERM },
		{ 0620, -EPERM },
		{ 0604, -EPERM },
	};
	uint8_t key[WB_KEY_LEN] = { 0 };
	char why[256] = "";
	unsigned i;

	CU_ASSERT_EQUAL(wb_key_read_file(path, key, why, sizeof(why)), -ENOENT);
	CU_ASSERT_PTR_NOT_NULL(strstr(why, path));
	for (i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		put_file(text, sizeof(text) - 1, modes[i].mode);
		why[0] = '\0';
		CU_ASSERT_EQUAL(wb_key_read_file(path, key, why, sizeof(why)), modes[i].rc);
		CU_ASSERT_EQUAL(why[0] == '\0', modes[i].rc == 0);
		CU_ASSERT_EQUAL(wb_key_read_file(path, key, NULL, 0), modes[i].rc);
		unlink(path);
	}
	CU_ASSERT_EQUAL(key[31], 31);
}

static void
test_bad_file(void)
{
	uint8_t key[WB_KEY_LEN] = { 0 };
	char why[256] = "", big[8192];

	memset(big, ' ', sizeof(big));
	put_file("", 0, 0600);
	CU_ASSERT_EQUAL(wb_key_read_file(path, key, why, sizeof(why)), -EINVAL);
	put_file("secret\n", 7, 0600);
	CU_ASSERT_EQUAL(wb_key_read_file(path, key, why, sizeof(why)), -EINVAL);
	CU_ASSERT_PTR_NULL(strstr(why, "secret")); // what was read is not repeated
	put_file(big, sizeof(big), 0600);
	CU_ASSERT_EQUAL(wb_key_read_file(path, key, why, sizeof(why)), -EINVAL);
	put_file("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\0x", 46, 0600);
	CU_ASSERT_EQUAL(wb_key_read_file(path, key, why, sizeof(why)), -EINVAL);
	unlink(path);
	CU_ASSERT_EQUAL_FATAL(mkfifo(path, 0600), 0);
	CU_ASSERT_EQUAL(wb_key_read_file(path, key, why, sizeof(why)), -EINVAL); // and returns
	unlink(path);
	CU_ASSERT_EQUAL(wb_key_read_file(dir, key, why, sizeof(why)), -EINVAL);
	CU_ASSERT_EQUAL(key[31], 0);
}

static const struct harness_test tests[] = {
	{ "public key", test_public },
	{ "generate", test_generate },
	{ "text", test_text },
	{ "file", test_file },
	{ "not a key file", test_bad_file },
};

int
main(void)
{
	int rc;

	if (wb_crypto_init() < 0 || mkdtemp(dir) == NULL)
		return 1;
	snprintf(path, sizeof(path), "%s/key", dir);
	rc = HARNESS_RUN("key", tests);
	unlink(path);
	rmdir(dir);
	return rc;
}
