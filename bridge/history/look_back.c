#include "history/read.h"

#include "base/alloc.h"
#include "history/chain.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* How many of a module's deploys are searched for what is live. */
#define LIVE_DEPTH 200

/* ---- what to go back to ----------------------------------------------- */

/* Commits of the versions that were deployed, each where it was first, oldest
 * first; rollbacks do not count. */
static void versions(struct hb_books *books, const char *target,
                     const char *module, struct hb_strings *commits,
                     struct hb_strings *blobs)
{
    struct hb_chain chain;
    struct hb_deploy *deploy;
    struct hb_strings all = {0};
    struct hb_strings all_blobs = {0};
    hb_chain_begin(&chain, books, target, module);
    while ((deploy = hb_chain_next(&chain, false)) != NULL) {
        if ((deploy->outcome == HB_OUTCOME_DEPLOYED || deploy->live) &&
            deploy->trigger != HB_TRIGGER_ROLLBACK) {
            hb_strings_add(&all, deploy->commit);
            hb_strings_add(&all_blobs, deploy->blob);
        }
        hb_deploy_free(deploy);
    }
    for (size_t i = all.count; i-- > 0;) {
        if (!hb_strings_has(blobs, all_blobs.items[i])) {
            hb_strings_add(commits, all.items[i]);
            hb_strings_add(blobs, all_blobs.items[i]);
        }
    }
    hb_strings_release(&all);
    hb_strings_release(&all_blobs);
}

bool hb_read_rollback(struct hb_books *books, const char *target,
                      const char *module, const char *commit, const char *now,
                      char found[HB_OID_SIZE], struct hb_error *err)
{
    struct hb_strings commits = {0};
    struct hb_strings blobs = {0};
    char there[HB_OID_SIZE];
    if (commit != NULL) {
        return hb_read_resolve(books, target, module, commit, found, err);
    }
    snprintf(there, sizeof there, "%s",
             now[0] != '\0'
                 ? now
                 : hb_index_module(books->index, target, module)->given);
    versions(books, target, module, &commits, &blobs);
    /* What lies there now stands in the list, and the one before it is
     * wanted; or it does not, and the newest is. */
    size_t at = commits.count;
    for (size_t i = 0; i < blobs.count; i++) {
        if (strcmp(blobs.items[i], there) == 0) {
            at = i;
        }
    }
    bool ok = at > 0;
    if (ok) {
        snprintf(found, HB_OID_SIZE, "%s", commits.items[at - 1]);
    } else {
        hb_error_set(err, HB_ENOTHING,
                     "there is nothing to go back to: no %sversion of %s was "
                     "deployed to %s",
                     commits.count > 0 ? "older " : "", module, target);
    }
    hb_strings_release(&commits);
    hb_strings_release(&blobs);
    return ok;
}

/* ---- what is live ----------------------------------------------------- */

static bool has_server(const struct hb_live *live, size_t count,
                       const char *server)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(live[i].server, server) == 0) {
            return true;
        }
    }
    return false;
}

static void live_of(struct hb_books *books, const char *target,
                    const char *module, struct hb_live **live, size_t *count)
{
    struct hb_chain chain;
    struct hb_deploy *deploy;
    size_t first = *count;
    size_t wanted = 0;
    hb_chain_begin(&chain, books, target, module);
    for (int depth = 0;
         depth < LIVE_DEPTH && (deploy = hb_chain_next(&chain, false)) != NULL;
         depth++) {
        wanted = wanted == 0 ? deploy->server_count : wanted;
        for (size_t i = 0; i < deploy->server_count; i++) {
            const struct hb_deploy_server *server = &deploy->servers[i];
            if (server->state != HB_SERVER_CONFIRMED ||
                has_server(*live + first, *count - first, server->name)) {
                continue;
            }
            *live = hb_realloc_array(*live, *count + 1, sizeof **live);
            struct hb_live *entry = &(*live)[(*count)++];
            *entry = (struct hb_live){.module = hb_strdup(module),
                                      .server = hb_strdup(server->name),
                                      .time = deploy->finished};
            memcpy(entry->commit, deploy->commit, HB_OID_SIZE);
            memcpy(entry->blob, deploy->blob, HB_OID_SIZE);
        }
        hb_deploy_free(deploy);
        if (wanted > 0 && *count - first >= wanted) {
            return;
        }
    }
}

bool hb_read_live(struct hb_books *books, const char *target,
                  const char *module, struct hb_live **live, size_t *count,
                  struct hb_error *err)
{
    (void)err;
    *live = NULL;
    *count = 0;
    if (module != NULL) {
        live_of(books, target, module, live, count);
        return true;
    }
    for (const struct hb_index_module *entry = hb_index_modules(books->index);
         entry != NULL; entry = entry->next) {
        if (strcmp(entry->target, target) == 0) {
            live_of(books, target, entry->module, live, count);
        }
    }
    return true;
}

void hb_read_free_live(struct hb_live *live, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        free(live[i].module);
        free(live[i].server);
    }
    free(live);
}
