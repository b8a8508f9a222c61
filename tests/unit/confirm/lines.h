/*
 * A server as 3.2 and 4.1 lay one out, and lines as they log them. Included
 * once a program.
 */
#ifndef HB_TESTS_LINES_H
#define HB_TESTS_LINES_H

#include "base/buffer.h"
#include "model/target.h"
#include "scratch.h"

#define SERVER "/opt/zato/env/qs-1/server1"
#define COPIES "work/hot-deploy/current"
#define PICKUP "pickup/incoming/services"
#define DATE "2026-11-23 02:51:42,703 - "
#define COLOUR "\x1b[1;37mINFO\x1b[0m - "
#define CREATE "zato.hot-deploy.create:0 - "
#define STORE "zato.server.service.store:0 - "

/* In a target of its own, which is to be freed. 3.2 and 2.0 have copies. */
static inline struct hb_target *lines_target(const char *path,
                                             enum hb_profile profile)
{
    struct hb_target *target = hb_target_new("dev");
    struct hb_server *server = hb_target_add_server(target, "server1", path);
    server->found = true;
    server->profile = profile;
    server->running = HB_RUNNING_YES;
    server->workers = 1;
    server->log = hb_path_join(path, "logs/server.log");
    server->pickup = hb_path_join(path, PICKUP);
    if (profile != HB_PROFILE_ZATO_4) {
        server->copies = hb_path_join(path, COPIES);
    }
    return target;
}

/* "…INFO - 3594:Dummy-1 - zato.hot-deploy.create:0 - Deployed 1 service from
 * `…/MODULE` -> ['NAME']" */
static inline char *lines_deployed(const char *process, const char *folder,
                                   const char *module, const char *name)
{
    return hb_format(DATE COLOUR "%s:Dummy-1 - " CREATE
                                 "Deployed 1 service from `%s/%s` -> ['%s']",
                     process, folder, module, name);
}

static inline char *lines_nothing(const char *process, const char *module)
{
    return hb_format(DATE COLOUR "%s:Dummy-1 - " CREATE
                                 "No services nor models were deployed from "
                                 "module `%s`",
                     process, module);
}

/* The traceback's lines, its closing backtick too. */
static inline char *lines_error(const char *process, const char *folder,
                                const char *module, const char *message)
{
    return hb_format(DATE "\x1b[1;31mERROR\x1b[0m - %s:Dummy-1 - " STORE
                          "Could not load source, file_name:`%s/%s`, "
                          "e:`Traceback (most recent call last):\n"
                          "  File \"%s/%s\", line 3, in <module>\n"
                          "    raise\n"
                          "%s\n`",
                     process, folder, module, folder, module, message);
}

#endif
