/*
 * The history of a target, page by page. Blocking.
 */
#ifndef HB_CLI_PAGES_H
#define HB_CLI_PAGES_H

#include "cli/client.h"
#include "model/deploy.h"

struct hb_pages {
    struct hb_deploy **deploys; /* newest first */
    size_t count;
    char *next; /* there is more: where it begins; or NULL */
};

/* At most `limit` deploys; request holds target, module and all. False with
 * *exit_code set, after saying why. Release pages in any case. */
bool hb_pages_read(struct hb_client *client, const struct hb_request *request,
                   size_t limit, struct hb_pages *pages, int *exit_code);
void hb_pages_release(struct hb_pages *pages);

/* The deploy whose commit or attempt begins with those digits, on the target
 * or, for NULL, on all that are configured. NULL with *exit_code set, after
 * saying why: none, or more than one. Freed by the caller. */
struct hb_deploy *hb_pages_find(struct hb_client *client, const char *target,
                                const char *commit, int *exit_code);

#endif
