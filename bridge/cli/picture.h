/*
 * A deploy as people see it: lines that are added as it goes.
 *
 *     crm.py → dev
 *       recorded   a1b2c3d
 *       delivered  server1            3 ms
 *       server1    deployed         412 ms   crm.get-customer
 *     deployed on 1 of 1 server
 *       commit     b2c3d4e
 *
 * Pure: what changed between two moments of a deploy gives the lines.
 * Text is freed by the caller. Thread: any.
 */
#ifndef HB_CLI_PICTURE_H
#define HB_CLI_PICTURE_H

#include "cli/terminal.h"
#include "model/deploy.h"

#include <stdbool.h>
#include <stddef.h>

struct hb_picture {
    bool colour;
    const char *folder; /* paths below it are shown from there; or NULL */
};

/* The lines that became true between before (NULL: nothing was known) and
 * after, each with its line's end; "" where nothing did. */
char *hb_picture_lines(const struct hb_picture *picture,
                       const struct hb_deploy *before,
                       const struct hb_deploy *after);

/* The one line that tells what is waited for, at most `columns` wide and
 * without a line's end. `seconds`: since the request. NULL deploy: nothing
 * has come yet. */
char *hb_picture_live(const struct hb_picture *picture,
                      const struct hb_deploy *deploy, double seconds,
                      size_t columns);

/* What became of several files: "2 deployed, 1 failed". */
char *hb_picture_sum(const struct hb_picture *picture,
                     const size_t counts[HB_OUTCOME_COUNT], size_t others);

enum hb_colour hb_picture_colour(enum hb_outcome outcome);

/* "3 ms", "1.25 s", "75 s". */
void hb_picture_time(double seconds, char *out, size_t size);

#endif
