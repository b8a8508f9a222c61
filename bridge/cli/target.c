#include "base/alloc.h"
#include "base/paths.h"
#include "cli/cli.h"
#include "cli/suggest.h"
#include "cli/target_text.h"
#include "cli/terminal.h"
#include "target/config.h"
#include "target/probe.h"
#include "wire/encode.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char help[] =
    "usage: hotbridge target add NAME PATH...\n"
    "       hotbridge target list [--json]\n"
    "       hotbridge target test NAME [--json]\n"
    "       hotbridge target remove NAME\n"
    "\n"
    "Targets are named Zato environments: one or more servers that share their\n"
    "services. PATH is a server's folder, or a folder of servers such as a\n"
    "quickstart environment. The configuration is a plain file that you may\n"
    "edit: ~/.config/hotbridge/config; a bridge that runs notices.\n"
    "\n"
    "add writes a target and shows what was found; list shows all of them;\n"
    "test looks closely at one; remove drops one and keeps its history.\n"
    "\n"
    "Exit code: 0; 1 when test finds a problem, or the configuration cannot be\n"
    "read or written; 2 wrong words, a name that is taken or not known.\n"
    "\n"
    "examples:\n"
    "  hotbridge target add dev ~/zato/qs-1\n"
    "  hotbridge target add prod /opt/zato/server1 /opt/zato/server2\n"
    "  hotbridge target test dev\n"
    "  hotbridge target list --json | jq -r '.targets[].name'\n";

/* The configuration, and the default target's name or NULL. */
struct loaded {
    char *path;
    struct hb_config *config;
    const char *chosen;
};

static bool load(struct loaded *loaded, struct hb_error *err)
{
    loaded->path = hb_path_config();
    loaded->config = hb_config_load(loaded->path, err);
    if (loaded->config == NULL) {
        return false;
    }
    const struct hb_target *chosen =
        hb_config_target(loaded->config, NULL, NULL);
    loaded->chosen = chosen == NULL ? NULL : chosen->name;
    return true;
}

static void unload(struct loaded *loaded)
{
    hb_config_free(loaded->config);
    free(loaded->path);
}

static void print_target(const struct loaded *loaded,
                         const struct hb_target *target)
{
    bool is_default =
        loaded->chosen != NULL && strcmp(loaded->chosen, target->name) == 0;
    char *text = hb_target_text(target, is_default, hb_terminal_width(),
                                hb_terminal_lively(stdout));
    fputs(text, stdout);
    free(text);
}

static void print_target_json(const struct loaded *loaded,
                              const struct hb_target *target)
{
    char *text = hb_encode_target(target, loaded->chosen);
    puts(text);
    free(text);
}

/* Probes the target of that name and prints it. Gives its problems' number,
 * or -1 with err set. */
static long look(const struct hb_cli *cli, const char *name,
                 struct hb_error *err)
{
    struct loaded loaded = {0};
    long problems = -1;
    if (load(&loaded, err)) {
        const struct hb_target *known =
            hb_config_target(loaded.config, name, err);
        if (known != NULL) {
            struct hb_target *target = hb_target_copy(known);
            hb_target_probe(target);
            if (cli->json) {
                print_target_json(&loaded, target);
            } else {
                print_target(&loaded, target);
            }
            problems = (long)hb_target_problems(target);
            hb_target_free(target);
        }
    }
    unload(&loaded);
    return problems;
}

static int add(const struct hb_cli *cli)
{
    struct hb_error err = {0};
    struct hb_strings found = {0};
    struct hb_strings servers = {0};
    char *path = hb_path_config();
    bool ok = true;
    if (cli->arg_count < 3) {
        free(path);
        return hb_cli_usage(cli, "target add needs a name and a path");
    }
    for (size_t i = 2; ok && i < cli->arg_count; i++) {
        ok = hb_probe_find_servers(cli->args[i], &found, &err);
    }
    /* A folder may have been named twice. */
    for (size_t i = 0; i < found.count; i++) {
        if (!hb_strings_has(&servers, found.items[i])) {
            hb_strings_add(&servers, found.items[i]);
        }
    }
    ok = ok && hb_config_add_target(path, cli->args[1], &servers, &err) &&
         look(cli, cli->args[1], &err) >= 0;
    hb_strings_release(&found);
    hb_strings_release(&servers);
    free(path);
    return ok ? 0 : hb_cli_fail(&err);
}

static int list(const struct hb_cli *cli)
{
    struct hb_error err = {0};
    struct loaded loaded = {0};
    int code = 0;
    if (!load(&loaded, &err)) {
        code = hb_cli_fail(&err);
        goto out;
    }
    struct hb_config *config = loaded.config;
    for (size_t i = 0; i < config->target_count; i++) {
        hb_target_probe(config->targets[i]);
        if (!cli->json) {
            print_target(&loaded, config->targets[i]);
        }
    }
    if (cli->json) {
        char *text = hb_encode_targets(config->targets, config->target_count,
                                       loaded.chosen);
        puts(text);
        free(text);
    } else if (config->target_count == 0) {
        fputs("hotbridge: there is no target yet: hotbridge target add NAME "
              "PATH adds one\n",
              stderr);
    }
out:
    unload(&loaded);
    return code;
}

static int test(const struct hb_cli *cli)
{
    struct hb_error err = {0};
    long problems = look(cli, cli->arg_count > 1 ? cli->args[1] : NULL, &err);
    if (problems < 0) {
        return hb_cli_fail(&err);
    }
    if (problems == 0 && !cli->json) {
        puts("no problem was found");
    }
    return problems == 0 ? 0 : HB_EXIT_FAILED;
}

static int drop(const struct hb_cli *cli)
{
    struct hb_error err = {0};
    if (cli->arg_count < 2) {
        return hb_cli_usage(cli, "target remove needs a name");
    }
    char *path = hb_path_config();
    bool ok = hb_config_remove_target(path, cli->args[1], &err);
    free(path);
    if (!ok) {
        return hb_cli_fail(&err);
    }
    if (cli->json) {
        puts("{\"removed\":true}");
    } else {
        printf("%s is removed; its history is kept\n", cli->args[1]);
    }
    return 0;
}

static int run(const struct hb_cli *cli)
{
    static const char *const names[] = {"add", "list", "remove", "test"};
    static int (*const runs[])(const struct hb_cli *) = {add, list, drop, test};
    static const size_t most[] = {HB_CLI_MANY, 1, 2, 2};
    size_t count = sizeof names / sizeof *names;
    for (size_t i = 0; i < count; i++) {
        if (strcmp(names[i], cli->args[0]) == 0) {
            return cli->arg_count <= most[i]
                       ? runs[i](cli)
                       : hb_cli_usage(cli, "target %s does not take '%s'",
                                      names[i], cli->args[most[i]]);
        }
    }
    const char *near = hb_suggest_nearest(cli->args[0], names, count);
    return hb_cli_usage(cli, "there is no command 'target %s'%s%s%s",
                        cli->args[0], near == NULL ? "" : "; did you mean '",
                        near == NULL ? "" : near, near == NULL ? "" : "'?");
}

const struct hb_command hb_command_target = {
    .name = "target",
    .summary = "add, list, test and remove targets",
    .help = help,
    .options = HB_CLI_JSON,
    .least = 1,
    .most = HB_CLI_MANY,
    .run = run,
};
