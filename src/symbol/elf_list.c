// SPDX-License-Identifier: Apache-2.0
#include "symbol/elf_list.h"
#include "base/cleanup.h"
#include "symbol/elf_read.h"

#include <elf.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>

static bool is_function(const Elf64_Sym *symbol)
{
	unsigned type = ELF64_ST_TYPE(symbol->st_info);

	return (type == STT_FUNC || type == STT_GNU_IFUNC) && symbol->st_shndx != SHN_UNDEF;
}

static int list_table(const struct elf_image *image, const Elf64_Shdr *table,
		      int (*each)(const char *, void *), void *data)
{
	_cleanup_free_ char *symbols = NULL, *names = NULL;
	Elf64_Shdr strings;
	int r = elf_read_section(image, table->sh_link, &strings);

	if (r >= 0)
		r = elf_read_whole(image, &strings, ELF_LIST_MAX, &names);
	if (r >= 0)
		r = elf_read_whole(image, table, ELF_LIST_MAX, &symbols);
	for (uint64_t at = 0; r >= 0 && at + sizeof(Elf64_Sym) <= table->sh_size;
	     at += sizeof(Elf64_Sym)) {
		Elf64_Sym symbol;

		memcpy(&symbol, symbols + at, sizeof(symbol));
		if (is_function(&symbol) && symbol.st_name < strings.sh_size &&
		    elf_is_name(names + symbol.st_name))
			r = each(names + symbol.st_name, data);
	}
	return r < 0 ? r : 0;
}

int elf_list_functions(const struct elf_image *image, int (*each)(const char *name, void *data),
		       void *data)
{
	static const uint32_t types[] = {SHT_SYMTAB, SHT_DYNSYM};
	int r = -ENODATA;

	for (size_t i = 0; i < ARRAY_SIZE(types) && r == -ENODATA; i++) {
		Elf64_Shdr table;

		r = elf_find_table(image, types[i], &table);
		if (r >= 0)
			return list_table(image, &table, each, data);
	}
	return r;
}
