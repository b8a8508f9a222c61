#include "cli/picture.h"

#include "base/buffer.h"
#include "cli/terminal.h"
#include "delivery/delivery.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Columns of a line: its first word, its second, its time. */
#define FIRST_COLUMNS 9
#define WORD_COLUMNS 14
#define TIME_COLUMNS 9
/* Digits of a commit that people read. */
#define COMMIT_DIGITS 7
/* Names longer than this do not widen the first column. */
#define NAME_COLUMNS 32
#define DETAIL_INDENT 4
/* More servers than this are counted, not named. */
#define RECEIVERS_MAX 2

void hb_picture_time(double seconds, char *out, size_t size)
{
    if (seconds < 0.9995) {
        snprintf(out, size, "%.0f ms", seconds * 1000);
    } else if (seconds < 59.995) {
        snprintf(out, size, "%.2f s", seconds);
    } else {
        snprintf(out, size, "%.0f s", seconds);
    }
}

/* Columns of the first words: the longest server's name decides. */
static size_t first_columns(const struct hb_deploy *deploy)
{
    size_t columns = FIRST_COLUMNS;
    for (size_t i = 0; i < deploy->server_count; i++) {
        size_t name = hb_terminal_columns(deploy->servers[i].name);
        if (name > columns && name <= NAME_COLUMNS) {
            columns = name;
        }
    }
    return columns;
}

static void add_first(struct hb_buffer *out, const char *word, size_t columns)
{
    hb_buffer_print(out, "  ");
    hb_terminal_add(out, word);
    hb_terminal_pad(out, word, columns);
    hb_buffer_print(out, "  ");
}

/* "server1            3 ms"; just the word where there is no time. */
static void add_timed(const struct hb_picture *picture, struct hb_buffer *out,
                      const char *word, enum hb_colour colour, double seconds)
{
    hb_buffer_print(out, "%s", hb_terminal_begin(picture->colour, colour));
    hb_terminal_add(out, word);
    hb_buffer_print(out, "%s",
                    colour == HB_PLAIN ? "" : hb_terminal_end(picture->colour));
    if (seconds >= 0) {
        char time[32];
        hb_picture_time(seconds, time, sizeof time);
        hb_terminal_pad(out, word, WORD_COLUMNS);
        hb_buffer_print(out, "%*s", TIME_COLUMNS, time);
    }
}

static void add_commit_line(const struct hb_picture *picture,
                            struct hb_buffer *out, const char *word,
                            const char *commit, size_t columns)
{
    add_first(out, word, columns);
    hb_buffer_print(out, "%s%.*s%s\n",
                    hb_terminal_begin(picture->colour, HB_DIM), COMMIT_DIGITS,
                    commit, hb_terminal_end(picture->colour));
}

static const char *server_word(enum hb_server_state state)
{
    return state == HB_SERVER_CONFIRMED ? "deployed"
                                        : hb_server_state_word(state);
}

static enum hb_colour server_colour(enum hb_server_state state)
{
    switch (state) {
    case HB_SERVER_CONFIRMED: return HB_GREEN;
    case HB_SERVER_FAILED: return HB_RED;
    default: return HB_YELLOW;
    }
}

enum hb_colour hb_picture_colour(enum hb_outcome outcome)
{
    switch (outcome) {
    case HB_OUTCOME_NONE: return HB_DIM;
    case HB_OUTCOME_DEPLOYED: return HB_GREEN;
    case HB_OUTCOME_UNCONFIRMED:
    case HB_OUTCOME_CANCELLED:
    case HB_OUTCOME_SUPERSEDED: return HB_YELLOW;
    default: return HB_RED;
    }
}

/* The path as seen from the picture's folder. */
static const char *short_path(const struct hb_picture *picture,
                              const char *path)
{
    size_t len = picture->folder == NULL ? 0 : strlen(picture->folder);
    if (len > 1 && strncmp(path, picture->folder, len) == 0 &&
        path[len] == '/') {
        return path + len + 1;
    }
    return path;
}

