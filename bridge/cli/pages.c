#include "cli/pages.h"

#include "base/alloc.h"
#include "cli/cli.h"
#include "wire/limits.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static bool read_page(struct hb_client *client, struct hb_request *request,
                      struct hb_pages *pages, int *exit_code)
{
    struct hb_reply reply;
    struct hb_error err = {0};
    struct hb_deploy **page = NULL;
    size_t count = 0;
    free(pages->next);
    pages->next = NULL;
    if (!hb_client_ask(client, request, &reply, exit_code)) {
        return false;
    }
    bool ok = hb_decode_list(reply.value, &page, &count, &pages->next, &err);
    hb_reply_release(&reply);
    if (!ok) {
        *exit_code = hb_cli_fail(&err);
        return false;
    }
    pages->deploys = hb_realloc_array(pages->deploys, pages->count + count + 1,
                                      sizeof *pages->deploys);
    for (size_t i = 0; i < count; i++) {
        pages->deploys[pages->count++] = page[i];
    }
    free(page);
    return true;
}

bool hb_pages_read(struct hb_client *client, const struct hb_request *request,
                   size_t limit, struct hb_pages *pages, int *exit_code)
{
    *pages = (struct hb_pages){0};
    do {
        struct hb_request page = *request;
        size_t left = limit - pages->count;
        char *before = hb_strdup(pages->next);
        page.has_method = true;
        page.method = HB_METHOD_HISTORY_LIST;
        page.limit = left < HB_WIRE_LIST_MAX ? left : HB_WIRE_LIST_MAX;
        page.before = before;
        bool ok = read_page(client, &page, pages, exit_code);
        free(before);
        if (!ok) {
            return false;
        }
    } while (pages->next != NULL && pages->count < limit);
    return true;
}

void hb_pages_release(struct hb_pages *pages)
{
    for (size_t i = 0; i < pages->count; i++) {
        hb_deploy_free(pages->deploys[i]);
    }
    free(pages->deploys);
    free(pages->next);
    *pages = (struct hb_pages){0};
}

struct search {
    const char *commit;
    struct hb_deploy *found;
    bool several;
};

static void look(struct search *search, const struct hb_pages *pages)
{
    size_t len = strlen(search->commit);
    for (size_t i = 0; i < pages->count; i++) {
        const struct hb_deploy *deploy = pages->deploys[i];
        if (strncasecmp(deploy->commit, search->commit, len) != 0 &&
            strncasecmp(deploy->attempt, search->commit, len) != 0) {
            continue;
        }
        if (search->found == NULL) {
            search->found = hb_deploy_copy(deploy);
        } else if (strcmp(search->found->commit, deploy->commit) != 0) {
            search->several = true;
        }
    }
}

static bool search_target(struct hb_client *client, const char *target,
                          struct search *search, int *exit_code)
{
    struct hb_pages page = {0};
    struct hb_request request = {
        .has_method = true,
        .method = HB_METHOD_HISTORY_LIST,
        .target = (char *)target,
        .all = true,
        .limit = HB_WIRE_LIST_MAX,
    };
    bool ok;
    do {
        char *before = page.next;
        page.next = NULL;
        hb_pages_release(&page);
        request.before = before;
        ok = read_page(client, &request, &page, exit_code);
        free(before);
        look(search, &page);
    } while (ok && page.next != NULL && !search->several);
    hb_pages_release(&page);
    return ok;
}

static bool search_all(struct hb_client *client, struct search *search,
                       int *exit_code)
{
    struct hb_strings names = {0};
    bool ok = true;
    hb_client_targets(client, &names);
    for (size_t i = 0; ok && i < names.count; i++) {
        ok = search_target(client, names.items[i], search, exit_code);
    }
    hb_strings_release(&names);
    return ok;
}

struct hb_deploy *hb_pages_find(struct hb_client *client, const char *target,
                                const char *commit, int *exit_code)
{
    struct search search = {.commit = commit};
    struct hb_error err = {0};
    bool ok = target != NULL ? search_target(client, target, &search, exit_code)
                             : search_all(client, &search, exit_code);
    if (ok && search.several) {
        hb_error_set(&err, HB_ECOMMIT,
                     "more than one commit begins with %s: give more digits",
                     commit);
    } else if (ok && search.found == NULL) {
        hb_error_set(&err, HB_ECOMMIT,
                     "no deploy has a commit that begins with %s; hotbridge "
                     "history --all lists them",
                     commit);
    }
    if (err.code != HB_OK) {
        *exit_code = hb_cli_fail(&err);
        ok = false;
    }
    if (!ok) {
        hb_deploy_free(search.found);
        return NULL;
    }
    return search.found;
}
