#include "session/room.h"

#include "wire/limits.h"

#include <sys/resource.h>

/* Connections at once that have not come in yet. */
#define WAITING_MAX 512
/* Descriptors that the rest of the bridge can do with. */
#define WORK_MAX 512
#define DESCRIPTORS (HB_WIRE_CLIENTS_MAX + WAITING_MAX + WORK_MAX)
/* What a system grants that does not say. */
#define USUAL 1024

static size_t kept_for_work(size_t descriptors)
{
    return descriptors / 2 < WORK_MAX ? descriptors / 2 : WORK_MAX;
}

struct hb_room hb_room_of(size_t descriptors)
{
    size_t left = descriptors - kept_for_work(descriptors);
    struct hb_room room = {.waiting = left / 3};
    if (room.waiting > WAITING_MAX) {
        room.waiting = WAITING_MAX;
    }
    room.clients = left - room.waiting;
    if (room.clients > HB_WIRE_CLIENTS_MAX) {
        room.clients = HB_WIRE_CLIENTS_MAX;
    }
    return room;
}

/* The usual soft limit, 1024, is less than our clients may be. */
struct hb_room hb_room_make(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) {
        return hb_room_of(USUAL);
    }
    if (limit.rlim_cur < DESCRIPTORS) {
        struct rlimit more = limit;
        more.rlim_cur =
            limit.rlim_max < DESCRIPTORS ? limit.rlim_max : DESCRIPTORS;
        if (setrlimit(RLIMIT_NOFILE, &more) == 0) {
            limit = more;
        }
    }
    return hb_room_of(limit.rlim_cur < DESCRIPTORS ? (size_t)limit.rlim_cur
                                                   : DESCRIPTORS);
}

/* Asked anew each time: it may be changed from outside (prlimit). */
bool hb_room_allows(int descriptor)
{
    struct rlimit limit;
    if (descriptor < 0 || getrlimit(RLIMIT_NOFILE, &limit) != 0) {
        return descriptor >= 0;
    }
    size_t all =
        limit.rlim_cur < DESCRIPTORS ? (size_t)limit.rlim_cur : DESCRIPTORS;
    return (size_t)descriptor < all - kept_for_work(all);
}
