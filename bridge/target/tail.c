#include "target/tail.h"

#include "base/clock.h"
#include "base/text.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Fields before a line's text: "TIME - LEVEL - PID:THREAD - LOGGER - ", and in
 * 4.x two more of them. */
#define SEPARATORS_MIN 4
#define SEPARATORS_MAX 6

struct line {
    const char *at;
    size_t len;
};

/* "2026-11-23 02:52:46,510 - …": anything else goes on with the line before,
 * and may be whatever a service chose to print. */
static bool is_dated(const struct line *line)
{
    static const char form[] = "dddd-dd-dd dd:dd:dd,ddd - ";
    if (line->len < sizeof form - 1) {
        return false;
    }
    for (size_t i = 0; form[i] != '\0'; i++) {
        if (form[i] == 'd' ? !isdigit((unsigned char)line->at[i])
                           : line->at[i] != form[i]) {
            return false;
        }
    }
    return true;
}

/* What follows these words when the line's text, behind its fields, begins
 * with them; otherwise NULL. The fields are counted, and the last of them is
 * the logger, so that what a service says is not taken for the server's. */
static const char *text_after(const struct line *line, const char *words)
{
    static const char logger[] = "zato";
    size_t len = strlen(words);
    const char *field = line->at;
    const char *end = line->at + line->len;
    for (int i = 1; i <= SEPARATORS_MAX; i++) {
        const char *at = memmem(field, (size_t)(end - field), " - ", 3);
        if (at == NULL) {
            return NULL;
        }
        at += 3;
        if (i >= SEPARATORS_MIN && (size_t)(end - at) >= len &&
            memcmp(at, words, len) == 0 &&
            strncmp(field, logger, strlen(logger)) == 0) {
            return at + len;
        }
        field = at;
    }
    return NULL;
}

static bool says(const struct line *line, const char *words)
{
    return text_after(line, words) != NULL;
}

static void take_start(const struct line *line, const char *version,
                       struct hb_tail *tail)
{
    size_t len = (size_t)(line->at + line->len - version);
    *tail = (struct hb_tail){.version = "Zato "};
    size_t room = sizeof tail->version - strlen(tail->version) - 1;
    if (len > room || !hb_text_is_utf8(version, len)) {
        len = 0;
    }
    strncat(tail->version, version, len);
}

/* The line around a place in the text. */
static struct line line_at(const char *bytes, const char *end, const char *at)
{
    const char *before = memrchr(bytes, '\n', (size_t)(at - bytes));
    const char *after = memchr(at, '\n', (size_t)(end - at));
    struct line line = {.at = before == NULL ? bytes : before + 1};
    after = after == NULL ? end : after;
    line.len = (size_t)(after - line.at);
    if (line.len > 0 && line.at[line.len - 1] == '\r') {
        line.len--;
    }
    return line;
}

/* The next dated line that holds these words; its `at` is NULL at the end.
 * Words are looked for in all of the text at once: most lines hold none. */
static struct line find(const char *bytes, const char *from, const char *end,
                        const char *words)
{
    const char *at;
    while ((at = memmem(from, (size_t)(end - from), words, strlen(words))) !=
           NULL) {
        struct line line = line_at(bytes, end, at);
        if (is_dated(&line)) {
            return line;
        }
        from = line.at + line.len;
    }
    return (struct line){0};
}

/* Whether the last dated line says that the server ends. */
static bool ends_stopped(const char *bytes, const char *end)
{
    while (end > bytes) {
        end -= end[-1] == '\n';
        struct line line = line_at(bytes, end, end);
        if (is_dated(&line)) {
            return says(&line, "Shutting down: ") ||
                   says(&line, "Stopping server process (");
        }
        end = line.at;
    }
    return false;
}

void hb_tail_parse(const char *bytes, size_t len, struct hb_tail *tail)
{
    const char *end = bytes + len;
    const char *from = bytes;
    struct line line;
    *tail = (struct hb_tail){0};
    while ((line = find(bytes, from, end, "Starting Zato ")).at != NULL) {
        const char *version = text_after(&line, "Starting Zato ");
        from = line.at + line.len;
        if (version != NULL) {
            take_start(&line, version, tail);
            bytes = from; /* what came before is another run's */
        }
    }
    from = bytes;
    while (!tail->started &&
           (line = find(bytes, from, end, "Started `")).at != NULL) {
        tail->started = says(&line, "Started `");
        from = line.at + line.len;
    }
    from = bytes;
    while (!tail->blind &&
           (line = find(bytes, from, end, "could not be started")).at != NULL) {
        tail->blind = memmem(line.at, line.len, "File observer", 13) != NULL;
        from = line.at + line.len;
    }
    tail->stopped = ends_stopped(bytes, end);
}

static bool read_end(int fd, off_t size, char **bytes, size_t *len)
{
    off_t from = size > (off_t)HB_TAIL_BYTES ? size - (off_t)HB_TAIL_BYTES : 0;
    size_t want = (size_t)(size - from);
    *bytes = malloc(want + 1);
    *len = 0;
    while (*bytes != NULL && *len < want) {
        ssize_t got = pread(fd, *bytes + *len, want - *len, from + (off_t)*len);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            return got == 0; /* it may have been cut short meanwhile */
        }
        *len += (size_t)got;
    }
    return *bytes != NULL;
}

bool hb_tail_read(const char *log, struct hb_tail *tail, double *age,
                  struct hb_error *err)
{
    struct stat st;
    char *bytes = NULL;
    size_t len = 0;
    *tail = (struct hb_tail){0};
    int fd = open(log, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0) {
        return hb_error_errno(err, HB_EIO, errno, "cannot read the log %s",
                              log);
    }
    bool ok = fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
    if (!ok) {
        hb_error_set(err, HB_EIO, "the log %s is not a plain file", log);
    } else if (!(ok = read_end(fd, st.st_size, &bytes, &len))) {
        hb_error_errno(err, HB_EIO, errno, "cannot read the log %s", log);
    } else {
        hb_tail_parse(bytes, len, tail);
        *age = (double)hb_clock_wall() / 1000 -
               ((double)st.st_mtim.tv_sec + (double)st.st_mtim.tv_nsec / 1e9);
    }
    free(bytes);
    close(fd);
    return ok;
}
