/* SPDX-License-Identifier: BSD-3-Clause */
// What is written about the keys, made from their rows: the JSON Schema and the reference tables.
#ifndef CONFIG_DOC_H
#define CONFIG_DOC_H

// Each returns a malloc'ed text, NULL: no memory.

// config/wanbond.schema.json (JSON Schema, draft 7: what editors understand).
char *config_doc_schema(void);
// The tables of docs/config.md.
char *config_doc_reference(void);
// A page with what stands between its two markers replaced by the tables; NULL also when there are
// no markers.
char *config_doc_page(const char *page);

#define CONFIG_DOC_BEGIN "<!-- reference: made by wanbond-config-doc -->\n"
#define CONFIG_DOC_END "<!-- end of reference -->\n"

#endif
