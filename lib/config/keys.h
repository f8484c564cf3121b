/* SPDX-License-Identifier: BSD-3-Clause */
// The keys of the configuration, a row for each. Parsing, messages, the JSON Schema and the reference in
// docs/config.md are made from the rows.
#ifndef CONFIG_KEYS_H
#define CONFIG_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum config_type {
	CONFIG_IGNORED,   // any text; for people and editors
	CONFIG_TEXT,      // char[size], not empty
	CONFIG_NAME,      // char[size], [A-Za-z0-9_-]
	CONFIG_INTERFACE, // char[size], a kernel interface's name
	CONFIG_FILE,      // char[size], made absolute
	CONFIG_ENUM,      // int: position in choices
	CONFIG_CHOICE,    // char[size]: one of choices
	CONFIG_SCHEDULER, // same, or a file's name that ends in .o
	CONFIG_NUMBER,    // unsigned of size bytes
	CONFIG_AUTO,      // same, or "auto" and 0, which give 0
	CONFIG_BOOL,
	CONFIG_ADDRESS4,   // struct wb_config_address, IPv4 without prefix length
	CONFIG_ADDRESS,    // struct wb_config_address, either family, prefix length allowed
	CONFIG_HOST,       // struct wb_config_host, an address as CONFIG_ADDRESS4 or a DNS name
	CONFIG_PREFIX,     // struct wb_config_prefix
	CONFIG_PUBLIC_KEY, // uint8_t[32]
	CONFIG_RATE,       // two uint64_t, up and down
	CONFIG_GIGABYTES,  // uint64_t, bytes
	CONFIG_ALLOC,      // char *, malloc'ed
	CONFIG_OBJECT,     // keys of `object`
	CONFIG_LIST,       // array of the type that `object`'s first row has
	CONFIG_OBJECTS,    // array of objects with the keys of `object`
};

struct config_key {
	const char *name;
	enum config_type type;
	uint16_t allowed;     // bit per value of the object's selector; 0: everywhere
	uint16_t required;    // likewise
	const char *unless;   // key of the same object that stands in its place; NULL: none
	const char *needs;    // key that must stand beside it; NULL: none
	size_t offset;        // in the struct of its object
	size_t size;          // of the member; of one element of a list
	size_t count;         // LIST, OBJECTS: offset of the unsigned that counts them
	int allocated;        // LIST: the member is a pointer to the elements, malloc'ed
	int lone;             // LIST: a value that is no array stands for a list of it alone
	uint64_t min, max;    // of a number, or of entries
	const char *unit;     // of a number
	const char *choices;  // ENUM, CHOICE, SCHEDULER: separated by '|'
	const char *fallback; // value when absent, as JSON text; NULL: zeroes
	const char *shown;    // how the reference words the fallback; NULL: as it is
	const struct config_object *object;
	const char *help; // one line
};

struct config_object {
	const char *title;    // heading in the reference
	const char *selector; // ENUM key whose value says which keys may stand; NULL: none
	const struct config_key *keys;
	unsigned n_keys;
	size_t size; // of the struct; 0: members of the enclosing one
};

extern const struct config_object config_root;

// Returns the row of a key. NULL: it is not known.
const struct config_key *config_key_find(const struct config_object *object, const char *name);
// Returns the nearest known key by edit distance. NULL: none is near.
const char *config_key_suggest(const struct config_object *object, const char *name);
// Writes the i-th of the choices ("edge"). Returns 0 past the end.
int config_choice(const char *choices, unsigned i, char *text, size_t len);
// Reads a key as `wanbond pubkey` prints it, without any white space. Not in constant time.
bool config_key_parse(const char *text, uint8_t key[32]);
// Writes what a row allows: `"auto" or 1280 to 9200 bytes`.
void config_key_allows(const struct config_key *key, char *text, size_t len);

#endif
