/*
 * Sends a deploy or a rollback and follows it to its end, as a picture on
 * stdout or without a word. A connection that goes away in between is made
 * anew and the same request asked again, so that nothing is deployed twice.
 */
#ifndef HB_CLI_SUBMIT_H
#define HB_CLI_SUBMIT_H

#include "cli/cli.h"
#include "cli/client.h"
#include "model/deploy.h"

struct hb_submitted {
    struct hb_deploy *deploy; /* as it was last told; NULL: nothing came */
    int exit_code;
    bool over; /* interrupted, or no bridge: ask for nothing more */
};

/* request->id is set where it is NULL. `words` is what the user named, for
 * messages. Says on stderr what stands in the way, asks about a guarded
 * target where there is a terminal to ask on. result->deploy is freed by the
 * caller. */
void hb_submit(const struct hb_cli *cli, struct hb_client *client,
               struct hb_request *request, struct hb_submitted *result);

/* A deploy that ended before a bridge was asked, shown like any other. */
void hb_submit_show(const struct hb_cli *cli, const struct hb_deploy *deploy);

/* The exit code for several: the first of 1, 4, 5, 6, 3, 7, 2, 8, 0 there is.
 */
int hb_submit_worst(int a, int b);

#endif
