#include "cli/table.h"

#include "base/alloc.h"

#include <assert.h>
#include <stdlib.h>

/* Between two columns. */
#define GAP 2
/* The last column is never cut to fewer. */
#define LAST_MIN 16

void hb_table_add(struct hb_table *table, enum hb_colour colour,
                  const char *text)
{
    assert(table->columns > 0 && table->columns <= HB_TABLE_COLUMNS);
    struct hb_buffer clean = {0};
    hb_terminal_add(&clean, text);
    size_t used = table->count;
    table->cells =
        hb_realloc_array(table->cells, used + 1, sizeof *table->cells);
    table->colours =
        hb_realloc_array(table->colours, used + 1, sizeof *table->colours);
    table->cells[used] = hb_strdup(hb_buffer_text(&clean));
    table->colours[used] = colour;
    table->count++;
    hb_buffer_release(&clean);
}

/* The widths of the columns, and what the last one may take. */
static size_t measure(const struct hb_table *table, size_t width,
                      size_t widths[HB_TABLE_COLUMNS])
{
    size_t before = 0;
    for (size_t i = 0; i < table->count; i++) {
        size_t columns = hb_terminal_columns(table->cells[i]);
        size_t *widest = &widths[i % table->columns];
        *widest = columns > *widest ? columns : *widest;
    }
    for (size_t i = 0; i + 1 < table->columns; i++) {
        before += widths[i] + (widths[i] > 0 ? GAP : 0);
    }
    if (width == 0) {
        return (size_t)-1;
    }
    return before + LAST_MIN < width ? width - before : LAST_MIN;
}

char *hb_table_text(const struct hb_table *table, size_t width, bool colour)
{
    size_t widths[HB_TABLE_COLUMNS] = {0};
    struct hb_buffer out = {0};
    size_t last = measure(table, width, widths);
    for (size_t i = 0; i < table->count; i++) {
        size_t column = i % table->columns;
        bool is_last = column + 1 == table->columns;
        const char *cell = table->cells[i];
        bool drawn = colour && table->colours[i] != HB_PLAIN;
        hb_buffer_print(&out, "%s",
                        hb_terminal_begin(drawn, table->colours[i]));
        hb_terminal_add_cut(&out, cell, is_last ? last : (size_t)-1);
        hb_buffer_print(&out, "%s", hb_terminal_end(drawn));
        if (is_last) {
            hb_buffer_print(&out, "\n");
        } else if (widths[column] > 0) {
            hb_terminal_pad(&out, cell, widths[column] + GAP);
        }
    }
    return out.data == NULL ? hb_strdup("") : hb_buffer_take(&out);
}

void hb_table_release(struct hb_table *table)
{
    for (size_t i = 0; i < table->count; i++) {
        free(table->cells[i]);
    }
    free(table->cells);
    free(table->colours);
    *table = (struct hb_table){0};
}
