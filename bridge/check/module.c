#include "check/module.h"

#include "base/text.h"
#include "check/names.h"

#include <locale.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <wctype.h>

/* Longest name, in bytes with ".py". A file's name may have 255; the server
 * puts ".cpython-310" and more behind it for its bytecode. */
#define NAME_BYTES_MAX 200

/* Lines from the top in which PEP 263 looks for a coding cookie. */
#define COOKIE_LINES 2

/* Longest name of a coding that is shown. */
#define CODING_MAX 60

/* A line of source without its end, which is "\n", "\r\n" or "\r". */
struct line {
    const char *at;
    size_t len;
};

/* Reads the code point at *at (valid UTF-8) and moves behind it. */
static uint32_t next_point(const char **at)
{
    const unsigned char *byte = (const unsigned char *)*at;
    unsigned more = byte[0] < 0x80   ? 0
                    : byte[0] < 0xE0 ? 1
                    : byte[0] < 0xF0 ? 2
                                     : 3;
    uint32_t point = more == 0 ? byte[0] : byte[0] & (0x3Fu >> more);
    for (unsigned i = 1; i <= more; i++) {
        point = point << 6 | (byte[i] & 0x3Fu);
    }
    *at += more + 1;
    return point;
}

/* Beyond ASCII the C library's idea of letters and digits stands in for
 * Unicode's XID_Start and XID_Continue. Where it has no table, anything
 * passes here, and Python judges when it compiles. */
static bool may_stand(uint32_t point, bool first, locale_t unicode)
{
    if (point < 0x80) {
        bool letter = (point >= 'a' && point <= 'z') ||
                      (point >= 'A' && point <= 'Z') || point == '_';
        return letter || (!first && point >= '0' && point <= '9');
    }
    if (unicode == (locale_t)0) {
        return true;
    }
    return first ? iswalpha_l((wint_t)point, unicode) != 0
                 : iswalnum_l((wint_t)point, unicode) != 0;
}

static bool is_ascii(const char *text, size_t len)
{
    while (len > 0 && (unsigned char)text[len - 1] < 0x80) {
        len--;
    }
    return len == 0;
}

static bool is_identifier(const char *name, size_t len)
{
    /* A table of its own is read for that: not for each deploy. */
    locale_t unicode = is_ascii(name, len)
                           ? (locale_t)0
                           : newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
    const char *at = name;
    bool ok = len > 0;
    while (ok && at < name + len) {
        bool first = at == name;
        ok = may_stand(next_point(&at), first, unicode);
    }
    if (unicode != (locale_t)0) {
        freelocale(unicode);
    }
    return ok;
}

/* The name's length without ".py", or 0. */
static size_t stem(const char *module)
{
    size_t len = strlen(module);
    return len > 3 && strcmp(module + len - 3, ".py") == 0 ? len - 3 : 0;
}

bool hb_module_check_name(const char *module, struct hb_error *err)
{
    size_t len = strlen(module);
    if (len == 0) {
        return hb_error_set(err, HB_EMODULE, "the module has no name");
    }
    if (!hb_text_is_utf8(module, len)) {
        return hb_error_set(err, HB_EMODULE,
                            "the module's name is not valid UTF-8: rename the "
                            "file");
    }
    if (len > NAME_BYTES_MAX) {
        return hb_error_set(err, HB_EMODULE,
                            "the module's name has %zu bytes: at most %d are "
                            "possible, so rename the file",
                            len, NAME_BYTES_MAX);
    }
    if (strpbrk(module, "/\\") != NULL) {
        return hb_error_set(err, HB_EMODULE,
                            "`%s` is a path: name the module alone, such as "
                            "crm.py",
                            module);
    }
    size_t name = stem(module);
    if (name == 0) {
        return hb_error_set(err, HB_EMODULE,
                            "`%s` is not a Python module: its name must end in "
                            ".py",
                            module);
    }
    if (!is_identifier(module, name)) {
        return hb_error_set(err, HB_EMODULE,
                            "`%s` cannot be imported: rename it to letters, "
                            "digits and underscores, not beginning with a "
                            "digit",
                            module);
    }
    if (hb_name_is_keyword(module, name)) {
        return hb_error_set(err, HB_EMODULE,
                            "`%s` cannot be imported: `%.*s` is a word of the "
                            "Python language, so rename the file",
                            module, (int)name, module);
    }
    return true;
}

void hb_module_warn_name(struct hb_deploy *deploy, const char *module)
{
    size_t name = stem(module);
    if (name == 0) {
        return;
    }
    if (hb_name_is_zato(module, name)) {
        hb_deploy_add_warning(deploy, "shadows-zato",
                              "%s has the name of Zato's own package and may "
                              "hide it: rename the file",
                              module);
    } else if (hb_name_is_stdlib(module, name)) {
        hb_deploy_add_warning(deploy, "shadows-stdlib",
                              "%s has the name of a module of Python's "
                              "standard library and may hide it: rename the "
                              "file",
                              module);
    }
}

/* Takes the next line off *rest; false at the end. */
static bool next_line(const char **rest, const char *end, struct line *line)
{
    const char *at = *rest;
    if (at == end) {
        return false;
    }
    while (at < end && *at != '\n' && *at != '\r') {
        at++;
    }
    *line = (struct line){*rest, (size_t)(at - *rest)};
    if (at < end) {
        at += *at == '\r' && at + 1 < end && at[1] == '\n' ? 2 : 1;
    }
    *rest = at;
    return true;
}

/* The bytes behind a byte order mark, if there is one. */
static const char *behind_mark(const char *bytes, size_t len)
{
    return len >= 3 && memcmp(bytes, "\xEF\xBB\xBF", 3) == 0 ? bytes + 3
                                                             : bytes;
}

