#include "delivery/delivery.h"

#include "base/alloc.h"

/* Servers of 4.x and later each watch a pickup directory of their own; the
 * others share what one of them has picked up. */
bool hb_delivery_to_all(const struct hb_target *target)
{
    if (target->deliver != HB_DELIVER_AUTO) {
        return target->deliver == HB_DELIVER_ALL;
    }
    for (size_t i = 0; i < target->server_count; i++) {
        if (target->servers[i].profile == HB_PROFILE_ZATO_4) {
            return true;
        }
    }
    return false;
}

/* The best server to notice a file: one that runs, else one that may. */
static size_t first_to_ask(const struct hb_target *target)
{
    static const enum hb_running order[] = {HB_RUNNING_YES, HB_RUNNING_STARTING,
                                            HB_RUNNING_UNKNOWN};
    for (size_t k = 0; k < sizeof order / sizeof order[0]; k++) {
        for (size_t i = 0; i < target->server_count; i++) {
            if (target->servers[i].pickup != NULL &&
                target->servers[i].running == order[k]) {
                return i;
            }
        }
    }
    return target->server_count;
}

bool hb_delivery_choose(const struct hb_target *target, bool flags[],
                        struct hb_error *err)
{
    size_t running = 0;
    size_t usable = 0;
    for (size_t i = 0; i < target->server_count; i++) {
        const struct hb_server *server = &target->servers[i];
        flags[i] = false;
        usable += server->found && server->pickup != NULL;
        running += server->found && server->running != HB_RUNNING_NO;
    }
    if (target->server_count == 0) {
        return hb_error_set(err, HB_EDELIVERY,
                            "the target %s has no servers: add one with "
                            "'server = FOLDER' to its section of the "
                            "configuration",
                            target->name);
    }
    if (usable == 0) {
        const struct hb_server *server = &target->servers[0];
        return hb_error_set(
            err, HB_EDELIVERY, "no server of %s is usable: %s", target->name,
            server->problems.count > 0 ? server->problems.items[0]
                                       : "no pickup directory is known");
    }
    size_t first = first_to_ask(target);
    if (running == 0 || first == target->server_count) {
        return hb_error_set(err, HB_EDELIVERY,
                            "no server of %s is running, so nothing was "
                            "delivered: start one with 'zato start'",
                            target->name);
    }
    bool all = hb_delivery_to_all(target);
    for (size_t i = 0; i < target->server_count; i++) {
        flags[i] = all ? target->servers[i].pickup != NULL : i == first;
    }
    return true;
}
