/*
 * Where a server keeps its modules, and which of them a logged path speaks of.
 * A path counts by its tail below the server's folder, unless it lies in
 * another folder beside that; it is never opened. Pure. Owns copies of what it
 * needs. Thread: any.
 */
#ifndef HB_CONFIRM_HOME_H
#define HB_CONFIRM_HOME_H

#include "model/target.h"

struct hb_home {
    char *copies; /* tail below the server's folder: "work/hot-deploy/…" */
    char *pickup;
    char *path; /* the server's folder, and where that really lies */
    char *real;
};

/* `server` is probed. */
void hb_home_init(struct hb_home *home, const struct hb_server *server);
void hb_home_release(struct hb_home *home);

/* Where the server's folder really lies, if its path goes through links. */
void hb_home_resolved(struct hb_home *home, const char *path);

/* The module's file name, to be freed; NULL: the path lies elsewhere. */
char *hb_home_module(const struct hb_home *home, const char *path);

#endif
