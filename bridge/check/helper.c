#include "check/helper.h"

#include "base/text.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Longest "3.10" that is believed. */
#define VERSION_MAX 8

/* The parser counts columns in code points, the compiler proper in bytes of
 * UTF-8: what the parser alone accepts has its column converted. Beyond LARGE
 * bytes only syntax and scopes are looked at, five times as fast, and no
 * column is worth a second pass, so that a large module keeps within the time.
 * The alarm ends a helper whose bridge died while it was compiling. */
// clang-format off
const char hb_helper_program[] =
"import sys\n"
"from signal import alarm\n"
"from _symtable import symtable\n"
"LARGE = 256 * 1024\n"
"PARSE_ONLY = 0x400\n"
"def check(source, name):\n"
"    if len(source) > LARGE:\n"
"        symtable(source, name, 'exec')\n"
"    else:\n"
"        compile(source, name, 'exec', 0, True)\n"
"def column(error, source, name):\n"
"    offset = error.offset or 0\n"
"    if offset < 2 or not error.lineno:\n"
"        return max(offset, 0)\n"
"    text = source.decode('utf-8-sig').replace('\\r\\n', '\\n')\n"
"    lines = text.replace('\\r', '\\n').split('\\n')\n"
"    if error.lineno > len(lines):\n"
"        return 0\n"
"    line = lines[error.lineno - 1].encode('utf-8')[:offset - 1]\n"
"    if max(line, default=0) < 0x80:\n"
"        return offset\n"
"    if len(source) > LARGE:\n"
"        return 0\n"
"    try:\n"
"        compile(source, name, 'exec', PARSE_ONLY, True)\n"
"    except Exception:\n"
"        return offset\n"
"    return len(line.decode('utf-8', 'ignore')) + 1\n"
"def judge(source, name):\n"
"    try:\n"
"        check(source, name)\n"
"    except SyntaxError as e:\n"
"        kind, line, text = type(e).__name__, e.lineno or 0, e.msg\n"
"        where = column(e, source, name)\n"
"    except ValueError as e:\n"
"        kind, line, where, text = 'ValueError', 0, 0, str(e)\n"
"    except Exception as e:\n"
"        return 'skip ' + type(e).__name__\n"
"    else:\n"
"        return 'good'\n"
"    text = ' '.join(str(text).split())[:500]\n"
"    return 'bad %d %d %s: %s' % (max(line, 0), where, kind, text)\n"
"def main():\n"
"    read, write = sys.stdin.buffer, sys.stdout.buffer\n"
"    write.write(b'hotbridge %d.%d\\n' % sys.version_info[:2])\n"
"    write.flush()\n"
"    for head in iter(read.readline, b''):\n"
"        request, name, source = head.split()\n"
"        name = read.read(int(name)).decode('utf-8')\n"
"        source = read.read(int(source))\n"
"        alarm(10)\n"
"        verdict = judge(source, name).encode('utf-8', 'replace')\n"
"        alarm(0)\n"
"        write.write(request + b' ' + verdict + b'\\n')\n"
"        write.flush()\n"
"main()\n";
// clang-format on

bool hb_helper_parse_hello(char *line, const char **version)
{
    static const char hello[] = "hotbridge ";
    if (strncmp(line, hello, strlen(hello)) != 0) {
        return false;
    }
    *version = line + strlen(hello);
    size_t len = strlen(*version);
    return len >= 3 && len <= VERSION_MAX &&
           strspn(*version, "0123456789.") == len;
}

/* A number of decimal digits and the blank behind it. */
static bool take_number(char **at, uint64_t max, uint64_t *number)
{
    char *end;
    if (!isdigit((unsigned char)**at)) {
        return false;
    }
    errno = 0;
    *number = strtoull(*at, &end, 10);
    if (errno != 0 || *number > max || *end != ' ') {
        return false;
    }
    *at = end + 1;
    return true;
}

static bool take_word(char **at, const char *word)
{
    size_t len = strlen(word);
    if (strncmp(*at, word, len) != 0) {
        return false;
    }
    *at += len;
    return true;
}

bool hb_helper_parse_answer(char *line, uint64_t id,
                            struct hb_syntax_result *result)
{
    uint64_t answered;
    uint64_t row;
    uint64_t column;
    char *at = line;
    *result = (struct hb_syntax_result){0};
    if (!hb_text_is_utf8(line, strlen(line)) ||
        !take_number(&at, UINT64_MAX, &answered) || answered != id) {
        return false;
    }
    if (strcmp(at, "good") == 0) {
        result->verdict = HB_SYNTAX_GOOD;
        return true;
    }
    if (take_word(&at, "skip ")) {
        result->verdict = HB_SYNTAX_SKIPPED;
        result->message = at;
        return true;
    }
    if (!take_word(&at, "bad ") || !take_number(&at, INT_MAX, &row) ||
        !take_number(&at, INT_MAX, &column)) {
        return false;
    }
    result->verdict = HB_SYNTAX_BAD;
    result->line = (int)row;
    result->column = row == 0 ? 0 : (int)column;
    result->message = at;
    return true;
}
