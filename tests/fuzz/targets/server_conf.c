/* A server's own files: its server.conf, .zato-info, pidfile and log, cut at
 * NUL NUL bytes; a probe says what it could not read and never goes outside
 * of the server's folder for its own copies. */
#include "file.h"

#include "base/text.h"
#include "target/ini.h"
#include "target/probe.h"
#include "target/tail.h"

#include <string.h>

static const char *const files[] = {"config/repo/server.conf", ".zato-info",
                                    "pidfile", "logs/server.log"};
#define FILES (sizeof files / sizeof files[0])

static void make_folders(const char *root)
{
    static const char *const below[] = {"",      "/config", "/config/repo",
                                        "/logs", "/work",   "/pickup"};
    char path[256];
    for (size_t i = 0; i < sizeof below / sizeof below[0]; i++) {
        snprintf(path, sizeof path, "%s/server1%s", root, below[i]);
        mkdir(path, 0700);
    }
}

static void look_at_values(const char *bytes, size_t len)
{
    static const char *const keys[][2] = {{"hot_deploy", "pickup_dir"},
                                          {"hot_deploy", "work_dir"},
                                          {"hot_deploy", "current_work_dir"},
                                          {"main", "gunicorn_workers"}};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        char *value = hb_ini_get(bytes, len, keys[i][0], keys[i][1]);
        if (value != NULL) {
            MUST(strchr(value, '\n') == NULL);
            MUST(strlen(value) <= len);
            MUST(hb_ini_has_section(bytes, len, keys[i][0]));
        }
        free(value);
    }
    struct hb_tail tail = {0};
    hb_tail_parse(bytes, len, &tail);
    MUST(memchr(tail.version, '\0', sizeof tail.version) != NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *at = (const char *)data;
    size_t left = size;
    char root[256];
    char path[512];
    make_folders(fuzz_folder());
    snprintf(root, sizeof root, "%s/server1", fuzz_folder());
    for (size_t i = 0; i < FILES; i++) {
        const char *end = i + 1 == FILES ? NULL : memmem(at, left, "\0\0", 2);
        size_t len = end == NULL ? left : (size_t)(end - at);
        snprintf(path, sizeof path, "%s/%s", root, files[i]);
        fuzz_write(path, at, len);
        look_at_values(at, len);
        at += len;
        left -= len;
        if (left >= 2) {
            at += 2;
            left -= 2;
        }
    }
    struct hb_target *target = hb_target_new("dev");
    struct hb_server *server = hb_target_add_server(target, "server1", root);
    hb_target_probe(target);
    server = &target->servers[0];
    MUST(server->found || server->problems.count > 0);
    MUST(server->workers >= 0);
    MUST(server->log != NULL);
    for (size_t i = 0; i < server->problems.count; i++) {
        const char *problem = server->problems.items[i];
        MUST(problem[0] != '\0' && hb_text_is_utf8(problem, strlen(problem)));
    }
    if (server->version != NULL) {
        MUST(hb_text_is_utf8(server->version, strlen(server->version)));
    }
    hb_target_free(target);
    return 0;
}
