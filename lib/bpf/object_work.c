// SPDX-License-Identifier: BSD-3-Clause
// Calculates the work of a verifier that follows each way through a program separately.
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "object.h"

// Finds the successors of instruction i: where it goes on (UINT32_MAX: nowhere) and where it may jump.
struct next {
	uint32_t on, jump;
};

static struct next
next_of(const struct ebpf_insn *ins, uint32_t i)
{
	struct next n = { .on = i + 1, .jump = UINT32_MAX };

	if (ins->code == (BPF_LD | BPF_IMM | EBPF_DW)) {
		n.on = i + 2;
	} else if (BPF_CLASS(ins->code) == BPF_JMP) {
		switch (BPF_OP(ins->code)) {
		case EBPF_EXIT:
			n.on = UINT32_MAX;
			break;
		case EBPF_CALL:
			break;
		case BPF_JA:
			n.on = (uint32_t)((int64_t)i + 1 + ins->off);
			break;
		default:
			n.jump = (uint32_t)((int64_t)i + 1 + ins->off);
		}
	}
	return n;
}

static uint64_t
add(uint64_t a, uint64_t b)
{
	return a + b < a ? UINT64_MAX : a + b;
}

// Counts the verifier's work, backward: an instruction's ways are known once its successors' are, and these come
// later in the program unless it has a loop.
int
object_work(const struct object *o, uint64_t *work, char *why, size_t why_len)
{
	uint64_t *w = calloc(o->n + 1, sizeof(*w));
	int err = 0;

	if (w == NULL)
		return -ENOMEM;
	for (uint32_t i = o->n; i-- > 0 && err == 0;) {
		struct next n = next_of(&o->ins[i], i);
		uint32_t to[2] = { n.on, n.jump };

		w[i] = 1;
		for (unsigned k = 0; k < 2 && err == 0; k++) {
			if (to[k] == UINT32_MAX)
				continue;
			if (to[k] <= i)
				err = -ELOOP;
			else if (to[k] >= o->n)
				err = -ERANGE;
			else
				w[i] = add(w[i], w[to[k]]);
		}
		// code that nothing reaches is the verifier's to refuse
		if (err != 0)
			snprintf(why, why_len, "instruction %u: %s", i,
				err == -ELOOP
					? "jumps back: loops are not possible (#pragma unroll)"
					: "leads out of the program");
	}
	*work = w[0];
	free(w);
	return err == 0 ? 0 : -EINVAL;
}
