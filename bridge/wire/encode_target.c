#include "wire/encode_value.h"

#include "wire/encode.h"

#include <string.h>

void hb_writer_put_strings(struct hb_writer *writer, const char *name,
                           const struct hb_strings *list)
{
    hb_writer_key(writer, name);
    hb_writer_open(writer, '[');
    for (size_t i = 0; i < list->count; i++) {
        hb_writer_text(writer, list->items[i]);
    }
    hb_writer_close(writer, ']');
}

static void put_server(struct hb_writer *writer, const struct hb_server *server)
{
    hb_writer_open(writer, '{');
    hb_writer_put_text(writer, "name", server->name);
    hb_writer_put_text(writer, "path", server->path);
    hb_writer_put_flag(writer, "found", server->found);
    hb_writer_put_text(writer, "version", server->version);
    hb_writer_put_text(writer, "profile", hb_profile_word(server->profile));
    hb_writer_put_text(writer, "running", hb_running_word(server->running));
    if (server->pid > 0) {
        hb_writer_put_integer(writer, "pid", server->pid);
    }
    hb_writer_put_text(writer, "pickup", server->pickup);
    hb_writer_put_text(writer, "copies", server->copies);
    hb_writer_put_text(writer, "log", server->log);
    if (server->workers > 0) {
        hb_writer_put_integer(writer, "workers", server->workers);
    }
    hb_writer_put_text(writer, "python", server->python);
    hb_writer_put_text(writer, "pythonVersion", server->python_version);
    hb_writer_put_strings(writer, "problems", &server->problems);
    hb_writer_close(writer, '}');
}

static bool is_sound(const struct hb_target *target)
{
    bool sound = target->problems.count == 0;
    for (size_t i = 0; i < target->server_count; i++) {
        sound = sound && target->servers[i].problems.count == 0;
    }
    return sound;
}

/* `ok` is written where `test` is true. */
static void write_target(struct hb_writer *writer,
                         const struct hb_target *target,
                         const char *default_target, bool test)
{
    hb_writer_open(writer, '{');
    hb_writer_put_text(writer, "name", target->name);
    hb_writer_put_flag(writer, "default",
                       default_target != NULL &&
                           strcmp(default_target, target->name) == 0);
    hb_writer_put_text(writer, "profile", hb_profile_word(target->profile));
    hb_writer_put_text(writer, "onSave", hb_on_save_word(target->on_save));
    hb_writer_put_text(writer, "onConflict",
                       hb_on_conflict_word(target->on_conflict));
    hb_writer_put_text(writer, "guard", hb_guard_word(target->guard));
    hb_writer_put_text(writer, "deliver", hb_deliver_word(target->deliver));
    hb_writer_put_seconds(writer, "confirmTimeout", target->confirm_timeout);
    hb_writer_key(writer, "servers");
    hb_writer_open(writer, '[');
    for (size_t i = 0; i < target->server_count; i++) {
        put_server(writer, &target->servers[i]);
    }
    hb_writer_close(writer, ']');
    hb_writer_put_strings(writer, "problems", &target->problems);
    if (test) {
        hb_writer_put_flag(writer, "ok", is_sound(target));
    }
    hb_writer_close(writer, '}');
}

void hb_writer_targets(struct hb_writer *writer,
                       struct hb_target *const *targets, size_t count,
                       const char *default_target)
{
    hb_writer_key(writer, "targets");
    hb_writer_open(writer, '[');
    for (size_t i = 0; i < count; i++) {
        write_target(writer, targets[i], default_target, false);
    }
    hb_writer_close(writer, ']');
    hb_writer_put_text(writer, "defaultTarget", default_target);
}

char *hb_encode_target(const struct hb_target *target,
                       const char *default_target)
{
    struct hb_writer writer = {0};
    write_target(&writer, target, default_target, true);
    return hb_writer_take(&writer);
}

char *hb_encode_targets(struct hb_target *const *targets, size_t count,
                        const char *default_target)
{
    struct hb_writer writer = {0};
    hb_writer_open(&writer, '{');
    hb_writer_targets(&writer, targets, count, default_target);
    hb_writer_close(&writer, '}');
    return hb_writer_take(&writer);
}
