#include "base/alloc.h"
#include "base/paths.h"
#include "cli/cli.h"
#include "cli/client.h"
#include "cli/damage.h"
#include "cli/find.h"
#include "cli/terminal.h"
#include "history/check.h"
#include "history/objects.h"
#include "target/config.h"
#include "target/probe.h"
#include "wire/writer.h"

#include <errno.h>
#include <git2.h>
#include <json-c/json.h>
#include <libwebsockets.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uv.h>

static const char help[] =
    "usage: hotbridge doctor [--json]\n"
    "\n"
    "Looks at everything that a deploy needs and says what is wrong, and what\n"
    "to do. Changes and starts nothing.\n"
    "\n"
    "Exit code: 0 when nothing is wrong; 1 when something is.\n"
    "\n"
    "examples:\n"
    "  hotbridge doctor\n"
    "  hotbridge doctor --json | jq '.checks[] | select(.state == \"wrong\")'\n";

enum verdict { GOOD, NOTE, WRONG };

static const char *const verdict_words[] = {"good", "note", "wrong"};

struct finding {
    enum verdict verdict;
    const char *subject;
    char *words;
};

struct doctor {
    struct finding *findings;
    size_t count;
    struct hb_client *client; /* of the bridge, where one runs */
};

static void find(struct doctor *doctor, enum verdict verdict,
                 const char *subject, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

static void find(struct doctor *doctor, enum verdict verdict,
                 const char *subject, const char *format, ...)
{
    char words[HB_ERROR_MAX];
    va_list args;
    va_start(args, format);
    vsnprintf(words, sizeof words, format, args);
    va_end(args);
    doctor->findings = hb_realloc_array(doctor->findings, doctor->count + 1,
                                        sizeof *doctor->findings);
    doctor->findings[doctor->count++] = (struct finding){
        .verdict = verdict, .subject = subject, .words = hb_strdup(words)};
}

static void look_at_libraries(struct doctor *doctor)
{
    int major = 0, minor = 0, patch = 0;
    const char *lws = lws_get_library_version();
    git_libgit2_version(&major, &minor, &patch);
    find(doctor, GOOD, "hotbridge",
         "%s, with libwebsockets %.*s, libuv %s, libgit2 %d.%d.%d, json-c %s",
         HB_VERSION, (int)strcspn(lws, "-"), lws, uv_version_string(), major,
         minor, patch, json_c_version());
}

/* Whether a folder that is missing could be made. */
static bool can_be_made(const char *path)
{
    char *above = hb_strdup(path);
    bool exists = false;
    for (char *end; !exists && (end = strrchr(above, '/')) != NULL;) {
        end[end == above] = '\0';
        exists = access(above, F_OK) == 0;
        if (end == above) {
            break;
        }
    }
    bool ok = access(above, W_OK | X_OK) == 0;
    free(above);
    return ok;
}

static void look_at_folder(struct doctor *doctor, const char *subject,
                           const char *path, bool private_one)
{
    struct stat st;
    char *name = hb_path_shorten(path);
    if (lstat(path, &st) != 0) {
        bool good = errno == ENOENT && can_be_made(path);
        find(doctor, good ? GOOD : WRONG, subject,
             good ? "%s is made when it is needed"
                  : "%s cannot be made: check the folders above it, and the "
                    "XDG variables",
             name);
    } else if (!S_ISDIR(st.st_mode) && !S_ISLNK(st.st_mode)) {
        find(doctor, WRONG, subject,
             "%s is not a folder: move it out of the way", name);
    } else if (st.st_uid != geteuid()) {
        find(doctor, WRONG, subject,
             "%s belongs to another user (uid %u): give it to yourself with "
             "chown, or remove it",
             name, (unsigned)st.st_uid);
    } else if (private_one && (st.st_mode & 077) != 0) {
        find(doctor, WRONG, subject,
             "%s is open to other users (mode %04o): chmod 700 %s", name,
             (unsigned)st.st_mode & 07777, name);
    } else if (access(path, W_OK | X_OK) != 0) {
        find(doctor, WRONG, subject,
             "%s cannot be written to: check its mode, and whether the disk "
             "is read-only",
             name);
    } else {
        find(doctor, GOOD, subject, "%s", name);
    }
    free(name);
}

static void look_at_folders(struct doctor *doctor)
{
    char *state = hb_path_state();
    char *runtime = hb_path_runtime();
    char *history = hb_path_history();
    look_at_folder(doctor, "state", state, false);
    look_at_folder(doctor, "runtime", runtime, true);
    look_at_folder(doctor, "history", history, false);
    free(state);
    free(runtime);
    free(history);
}

/* Whether deploys can be recorded; the bridge checks all of it by itself. */
static void look_at_history(struct doctor *doctor)
{
    struct hb_error err = {0};
    struct hb_damage damage;
    git_repository *git = NULL;
    char *path = hb_path_history();
    git_libgit2_init();
    if (access(path, F_OK) != 0) {
        goto out; /* the first deploy makes it */
    }
    if (hb_objects_open(&git, path, false) != 0) {
        hb_error_set(&err, HB_EHISTORY, "%s", git_error_last()->message);
    }
    if (git == NULL || !hb_check_tips(git, &err)) {
        find(doctor, WRONG, "history",
             "it is damaged (%s): the bridge sets it aside and takes over what "
             "is whole when it starts, or with the next deploy",
             err.message);
    }
out:
    git_repository_free(git);
    git_libgit2_shutdown();
    hb_damage_find(&damage);
    for (size_t i = 0; i < damage.words.count; i++) {
        find(doctor, NOTE, "history", "%s; remove %s when you need it no more",
             damage.words.items[i], damage.paths.items[i]);
    }
    hb_damage_release(&damage);
    free(path);
}

static void look_at_bridge(struct doctor *doctor)
{
    struct hb_found found;
    struct hb_error err = {0};
    enum hb_find result = hb_find_bridge(&found, &err);
    if (result == HB_FIND_BAD) {
        find(doctor, WRONG, "bridge", "%s", err.message);
        return;
    }
    if (result == HB_FIND_NONE) {
        find(doctor, NOTE, "bridge",
             hb_find_lock_held() ? "it is starting or stopping"
                                 : "it does not run; the next deploy starts "
                                   "it");
        return;
    }
    struct hb_client *client = hb_client_open(HB_CLIENT_FIND, &err);
    if (client == NULL) {
        find(doctor, WRONG, "bridge", "%s", err.message);
    } else if (strcmp(found.info.version, HB_VERSION) != 0) {
        find(doctor, NOTE, "bridge",
             "version %s runs (pid %d), this is %s: hotbridge start replaces "
             "it",
             found.info.version, found.info.pid, HB_VERSION);
    } else {
        find(doctor, GOOD, "bridge", "runs and has proved itself (pid %d, %s)",
             found.info.pid, found.info.url);
    }
    doctor->client = client;
    hb_found_release(&found);
}

static void add_problems(struct doctor *doctor, const char *target,
                         const char *server, const struct hb_strings *problems)
{
    for (size_t i = 0; i < problems->count; i++) {
        find(doctor, WRONG, "target", "%s%s%s: %s", target,
             server == NULL ? "" : ", ", server == NULL ? "" : server,
             problems->items[i]);
    }
}

/* What the bridge says of the target: it also knows what was deployed. NULL
 * where there is none that does. */
static struct hb_target *ask_bridge(struct doctor *doctor, const char *name)
{
    struct hb_request request = {.method = HB_METHOD_TARGETS_TEST};
    struct hb_reply reply;
    struct hb_target *told = NULL;
    if (doctor->client == NULL) {
        return NULL;
    }
    request.target = hb_strdup(name);
    if (hb_client_call(doctor->client, &request, NULL, &reply, NULL) ==
        HB_CALL_ANSWERED) {
        told = reply.value == NULL ? NULL : hb_decode_target(reply.value, NULL);
        hb_reply_release(&reply);
    } else {
        hb_client_free(doctor->client); /* it is not asked again */
        doctor->client = NULL;
    }
    hb_request_release(&request);
    return told;
}

static void look_at_target(struct doctor *doctor,
                           const struct hb_target *configured)
{
    size_t before = doctor->count;
    struct hb_target *target = ask_bridge(doctor, configured->name);
    if (target == NULL) {
        target = hb_target_copy(configured);
        hb_target_probe(target);
    }
    add_problems(doctor, target->name, NULL, &target->problems);
    for (size_t i = 0; i < target->server_count; i++) {
        const struct hb_server *server = &target->servers[i];
        add_problems(doctor, target->name, server->name, &server->problems);
    }
    if (doctor->count == before) {
        find(doctor, GOOD, "target", "%s: %zu server%s", target->name,
             target->server_count, target->server_count == 1 ? "" : "s");
    }
    hb_target_free(target);
}

static void look_at_config(struct doctor *doctor)
{
    struct hb_error err = {0};
    char *path = hb_path_config();
    char *name = hb_path_shorten(path);
    struct hb_config *config = hb_config_load(path, &err);
    if (config == NULL) {
        find(doctor, WRONG, "config", "%s", err.message);
    } else if (config->target_count == 0) {
        find(doctor, NOTE, "config",
             "%s has no target yet: hotbridge target add NAME PATH adds one",
             name);
    } else {
        find(doctor, GOOD, "config", "%s", name);
        for (size_t i = 0; i < config->target_count; i++) {
            look_at_target(doctor, config->targets[i]);
        }
    }
    hb_config_free(config);
    free(name);
    free(path);
}

/* What a program says about its version. */
static void look_at_program(struct doctor *doctor, const char *name,
                            const char *without)
{
    char line[128] = "";
    char *command = hb_format("%s --version 2>/dev/null", name);
    FILE *pipe = popen(command, "re");
    free(command);
    bool ok = pipe != NULL && fgets(line, sizeof line, pipe) != NULL;
    ok = (pipe == NULL || pclose(pipe) == 0) && ok;
    line[strcspn(line, "\n")] = '\0';
    find(doctor, ok ? GOOD : NOTE, name, "%s", ok ? line : without);
}

static void print(const struct doctor *doctor)
{
    static const enum hb_colour colours[] = {HB_GREEN, HB_YELLOW, HB_RED};
    bool colour = hb_terminal_lively(stdout);
    struct hb_buffer out = {0};
    for (size_t i = 0; i < doctor->count; i++) {
        const struct finding *finding = &doctor->findings[i];
        hb_buffer_print(&out, "%s%-5s%s  %-9s  ",
                        hb_terminal_begin(colour, colours[finding->verdict]),
                        verdict_words[finding->verdict],
                        hb_terminal_end(colour), finding->subject);
        hb_terminal_add_lines(&out, finding->words, 18);
        hb_buffer_print(&out, "\n");
    }
    fputs(hb_buffer_text(&out), stdout);
    hb_buffer_release(&out);
}

static void print_json(const struct doctor *doctor, bool good)
{
    struct hb_writer writer = {0};
    hb_writer_open(&writer, '{');
    hb_writer_put_flag(&writer, "ok", good);
    hb_writer_key(&writer, "checks");
    hb_writer_open(&writer, '[');
    for (size_t i = 0; i < doctor->count; i++) {
        const struct finding *finding = &doctor->findings[i];
        hb_writer_open(&writer, '{');
        hb_writer_put_text(&writer, "subject", finding->subject);
        hb_writer_put_text(&writer, "state", verdict_words[finding->verdict]);
        hb_writer_put_text(&writer, "message", finding->words);
        hb_writer_close(&writer, '}');
    }
    hb_writer_close(&writer, ']');
    hb_writer_close(&writer, '}');
    hb_cli_print(&writer);
}

static int run(const struct hb_cli *cli)
{
    struct doctor doctor = {0};
    bool good = true;
    look_at_libraries(&doctor);
    look_at_folders(&doctor);
    look_at_history(&doctor);
    look_at_bridge(&doctor);
    look_at_config(&doctor);
    look_at_program(&doctor, "python3",
                    "there is none: syntax is checked only where a server "
                    "has a Python of its own");
    look_at_program(&doctor, "git",
                    "there is none: the history grows without being "
                    "packed, and cannot be read with it");
    for (size_t i = 0; i < doctor.count; i++) {
        good = good && doctor.findings[i].verdict != WRONG;
    }
    if (cli->json) {
        print_json(&doctor, good);
    } else {
        print(&doctor);
    }
    for (size_t i = 0; i < doctor.count; i++) {
        free(doctor.findings[i].words);
    }
    free(doctor.findings);
    hb_client_free(doctor.client);
    return good ? 0 : HB_EXIT_FAILED;
}

const struct hb_command hb_command_doctor = {
    .name = "doctor",
    .summary = "say what is wrong, and what to do",
    .help = help,
    .options = HB_CLI_JSON,
    .run = run,
};
