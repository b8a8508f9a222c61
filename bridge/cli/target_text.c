#include "cli/target_text.h"

#include "base/paths.h"
#include "cli/table.h"

#include <stdlib.h>

static void add_server(struct hb_table *table, const struct hb_server *server)
{
    char *path = hb_path_shorten(server->path);
    char *first = hb_format("  %s", server->name);
    char *version = server->version != NULL ? hb_strdup(server->version)
                    : server->found         ? hb_strdup("version unknown")
                                            : hb_strdup("not found");
    static const char *const words[HB_RUNNING_COUNT] = {
        [HB_RUNNING_UNKNOWN] = "may run",
        [HB_RUNNING_YES] = "runs",
        [HB_RUNNING_STARTING] = "starting",
        [HB_RUNNING_NO] = "stopped",
    };
    static const enum hb_colour colours[HB_RUNNING_COUNT] = {
        [HB_RUNNING_UNKNOWN] = HB_YELLOW,
        [HB_RUNNING_YES] = HB_GREEN,
        [HB_RUNNING_STARTING] = HB_YELLOW,
        [HB_RUNNING_NO] = HB_RED,
    };
    char *running = server->pid > 0 && server->running == HB_RUNNING_YES
                        ? hb_format("runs, pid %d", (int)server->pid)
                        : hb_strdup(words[server->running]);
    hb_table_add(table, HB_PLAIN, first);
    hb_table_add(table, server->version == NULL ? HB_YELLOW : HB_PLAIN,
                 version);
    hb_table_add(table, colours[server->running], running);
    hb_table_add(table, HB_DIM, path);
    free(running);
    free(version);
    free(first);
    free(path);
}

static void add_problems(struct hb_buffer *out,
                         const struct hb_strings *problems, bool colour)
{
    for (size_t i = 0; i < problems->count; i++) {
        hb_buffer_print(out, "    %sproblem%s  ",
                        hb_terminal_begin(colour, HB_YELLOW),
                        hb_terminal_end(colour));
        hb_terminal_add_lines(out, problems->items[i], 13);
        hb_buffer_print(out, "\n");
    }
}

char *hb_target_text(const struct hb_target *target, bool is_default,
                     size_t width, bool colour)
{
    struct hb_buffer out = {0};
    struct hb_table table = {.columns = 4};
    hb_buffer_print(&out, "%s%s%s%s", hb_terminal_begin(colour, HB_BOLD),
                    target->name, hb_terminal_end(colour),
                    is_default ? " (default)" : "");
    if (target->guard != HB_GUARD_NONE) {
        hb_buffer_print(&out, ", guard %s", hb_guard_word(target->guard));
    }
    hb_buffer_print(&out, "\n");
    for (size_t i = 0; i < target->server_count; i++) {
        add_server(&table, &target->servers[i]);
    }
    char *rows = hb_table_text(&table, width, colour);
    hb_buffer_print(&out, "%s", rows);
    free(rows);
    hb_table_release(&table);
    for (size_t i = 0; i < target->server_count; i++) {
        add_problems(&out, &target->servers[i].problems, colour);
    }
    add_problems(&out, &target->problems, colour);
    return hb_buffer_take(&out);
}

size_t hb_target_problems(const struct hb_target *target)
{
    size_t count = target->problems.count;
    for (size_t i = 0; i < target->server_count; i++) {
        count += target->servers[i].problems.count;
    }
    return count;
}
