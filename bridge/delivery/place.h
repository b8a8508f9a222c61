/*
 * One file into one pickup directory. Blocking; thread: any.
 */
#ifndef HB_DELIVERY_PLACE_H
#define HB_DELIVERY_PLACE_H

#include "delivery/beneath.h"
#include "delivery/delivery.h"

enum hb_place {
    HB_PLACE_DONE,
    HB_PLACE_FOUND, /* what came out was not expected; it lies there again */
    HB_PLACE_LINK,
    HB_PLACE_FAILED, /* err says why */
};

/* Puts the request's bytes with that mtime. `expected` is the blob that lies
 * there ("": nothing). FOUND fills *found; *rest is what is to be removed. */
enum hb_place hb_place_file(const struct hb_put_request *request,
                            const struct hb_server *server,
                            const char *expected, int64_t mtime,
                            struct hb_beneath_file *found, struct hb_rest *rest,
                            struct hb_error *err);

/* Opens the file for writing, sets its times, closes it. False with errno;
 * ESTALE: another file than `ours` lies there, which stays as it is. */
bool hb_place_touch(int folder, const char *module, const struct stat *ours,
                    int64_t mtime);

#endif