static void add_diagnostic(const struct hb_picture *picture,
                           struct hb_buffer *out,
                           const struct hb_diagnostic *diagnostic)
{
    hb_buffer_print(out, "%*s%s", DETAIL_INDENT, "",
                    hb_terminal_begin(picture->colour, HB_BOLD));
    hb_terminal_add(out, short_path(picture, diagnostic->path));
    if (diagnostic->line > 0) {
        hb_buffer_print(out, ":%d", diagnostic->line);
        if (diagnostic->column > 0) {
            hb_buffer_print(out, ":%d", diagnostic->column);
        }
    }
    hb_buffer_print(out, "%s: %s", hb_terminal_end(picture->colour),
                    diagnostic->severity == HB_SEVERITY_WARNING ? "warning: "
                                                                : "");
    hb_terminal_add_lines(out, diagnostic->message, 2 * DETAIL_INDENT);
    hb_buffer_print(out, "\n");
}

static bool said_by(const struct hb_diagnostic *diagnostic, const char *server)
{
    if (diagnostic->server == NULL || server == NULL) {
        return diagnostic->server == server;
    }
    return strcmp(diagnostic->server, server) == 0;
}

/* Those that a server said; NULL: those from before delivery. */
static size_t add_diagnostics(const struct hb_picture *picture,
                              struct hb_buffer *out,
                              const struct hb_deploy *deploy,
                              const char *server)
{
    size_t count = 0;
    for (size_t i = 0; i < deploy->diagnostic_count; i++) {
        if (said_by(&deploy->diagnostics[i], server)) {
            add_diagnostic(picture, out, &deploy->diagnostics[i]);
            count++;
        }
    }
    return count;
}

static bool has_diagnostic(const struct hb_deploy *deploy, const char *server)
{
    for (size_t i = 0; i < deploy->diagnostic_count; i++) {
        if (said_by(&deploy->diagnostics[i], server)) {
            return true;
        }
    }
    return false;
}

static void add_services(struct hb_buffer *out, const struct hb_strings *names)
{
    for (size_t i = 0; i < names->count; i++) {
        hb_buffer_print(out, "%s", i == 0 ? "   " : ", ");
        hb_terminal_add(out, names->items[i]);
    }
}

static void add_server(const struct hb_picture *picture, struct hb_buffer *out,
                       const struct hb_deploy *deploy,
                       const struct hb_deploy_server *server)
{
    bool told = has_diagnostic(deploy, server->name);
    add_first(out, server->name, first_columns(deploy));
    add_timed(picture, out, server_word(server->state),
              server_colour(server->state), server->seconds);
    add_services(out, &server->services);
    if (server->message != NULL && !told && server->services.count == 0) {
        hb_buffer_print(out, "   ");
        hb_terminal_add_lines(out, server->message, DETAIL_INDENT);
    }
    hb_buffer_print(out, "\n");
    if (told) {
        add_diagnostics(picture, out, deploy, server->name);
    }
}

/* Whether its line has been written by then. */
static bool was_told(const struct hb_deploy *deploy, const char *name)
{
    for (size_t i = 0; deploy != NULL && i < deploy->server_count; i++) {
        const struct hb_deploy_server *server = &deploy->servers[i];
        if (strcmp(server->name, name) == 0) {
            return server->state != HB_SERVER_WAITING ||
                   deploy->state == HB_STATE_DONE;
        }
    }
    return false;
}

/* Where the outcome is, in place of the lines of delivery and servers. */
static void add_undelivered(const struct hb_picture *picture,
                            struct hb_buffer *out,
                            const struct hb_deploy *deploy)
{
    add_first(out, hb_outcome_word(deploy->outcome), first_columns(deploy));
    hb_buffer_print(out, "nothing was delivered");
    if (deploy->found[0] != '\0') {
        hb_buffer_print(out, "; the target holds %.*s", COMMIT_DIGITS,
                        deploy->found);
    }
    hb_buffer_print(out, "\n");
    add_diagnostics(picture, out, deploy, NULL);
}

