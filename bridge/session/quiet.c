#include "session/quiet.h"

#define LOG_MODULE "listener"
#include "base/log.h"

static void take_down(uv_handle_t *handle, void *user)
{
    struct hb_quiet *quiet = user;
    if (quiet->before_count < HB_QUIET_HANDLES) {
        quiet->before[quiet->before_count] = handle;
    }
    quiet->before_count++;
}

void hb_quiet_init(struct hb_quiet *quiet, uv_loop_t *loop,
                   bool (*is_quiet)(void *user), void *user)
{
    *quiet =
        (struct hb_quiet){.loop = loop, .is_quiet = is_quiet, .user = user};
    uv_walk(loop, take_down, quiet);
}

/* The timer that was not there before. */
static void look_for_timer(uv_handle_t *handle, void *user)
{
    struct hb_quiet *quiet = user;
    for (size_t i = 0; i < quiet->before_count; i++) {
        if (quiet->before[i] == handle) {
            return;
        }
    }
    if (uv_handle_get_type(handle) == UV_TIMER) {
        quiet->timer = (uv_timer_t *)handle;
    }
}

static void on_prepare(uv_prepare_t *prepare)
{
    const struct hb_quiet *quiet = prepare->data;
    if (quiet->is_quiet(quiet->user)) {
        uv_timer_stop(quiet->timer);
    }
}

void hb_quiet_begin(struct hb_quiet *quiet)
{
    uv_prepare_init(quiet->loop, &quiet->prepare);
    quiet->prepare.data = quiet;
    uv_unref((uv_handle_t *)&quiet->prepare);
    if (quiet->before_count <= HB_QUIET_HANDLES) {
        uv_walk(quiet->loop, look_for_timer, quiet);
    }
    if (quiet->timer != NULL) {
        uv_prepare_start(&quiet->prepare, on_prepare);
    } else {
        LOG_INFO("libwebsockets' timer is not known, and wakes the bridge "
                 "while nothing is to be done");
    }
}

void hb_quiet_end(struct hb_quiet *quiet)
{
    uv_close((uv_handle_t *)&quiet->prepare, NULL);
}
