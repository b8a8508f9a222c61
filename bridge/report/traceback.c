#include "report/traceback.h"

#include "base/alloc.h"
#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Longest message kept, in bytes. */
#define MESSAGE_MAX 4000
/* No module has more lines. */
#define LINE_MAX_NUMBER 10000000

#define GROUP "Exception Group Traceback "

struct line {
    const char *text;
    size_t len;
};

static bool next_line(const char **text, const char *end, struct line *line)
{
    if (*text >= end) {
        return false;
    }
    const char *newline = memchr(*text, '\n', (size_t)(end - *text));
    line->text = *text;
    line->len = (size_t)((newline == NULL ? end : newline) - *text);
    *text = newline == NULL ? end : newline + 1;
    return true;
}

static bool begins(const struct line *line, const char *with)
{
    size_t len = strlen(with);
    return line->len >= len && memcmp(line->text, with, len) == 0;
}

/* A group of exceptions is drawn with bars on the left: "  | ", and "  + "
 * where it begins. They are taken off. */
static bool take_off_bar(struct line *line)
{
    size_t at = 0;
    while (at < line->len && line->text[at] == ' ') {
        at++;
    }
    if (at < 2 || line->len - at < 2 || line->text[at + 1] != ' ' ||
        (line->text[at] != '|' && line->text[at] != '+')) {
        return false;
    }
    line->text += at + 2;
    line->len -= at + 2;
    return true;
}

static size_t indent_of(const struct line *line)
{
    size_t count = 0;
    while (count < line->len && line->text[count] == ' ') {
        count++;
    }
    return count;
}

/* Is the file of a frame the user's module? The path that the log names, or
 * where none is given a file of that name in a folder of modules. */
static bool is_module(const char *file, size_t len, const char *module,
                      const char *path)
{
    if (path != NULL && strchr(path, '/') != NULL) {
        return strlen(path) == len && memcmp(file, path, len) == 0;
    }
    size_t name = strlen(module);
    return len >= name && memcmp(file + len - name, module, name) == 0 &&
           (len == name || file[len - name - 1] == '/');
}

/* `  File "PATH", line N[, in NAME]`: 0 when it is none. */
static int frame_line(const struct line *line, const char *module,
                      const char *path, bool *ours)
{
    static const char head[] = "File \"";
    size_t indent = indent_of(line);
    const char *at = line->text + indent;
    const char *end = line->text + line->len;
    if (indent < 2 || (size_t)(end - at) < sizeof head ||
        memcmp(at, head, sizeof head - 1) != 0) {
        return 0;
    }
    const char *file = at + sizeof head - 1;
    const char *quote = memmem(file, (size_t)(end - file), "\", line ", 8);
    if (quote == NULL) {
        return 0;
    }
    int number = 0;
    for (at = quote + 8; at < end && *at >= '0' && *at <= '9'; at++) {
        if (number > LINE_MAX_NUMBER) {
            return 0;
        }
        number = number * 10 + (*at - '0');
    }
    *ours = is_module(file, (size_t)(quote - file), module, path);
    return number;
}

/* The column that a line of carets points to, below the source line that the
 * traceback shows; 0 when it is none. */
static int caret_column(const struct line *source, const struct line *carets)
{
    size_t first = indent_of(carets);
    size_t indent = indent_of(source);
    if (first >= carets->len || first < indent) {
        return 0;
    }
    for (size_t i = first; i < carets->len; i++) {
        char c = carets->text[i];
        if (c != '^' && c != '~' && c != ' ') {
            return 0;
        }
    }
    /* The traceback strips the line's own indentation: the column counts
     * from where the text begins, which is all that can be known. */
    const char *mark = memchr(carets->text, '^', carets->len);
    size_t at = mark == NULL ? first : (size_t)(mark - carets->text);
    return mark == NULL ? 0 : (int)(at - indent) + 1;
}

/* The first line behind the frames that is not indented: the exception. */
static bool is_exception(const struct line *line)
{
    return line->len > 0 && line->text[0] != ' ' && line->text[0] != '\t' &&
           !begins(line, "Traceback ") && !begins(line, GROUP) &&
           !begins(line, "During handling of") &&
           !begins(line, "The above exception");
}

static void take_message(struct hb_traceback *out, const char *begin,
                         const char *end)
{
    while (end > begin && (end[-1] == '\n' || end[-1] == ' ')) {
        end--;
    }
    size_t len = (size_t)(end - begin);
    if (len > MESSAGE_MAX) {
        len = MESSAGE_MAX;
        while (len > 0 && ((unsigned char)begin[len] & 0xC0) == 0x80) {
            len--;
        }
    }
    free(out->message);
    out->message = hb_strndup(begin, len);
}

bool hb_traceback_read(const char *text, size_t len, const char *module,
                       const char *path, struct hb_traceback *out)
{
    const char *at = text;
    const char *end = text + len;
    const char *message = NULL;
    struct line line;
    struct line before = {0};
    int depth = 0; /* lines since a frame of ours */
    bool in_ours = false;
    bool group = false;
    *out = (struct hb_traceback){0};
    while (next_line(&at, end, &line)) {
        bool ours = false;
        bool barred = (group || message == NULL) && take_off_bar(&line);
        group = group || (barred && begins(&line, GROUP));
        int number =
            message == NULL ? frame_line(&line, module, path, &ours) : 0;
        if (begins(&line, "Traceback ")) {
            message = NULL; /* a chained one: the last speaks */
        } else if (number > 0) {
            in_ours = ours;
            depth = 0;
            if (ours) {
                out->line = number;
                out->column = 0;
            }
        } else if (in_ours && indent_of(&line) > 2 && ++depth == 2) {
            out->column = caret_column(&before, &line);
        } else if (message == NULL && is_exception(&line)) {
            message = line.text;
            in_ours = false;
            if (group) {
                end = line.text + line.len; /* its members come below */
            }
        }
        before = line;
    }
    if (message == NULL) {
        return false;
    }
    take_message(out, message, end);
    return true;
}

void hb_traceback_release(struct hb_traceback *traceback)
{
    free(traceback->message);
    *traceback = (struct hb_traceback){0};
}
