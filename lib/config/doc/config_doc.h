/* SPDX-License-Identifier: BSD-3-Clause */
// Makes the JSON Schema and the reference tables from the rows of the keys.
#ifndef CONFIG_DOC_H
#define CONFIG_DOC_H

// Each function returns a malloc'ed text. NULL: no memory.

// config/wanbond.schema.json (JSON Schema, draft 7: what editors understand).
char *config_doc_schema(void);
// The tables of docs/config.md.
char *config_doc_reference(void);
// Replaces what is between a page's two markers by the tables. NULL also if there are no markers.
char *config_doc_page(const char *page);

#define CONFIG_DOC_BEGIN "<!-- reference: made by wanbond-config-doc -->\n"
#define CONFIG_DOC_END "<!-- end of reference -->\n"

#endif
