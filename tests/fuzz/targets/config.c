/* The user's configuration: read or refused with a line; a target added to
 * what can be read is there, whatever was there stays, and removing it gives
 * what was there before. */
#include "file.h"

#include "target/config.h"

#include <git2.h>
#include <string.h>

static void same(const struct hb_config *one, const struct hb_config *other)
{
    for (size_t i = 0; i < one->target_count; i++) {
        const struct hb_target *a = one->targets[i];
        const struct hb_target *b = NULL;
        for (size_t j = 0; j < other->target_count; j++) {
            if (strcmp(other->targets[j]->name, a->name) == 0) {
                b = other->targets[j];
            }
        }
        MUST(b != NULL && b->server_count == a->server_count);
        MUST(b->on_save == a->on_save && b->guard == a->guard);
        MUST(b->on_conflict == a->on_conflict);
        MUST(b->confirm_timeout == a->confirm_timeout);
        for (size_t j = 0; j < a->server_count; j++) {
            MUST(strcmp(a->servers[j].path, b->servers[j].path) == 0);
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static bool begun;
    if (!begun) {
        /* The first one is dear, and would come with every input. */
        begun = git_libgit2_init() > 0;
    }
    char path[256];
    struct hb_error err = {0};
    snprintf(path, sizeof path, "%s/config", fuzz_folder());
    fuzz_write(path, data, size);
    struct hb_config *config = hb_config_load(path, &err);
    MUST((config == NULL) == (err.code != HB_OK));
    MUST(config != NULL || err.message[0] != '\0');
    struct hb_strings servers = {0};
    hb_strings_add(&servers, "/srv/a b/server#1;\"x\"\\");
    hb_error_clear(&err);
    if (config != NULL &&
        hb_config_add_target(path, "fuzz-added", &servers, &err)) {
        struct hb_config *more = hb_config_load(path, &err);
        MUST(more != NULL);
        MUST(more->target_count == config->target_count + 1);
        same(config, more);
        const struct hb_target *added =
            hb_config_target(more, "fuzz-added", &err);
        MUST(added != NULL && added->server_count == 1);
        MUST(strcmp(added->servers[0].path, servers.items[0]) == 0);
        MUST(hb_config_remove_target(path, "fuzz-added", &err));
        struct hb_config *again = hb_config_load(path, &err);
        MUST(again != NULL && again->target_count == config->target_count);
        same(again, config);
        hb_config_free(again);
        hb_config_free(more);
    } else if (config != NULL) {
        MUST(err.code != HB_OK && err.message[0] != '\0');
        size_t len;
        char *left = fuzz_read(path, &len);
        MUST(len == size && memcmp(left, data, size) == 0);
        free(left);
    }
    hb_strings_release(&servers);
    hb_config_free(config);
    return 0;
}
