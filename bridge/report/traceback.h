/*
 * A Python traceback as a server logged it -> the place in the user's own
 * module. Pure. Thread: any.
 */
#ifndef HB_REPORT_TRACEBACK_H
#define HB_REPORT_TRACEBACK_H

#include <stdbool.h>
#include <stddef.h>

struct hb_traceback {
    int line;      /* of the innermost frame in the module; 0: none */
    int column;    /* from a caret line where there is one, in code points of
                      the source line; 0: none */
    char *message; /* the last line: "ZeroDivisionError: division by zero",
                      with the lines of an exception's text that follow */
};

/* `module` is the bare file name; frames of other files with the same name
 * elsewhere than in a pickup or hot-deploy folder do not count when `path`
 * (the path that the log line names) is given: frames count whose file is
 * that path. Chained exceptions: the last one speaks. False when the text
 * holds no exception line at all. */
bool hb_traceback_read(const char *text, size_t len, const char *module,
                       const char *path, struct hb_traceback *out);

void hb_traceback_release(struct hb_traceback *traceback);

#endif
