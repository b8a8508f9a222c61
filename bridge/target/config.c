#include "target/config.h"

#include "base/buffer.h"
#include "base/paths.h"
#include "base/text.h"
#include "target/read.h"

#include <stdlib.h>
#include <string.h>

struct hb_config *hb_config_load(const char *path, struct hb_error *err)
{
    char *shown = hb_path_shorten(path);
    struct hb_config *config = hb_config_read(path, shown, err);
    free(shown);
    return config;
}

void hb_config_free(struct hb_config *config)
{
    if (config == NULL) {
        return;
    }
    for (size_t i = 0; i < config->target_count; i++) {
        hb_target_free(config->targets[i]);
    }
    free(config->targets);
    free(config->default_target);
    free(config);
}

static bool no_target(const struct hb_config *config, const char *name,
                      struct hb_error *err)
{
    struct hb_buffer names = {0};
    for (size_t i = 0; i < config->target_count; i++) {
        hb_buffer_print(&names, "%s%s", i == 0 ? "" : ", ",
                        config->targets[i]->name);
    }
    if (config->target_count == 0) {
        hb_error_set(err, HB_ETARGET,
                     "no target is configured: add one with `hotbridge target "
                     "add NAME PATH`");
    } else if (name != NULL) {
        hb_error_set(err, HB_ETARGET, "there is no target `%s`: there %s %s",
                     hb_text_is_target(name) ? name : "?",
                     config->target_count == 1 ? "is" : "are",
                     hb_buffer_text(&names));
    } else {
        hb_error_set(err, HB_ETARGET,
                     "which target? There are %s, and bridge.defaultTarget "
                     "names none of them",
                     hb_buffer_text(&names));
    }
    hb_buffer_release(&names);
    return false;
}

const struct hb_target *hb_config_target(const struct hb_config *config,
                                         const char *name, struct hb_error *err)
{
    if (name == NULL) {
        name = config->default_target;
    }
    if (name == NULL && config->target_count == 1) {
        return config->targets[0];
    }
    const struct hb_target *target =
        name == NULL ? NULL : hb_config_find(config, name);
    if (target == NULL) {
        no_target(config, name, err);
    }
    return target;
}
