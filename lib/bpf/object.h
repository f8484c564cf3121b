/* SPDX-License-Identifier: BSD-3-Clause */
// Reads a BPF object file (ELF64, little-endian, machine 247) with a program of one function: the instructions of one
// section, with calls to known functions resolved.
#ifndef BPF_OBJECT_H
#define BPF_OBJECT_H

#include <stddef.h>
#include <stdint.h>

#include <bpf_def.h>

#define OBJECT_BYTES_MAX (1u << 20) // of a file
#define OBJECT_WORK_MAX 1000000     // instructions over all ways, see object_work()

struct object {
	struct ebpf_insn *ins; // malloc'ed
	uint32_t n;
};

// Reads `data`, which may be anything. functions[i] is call number i. -EINVAL: `why` says what is wrong, in which
// section and at which instruction.
int object_read(const uint8_t *data, size_t len, const char *section, const char *const *functions,
	unsigned n_functions, struct object *o, char *why, size_t why_len);

// Counts the instructions on all ways through the program, w(i) = 1 + sum of w(successors), up to UINT64_MAX. A
// verifier without memory of where it has been looks at them all. -EINVAL: the program has a loop, runs off its end
// or jumps out of itself.
int object_work(const struct object *o, uint64_t *work, char *why, size_t why_len);

#endif
