// SPDX-License-Identifier: BSD-3-Clause
// Reads a BPF object file and resolves the calls of its one program.
#include "object.h"

#include <elf.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifndef R_BPF_64_32
#define R_BPF_64_32 10 // of a call
#endif
#define LD_IMM64 (BPF_LD | BPF_IMM | EBPF_DW) // takes two instructions
#define JMP32 0x06                            // a class
#define MODE_MASK 0xe0
#define MEMSX 0x80

// The file, read with bounds checks.
struct elf {
	const uint8_t *data;
	size_t len;
	Elf64_Ehdr head;
	char *why;
	size_t why_len;
};

static int
refuse(struct elf *e, const char *what, const char *name)
{
	snprintf(e->why, e->why_len, "%s%s%s%s", what, name != NULL ? " \"" : "",
		name != NULL ? name : "", name != NULL ? "\"" : "");
	return -EINVAL;
}

static bool
take(const struct elf *e, uint64_t at, void *to, size_t size)
{
	if (at > e->len || size > e->len - at)
		return false;
	memcpy(to, e->data + at, size);
	return true;
}

static bool
section_head(const struct elf *e, uint32_t i, Elf64_Shdr *s)
{
	return i < e->head.e_shnum && e->head.e_shentsize >= sizeof(*s) &&
	       e->head.e_shoff <= e->len &&
	       take(e, e->head.e_shoff + (uint64_t)i * e->head.e_shentsize, s, sizeof(*s)) &&
	       (s->sh_type == SHT_NOBITS ||
		       (s->sh_offset <= e->len && s->sh_size <= e->len - s->sh_offset));
}

// Returns a text of string table i, or "?".
static const char *
text(const struct elf *e, uint32_t i, uint32_t at)
{
	Elf64_Shdr s;

	if (!section_head(e, i, &s) || s.sh_type != SHT_STRTAB || at >= s.sh_size ||
		memchr(e->data + s.sh_offset + at, 0, s.sh_size - at) == NULL)
		return "?";
	return (const char *)e->data + s.sh_offset + at;
}

static int
read_head(struct elf *e)
{
	static const uint8_t ident[] = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64,
		ELFDATA2LSB };
	Elf64_Shdr last;

	if (!take(e, 0, &e->head, sizeof(e->head)) ||
		memcmp(e->head.e_ident, ident, sizeof(ident)) != 0)
		return refuse(e, "is no ELF object file of 64 bits, little-endian", NULL);
	if (e->head.e_machine != EM_BPF)
		return refuse(e, "is not for BPF: compile it with clang -target bpf", NULL);
	if (e->head.e_type != ET_REL)
		return refuse(e, "is not relocatable: it has been linked", NULL);
	if (e->head.e_shnum > 1 &&
		(e->head.e_shoff > e->len ||
			!take(e, e->head.e_shoff + (e->head.e_shnum - 1ull) * e->head.e_shentsize,
				&last, sizeof(last))))
		return refuse(e, "is cut short: its table of sections is beyond its end", NULL);
	return 0;
}

// Finds the section of that name, and that of its relocations (0: none).
static int
find_section(struct elf *e, const char *name, uint32_t *code, uint32_t *relocations)
{
	Elf64_Shdr s;

	*code = *relocations = 0;
	for (uint32_t i = 1; i < e->head.e_shnum && section_head(e, i, &s); i++) {
		if (s.sh_type == SHT_PROGBITS && (s.sh_flags & SHF_EXECINSTR) &&
			strcmp(text(e, e->head.e_shstrndx, s.sh_name), name) == 0)
			*code = i;
	}
	for (uint32_t i = 1; i < e->head.e_shnum && section_head(e, i, &s); i++) {
		if ((s.sh_type == SHT_REL || s.sh_type == SHT_RELA) && s.sh_info == *code)
			*relocations = i;
	}
	return *code != 0 ? 0 : refuse(e, "has no section", name);
}