static size_t skip_blanks(const struct line *line, size_t at, const char *set)
{
    while (at < line->len && line->at[at] != '\0' &&
           strchr(set, line->at[at]) != NULL) {
        at++;
    }
    return at;
}

static bool is_coding_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
}

/* PEP 263: ^[ \t\f]*#.*?coding[:=][ \t]*([-_.a-zA-Z0-9]+)
 * Sets *coding to the name's place. *blank: the line has no code on it, so
 * that the next may hold the cookie too. */
static bool find_cookie(const struct line *line, struct line *coding,
                        bool *blank)
{
    size_t start = skip_blanks(line, 0, " \t\f");
    *blank = start == line->len || line->at[start] == '#';
    if (start == line->len || line->at[start] != '#') {
        return false;
    }
    for (size_t i = start + 1; i + 7 <= line->len; i++) {
        if (memcmp(line->at + i, "coding", 6) != 0 ||
            (line->at[i + 6] != ':' && line->at[i + 6] != '=')) {
            continue;
        }
        size_t name = skip_blanks(line, i + 7, " \t");
        size_t end = name;
        while (end < line->len && is_coding_char(line->at[end])) {
            end++;
        }
        if (end > name) {
            *coding = (struct line){line->at + name, end - name};
            return true;
        }
    }
    return false;
}

/* As Python does: "utf-8" whatever follows a hyphen, and its aliases. */
static bool is_utf8_name(const struct line *coding)
{
    static const char *const aliases[] = {"utf-8", "utf8", "u8", "utf",
                                          "cp65001"};
    char name[CODING_MAX + 1];
    if (coding->len > CODING_MAX) {
        return false;
    }
    for (size_t i = 0; i < coding->len; i++) {
        char c = coding->at[i];
        name[i] = c == '_' ? '-' : c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
    }
    name[coding->len] = '\0';
    for (size_t i = 0; i < sizeof aliases / sizeof *aliases; i++) {
        if (strcmp(name, aliases[i]) == 0) {
            return true;
        }
    }
    return strncmp(name, "utf-8-", 6) == 0;
}

static bool check_cookie(const char *bytes, size_t len, struct hb_error *err)
{
    const char *rest = behind_mark(bytes, len);
    const char *end = bytes + len;
    struct line line;
    struct line coding;
    bool blank = true;
    for (int i = 0; i < COOKIE_LINES && blank; i++) {
        if (!next_line(&rest, end, &line)) {
            return true;
        }
        if (!find_cookie(&line, &coding, &blank)) {
            continue;
        }
        if (is_utf8_name(&coding)) {
            return true;
        }
        int shown = (int)(coding.len < CODING_MAX ? coding.len : CODING_MAX);
        return hb_error_set(err, HB_EMODULE,
                            "line %d declares the coding `%.*s`: only UTF-8 "
                            "can be deployed, so save the file as UTF-8 and "
                            "remove that line",
                            i + 1, shown, coding.at);
    }
    return true;
}

/* The number of the line in which the first byte stands that is no UTF-8. */
static size_t line_of_bad_byte(const char *bytes, size_t len)
{
    const char *rest = bytes;
    struct line line;
    for (size_t number = 1; next_line(&rest, bytes + len, &line); number++) {
        if (!hb_text_is_utf8(line.at, line.len)) {
            return number;
        }
    }
    return 1;
}

bool hb_module_check_bytes(const char *bytes, size_t len, size_t max,
                           struct hb_error *err)
{
    if (len > max) {
        return hb_error_set(err, HB_EMODULE,
                            "the module has %zu bytes and at most %zu are "
                            "allowed: split it, or raise maxModuleSize in the "
                            "configuration's [bridge] section",
                            len, max);
    }
    if (!hb_text_is_utf8(bytes, len)) {
        return hb_error_set(err, HB_EMODULE,
                            "line %zu is not valid UTF-8: save the file as "
                            "UTF-8",
                            line_of_bad_byte(bytes, len));
    }
    if (len > 0 && memchr(bytes, '\0', len) != NULL) {
        return hb_error_set(err, HB_EMODULE,
                            "the module holds a NUL byte, which Python does "
                            "not accept: remove it");
    }
    return check_cookie(bytes, len, err);
}

static bool is_word(char c)
{
    return is_coding_char(c) ? c != '-' && c != '.' : (unsigned char)c >= 0x80;
}

/* Whether "# zato : ide-deploy = True" begins at the "#" at `at`. */
static bool marker_at(const struct line *line, size_t at)
{
    static const char *const parts[] = {"zato", ":", "ide-deploy", "="};
    static const char blanks[] = " \t";
    at = skip_blanks(line, at + 1, blanks);
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        size_t len = strlen(parts[i]);
        if (line->len - at < len || memcmp(line->at + at, parts[i], len) != 0) {
            return false;
        }
        at = skip_blanks(line, at + len, blanks);
    }
    return line->len - at >= 4 && strncasecmp(line->at + at, "true", 4) == 0 &&
           (line->len - at == 4 || !is_word(line->at[at + 4]));
}

bool hb_module_has_marker(const char *bytes, size_t len)
{
    const char *rest = behind_mark(bytes, len);
    struct line line;
    for (int i = 0; i < HB_MARKER_LINES; i++) {
        if (!next_line(&rest, bytes + len, &line)) {
            return false;
        }
        for (size_t at = 0; at < line.len; at++) {
            if (line.at[at] == '#' && marker_at(&line, at)) {
                return true;
            }
        }
    }
    return false;
}
