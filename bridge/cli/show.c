#include "base/alloc.h"
#include "base/clock.h"
#include "cli/cli.h"
#include "cli/client.h"
#include "cli/pages.h"
#include "cli/picture.h"
#include "cli/terminal.h"
#include "cli/words.h"
#include "wire/encode.h"
#include "wire/writer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char help[] =
    "usage: hotbridge show COMMIT [--target T] [--json]\n"
    "\n"
    "Shows one deploy of the history, and the module as it was given to the\n"
    "target. The words are on standard error, the module on standard output.\n"
    "\n"
    "  -t, --target T  look on this target only, configured or not\n"
    "  --json          {\"deploy\": {…}, \"source\": \"…\"}\n"
    "\n"
    "examples:\n"
    "  hotbridge show b2c3d4e\n"
    "  hotbridge show b2c3d4e >crm.py\n"
    "  hotbridge show b2c3d4e --json | jq -r .deploy.outcome\n";

static void say_where(struct hb_buffer *out, const char *name,
                      const char *value)
{
    if (value != NULL && value[0] != '\0') {
        hb_buffer_print(out, "  %-9s  ", name);
        hb_terminal_add(out, value);
        hb_buffer_print(out, "\n");
    }
}

/* On stderr, so that the module alone is on stdout. */
static void print_words(const struct hb_deploy *deploy)
{
    struct hb_buffer out = {0};
    struct hb_picture picture = {.colour = hb_terminal_lively(stderr)};
    char when[HB_TIME_SIZE] = "";
    char *lines = hb_picture_lines(&picture, NULL, deploy);
    hb_clock_format(deploy->started, when);
    say_where(&out, "when", when);
    say_where(&out, "trigger", hb_trigger_word(deploy->trigger));
    say_where(&out, "from", deploy->document);
    say_where(&out, "client", deploy->client);
    say_where(&out, "source", deploy->vcs_commit);
    say_where(&out, "branch", deploy->vcs_branch);
    say_where(&out, "id", deploy->id);
    fprintf(stderr, "%s%s\n", lines, hb_buffer_text(&out));
    fflush(stderr);
    free(lines);
    hb_buffer_release(&out);
}

static void print_source(const char *bytes, size_t len)
{
    if (!hb_terminal_lively(stdout)) {
        fwrite(bytes, 1, len, stdout);
        return;
    }
    struct hb_buffer out = {0};
    hb_terminal_add_lines(&out, bytes, 0);
    fputs(hb_buffer_text(&out), stdout);
    hb_buffer_release(&out);
}

static void print_json(const struct hb_deploy *deploy, const char *bytes,
                       size_t len)
{
    struct hb_writer writer = {0};
    char *encoded = hb_encode_deploy(deploy);
    hb_writer_open(&writer, '{');
    hb_writer_key(&writer, "deploy");
    hb_writer_raw(&writer, encoded);
    hb_writer_key(&writer, "source");
    hb_writer_bytes(&writer, bytes, len);
    hb_writer_close(&writer, '}');
    free(encoded);
    hb_cli_print(&writer);
}

static int show(const struct hb_cli *cli, struct hb_client *client,
                struct hb_deploy *deploy)
{
    struct hb_request request = {
        .has_method = true,
        .method = HB_METHOD_HISTORY_SOURCE,
        .target = deploy->target,
        .module = deploy->module,
        .commit = deploy->commit,
    };
    struct hb_reply reply;
    struct hb_error err = {0};
    char *bytes = NULL;
    char *commit = NULL;
    size_t len = 0;
    int code = 0;
    if (!hb_client_ask(client, &request, &reply, &code)) {
        return code;
    }
    if (!hb_decode_source(reply.value, &bytes, &len, &commit, &err)) {
        code = hb_cli_fail(&err);
    } else if (cli->json) {
        print_json(deploy, bytes, len);
    } else {
        print_words(deploy);
        print_source(bytes, len);
    }
    hb_reply_release(&reply);
    free(bytes);
    free(commit);
    return code;
}

static int run(const struct hb_cli *cli)
{
    struct hb_error err = {0};
    if (!hb_words_commit(cli->args[0], &err)) {
        return hb_cli_fail(&err);
    }
    struct hb_client *client = hb_client_open(HB_CLIENT_START, &err);
    if (client == NULL) {
        return hb_cli_fail(&err);
    }
    int code = 0;
    struct hb_deploy *deploy =
        hb_pages_find(client, cli->target, cli->args[0], &code);
    if (deploy != NULL) {
        code = show(cli, client, deploy);
    }
    hb_deploy_free(deploy);
    hb_client_free(client);
    return code;
}

const struct hb_command hb_command_show = {
    .name = "show",
    .summary = "show one deploy, and the module that it gave",
    .help = help,
    .options = HB_CLI_JSON | HB_CLI_TARGET,
    .least = 1,
    .most = 1,
    .run = run,
};