static int
resolve(struct elf *e, const Elf64_Shdr *rel, const Elf64_Rel *r, const char *const *functions,
	unsigned n_functions, struct object *o)
{
	uint64_t at = r->r_offset / sizeof(*o->ins);
	const char *name;
	Elf64_Shdr symbols;
	Elf64_Sym sym;
	char what[160];

	if (!section_head(e, rel->sh_link, &symbols) || symbols.sh_type != SHT_SYMTAB ||
		ELF64_R_SYM(r->r_info) >= symbols.sh_size / sizeof(sym) ||
		!take(e, symbols.sh_offset + ELF64_R_SYM(r->r_info) * sizeof(sym), &sym,
			sizeof(sym)) ||
		r->r_offset % sizeof(*o->ins) != 0 || at >= o->n)
		return refuse(e, "has a relocation that makes no sense", NULL);
	name = text(e, symbols.sh_link, sym.st_name);
	if (ELF64_R_TYPE(r->r_info) != R_BPF_64_32 || o->ins[at].code != (BPF_JMP | EBPF_CALL)) {
		snprintf(what, sizeof(what),
			"instruction %u: uses a global or static variable, a constant table or a "
			"map; there are none:",
			(unsigned)at);
		return refuse(e, what, name);
	}
	for (unsigned i = 0; sym.st_shndx == SHN_UNDEF && i < n_functions; i++) {
		if (strcmp(functions[i], name) == 0) {
			o->ins[at].src_reg = 0;
			o->ins[at].imm = (int32_t)i;
			return 0;
		}
	}
	snprintf(what, sizeof(what), "instruction %u: %s", (unsigned)at,
		sym.st_shndx == SHN_UNDEF
			? "calls a function that there is not:"
			: "calls a function of its own (make it static inline with "
			  "__attribute__((always_inline))):");
	return refuse(e, what, name);
}

static int
resolve_all(struct elf *e, uint32_t section, const char *const *functions, unsigned n_functions,
	struct object *o)
{
	Elf64_Shdr rel = { 0 };
	size_t size;

	if (section == 0)
		return 0;
	section_head(e, section, &rel);
	size = rel.sh_type == SHT_RELA ? sizeof(Elf64_Rela) : sizeof(Elf64_Rel);
	for (uint64_t at = 0; at + size <= rel.sh_size; at += size) {
		Elf64_Rel r; // the front of an Elf64_Rela
		int err;

		if (!take(e, rel.sh_offset + at, &r, sizeof(r)))
			return refuse(e, "has a relocation that makes no sense", NULL);
		err = resolve(e, &rel, &r, functions, n_functions, o);
		if (err < 0)
			return err;
	}
	return 0;
}

// Returns whether an instruction is one of -mcpu=v3 or v4 (32-bit jumps, signed loads, moves and divisions). DPDK's
// verifier mistakes some of them for others, or calls them invalid.
static bool
is_newer(const struct ebpf_insn *ins)
{
	switch (BPF_CLASS(ins->code)) {
	case JMP32:
		return true;
	case BPF_LDX:
		return (ins->code & MODE_MASK) == MEMSX;
	case BPF_ALU:
	case EBPF_ALU64:
		return ins->off != 0;
	default:
		return false;
	}
}

// Refuses calls that no relocation has resolved, and instructions of newer CPUs.
static int
check_instructions(struct elf *e, const struct object *o, unsigned n_functions)
{
	const char *wrong = NULL;
	char what[128];

	for (uint32_t i = 0; i < o->n && wrong == NULL; i++) {
		const struct ebpf_insn *ins = &o->ins[i];

		if (is_newer(ins))
			wrong = "is of a newer kind: compile it with -mcpu=v2";
		else if (ins->code == (BPF_JMP | EBPF_CALL) &&
			 (ins->src_reg != 0 || (uint32_t)ins->imm >= n_functions))
			wrong = "calls what is no function of ours";
		if (wrong != NULL)
			snprintf(what, sizeof(what), "instruction %u: %s", i, wrong);
		i += ins->code == LD_IMM64;
	}
	return wrong == NULL ? 0 : refuse(e, what, NULL);
}

int
object_read(const uint8_t *data, size_t len, const char *section, const char *const *functions,
	unsigned n_functions, struct object *o, char *why, size_t why_len)
{
	struct elf e = { .data = data, .len = len, .why = why, .why_len = why_len };
	uint32_t code, relocations;
	Elf64_Shdr s = { 0 };
	int err = read_head(&e);

	memset(o, 0, sizeof(*o));
	if (err == 0)
		err = find_section(&e, section, &code, &relocations);
	if (err < 0)
		return err;
	section_head(&e, code, &s);
	if (s.sh_size == 0 || s.sh_size % sizeof(*o->ins) != 0)
		return refuse(&e, "has a length of code that makes no sense in section", section);
	o->ins = malloc(s.sh_size);
	if (o->ins == NULL)
		return refuse(&e, "no memory", NULL);
	memcpy(o->ins, data + s.sh_offset, s.sh_size);
	o->n = (uint32_t)(s.sh_size / sizeof(*o->ins));
	err = resolve_all(&e, relocations, functions, n_functions, o);
	if (err == 0)
		err = check_instructions(&e, o, n_functions);
	if (err < 0) {
		free(o->ins);
		memset(o, 0, sizeof(*o));
	}
	return err;
}
