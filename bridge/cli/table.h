/*
 * Rows of words in columns that are as wide as they need to be; the last one
 * is cut where the terminal ends. Thread: any.
 */
#ifndef HB_CLI_TABLE_H
#define HB_CLI_TABLE_H

#include "base/buffer.h"
#include "cli/terminal.h"

#include <stddef.h>

#define HB_TABLE_COLUMNS 8

struct hb_table {
    size_t columns;
    size_t count; /* cells */
    char **cells;
    enum hb_colour *colours; /* the same */
};

/* One cell; rows fill up from left to right. NULL is "". */
void hb_table_add(struct hb_table *table, enum hb_colour colour,
                  const char *text);

/* Every row with its line's end. `width` 0: nothing is cut. */
char *hb_table_text(const struct hb_table *table, size_t width, bool colour);

void hb_table_release(struct hb_table *table);

#endif