static bool is_undelivered(const struct hb_deploy *deploy)
{
    return deploy->state == HB_STATE_DONE &&
           deploy->outcome != HB_OUTCOME_NONE &&
           !hb_outcome_was_delivered(deploy->outcome);
}

/* "server1", "server1, server2" or "3 servers"; the target's name where who
 * got the file is not known. Freed by the caller. */
static char *receivers(const struct hb_deploy *deploy)
{
    struct hb_buffer names = {0};
    size_t count = 0;
    for (size_t i = 0; i < deploy->server_count; i++) {
        if (deploy->servers[i].delivered) {
            hb_buffer_print(&names, "%s%s", count == 0 ? "" : ", ",
                            deploy->servers[i].name);
            count++;
        }
    }
    if (count == 0 || count > RECEIVERS_MAX) {
        hb_buffer_release(&names);
        return count == 0 ? hb_strdup(deploy->target)
                          : hb_format("%zu servers", count);
    }
    return hb_buffer_take(&names);
}

static void add_delivered(const struct hb_picture *picture,
                          struct hb_buffer *out, const struct hb_deploy *deploy)
{
    char *names = receivers(deploy);
    add_first(out, "delivered", first_columns(deploy));
    add_timed(picture, out, names, HB_PLAIN, deploy->delivered);
    hb_buffer_print(out, "\n");
    free(names);
}

static void add_warnings(const struct hb_picture *picture,
                         struct hb_buffer *out, const struct hb_deploy *before,
                         const struct hb_deploy *after)
{
    size_t known = before == NULL ? 0 : before->warning_count;
    for (size_t i = known; i < after->warning_count; i++) {
        hb_buffer_print(out, "%s",
                        hb_terminal_begin(picture->colour, HB_YELLOW));
        add_first(out, "warning", first_columns(after));
        hb_buffer_print(out, "%s", hb_terminal_end(picture->colour));
        hb_terminal_add_lines(out, after->warnings[i].message,
                              2 * DETAIL_INDENT);
        hb_buffer_print(out, "\n");
    }
}

static void add_end(const struct hb_picture *picture, struct hb_buffer *out,
                    const struct hb_deploy *deploy)
{
    const char *word = hb_outcome_word(deploy->outcome);
    const char *message = deploy->message == NULL ? "" : deploy->message;
    hb_buffer_print(
        out, "%s",
        hb_terminal_begin(picture->colour, hb_picture_colour(deploy->outcome)));
    /* The word is there whatever the sentence says. */
    if (strncmp(message, word, strlen(word)) != 0 || word[0] == '\0') {
        hb_buffer_print(out, "%s%s", word[0] != '\0' ? word : "done",
                        message[0] != '\0' ? ": " : "");
    }
    hb_terminal_add_lines(out, message, DETAIL_INDENT);
    hb_buffer_print(out, "%s\n", hb_terminal_end(picture->colour));
    if (deploy->late && deploy->outcome != HB_OUTCOME_DEPLOYED) {
        add_first(out, "by now", first_columns(deploy));
        hb_buffer_print(out, "live on %zu of %zu servers\n",
                        hb_deploy_count(deploy, HB_SERVER_CONFIRMED),
                        deploy->server_count);
    }
    if (deploy->commit[0] != '\0') {
        add_commit_line(picture, out, "commit", deploy->commit,
                        first_columns(deploy));
    }
}

static void add_head(const struct hb_picture *picture, struct hb_buffer *out,
                     const struct hb_deploy *deploy)
{
    hb_buffer_print(out, "%s", hb_terminal_begin(picture->colour, HB_BOLD));
    hb_terminal_add(out, deploy->module);
    hb_buffer_print(out, "%s → ", hb_terminal_end(picture->colour));
    hb_terminal_add(out, deploy->target);
    hb_buffer_print(out, "\n");
}

