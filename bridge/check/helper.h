/*
 * The program that a helper process runs, and how to talk with it.
 *
 * It writes one line "hotbridge MAJOR.MINOR" when it is ready. A request on
 * its input is a line "ID NAME-BYTES SOURCE-BYTES" with the name and the
 * source right behind it. The answer is one line: "ID good", "ID bad LINE
 * COLUMN MESSAGE" or "ID skip MESSAGE", a LINE or COLUMN of 0 being absent.
 * The end of its input ends it. It compiles and never runs what it is given.
 */
#ifndef HB_CHECK_HELPER_H
#define HB_CHECK_HELPER_H

#include "check/syntax.h"

#include <stdbool.h>
#include <stdint.h>

/* Longest line that it may write, in bytes. */
#define HB_HELPER_LINE_MAX 4096

/* Text of the program, for `python -c`. */
extern const char hb_helper_program[];

/* Reads the first line; version is borrowed from it. */
bool hb_helper_parse_hello(char *line, const char **version);

/* Reads an answer to request `id`; false when it is not one. The message is
 * borrowed from line. Sets neither version. */
bool hb_helper_parse_answer(char *line, uint64_t id,
                            struct hb_syntax_result *result);

#endif