char *hb_picture_lines(const struct hb_picture *picture,
                       const struct hb_deploy *before,
                       const struct hb_deploy *after)
{
    struct hb_buffer out = {0};
    bool was_done = before != NULL && before->state == HB_STATE_DONE;
    bool is_done = after->state == HB_STATE_DONE && !was_done;
    if (before == NULL) {
        add_head(picture, &out, after);
    }
    if (after->attempt[0] != '\0' &&
        (before == NULL || before->attempt[0] == '\0')) {
        add_commit_line(picture, &out, "recorded", after->attempt,
                        first_columns(after));
    }
    add_warnings(picture, &out, before, after);
    if (is_undelivered(after)) {
        if (is_done) {
            add_undelivered(picture, &out, after);
        }
    } else {
        if (after->delivered >= 0 &&
            (before == NULL || before->delivered < 0)) {
            add_delivered(picture, &out, after);
        }
        for (size_t i = 0; i < after->server_count; i++) {
            const struct hb_deploy_server *server = &after->servers[i];
            bool told = server->state != HB_SERVER_WAITING || is_done;
            if (told && !was_done && !was_told(before, server->name)) {
                add_server(picture, &out, after, server);
            }
        }
        if (is_done) {
            add_diagnostics(picture, &out, after, NULL);
        }
    }
    if (is_done) {
        add_end(picture, &out, after);
    }
    return out.data == NULL ? hb_strdup("") : hb_buffer_take(&out);
}

/* "server1, server2" of those that have not answered. */
static void add_waiting(struct hb_buffer *out, const struct hb_deploy *deploy)
{
    const char *between = "";
    for (size_t i = 0; i < deploy->server_count; i++) {
        if (deploy->servers[i].state == HB_SERVER_WAITING) {
            hb_buffer_print(out, "%s%s", between, deploy->servers[i].name);
            between = ", ";
        }
    }
}

char *hb_picture_live(const struct hb_picture *picture,
                      const struct hb_deploy *deploy, double seconds,
                      size_t columns)
{
    struct hb_buffer words = {0};
    struct hb_buffer out = {0};
    if (deploy == NULL) {
        hb_buffer_print(&words, "  waits for the bridge");
    } else if (deploy->state == HB_STATE_DELIVERED) {
        hb_buffer_print(&words, "  waits for ");
        add_waiting(&words, deploy);
    } else if (deploy->state == HB_STATE_QUEUED) {
        hb_buffer_print(&words, "  waits for its turn");
    } else {
        hb_buffer_print(&words, "  is prepared");
    }
    hb_buffer_print(&words, "  %.1f s", seconds);
    hb_buffer_print(&out, "%s", hb_terminal_begin(picture->colour, HB_DIM));
    hb_terminal_add_cut(&out, hb_buffer_text(&words), columns);
    hb_buffer_print(&out, "%s", hb_terminal_end(picture->colour));
    hb_buffer_release(&words);
    return hb_buffer_take(&out);
}

char *hb_picture_sum(const struct hb_picture *picture,
                     const size_t counts[HB_OUTCOME_COUNT], size_t others)
{
    struct hb_buffer out = {0};
    const char *between = "";
    size_t total = others;
    for (int i = HB_OUTCOME_NONE + 1; i < HB_OUTCOME_COUNT; i++) {
        total += counts[i];
    }
    hb_buffer_print(&out, "%zu file%s: ", total, total == 1 ? "" : "s");
    for (int i = HB_OUTCOME_NONE + 1; i < HB_OUTCOME_COUNT; i++) {
        if (counts[i] > 0) {
            hb_buffer_print(
                &out, "%s%s%zu %s%s", between,
                hb_terminal_begin(picture->colour,
                                  hb_picture_colour((enum hb_outcome)i)),
                counts[i], hb_outcome_word((enum hb_outcome)i),
                hb_terminal_end(picture->colour));
            between = ", ";
        }
    }
    if (others > 0) {
        hb_buffer_print(&out, "%s%zu not sent", between, others);
    }
    hb_buffer_print(&out, "\n");
    return hb_buffer_take(&out);
}
