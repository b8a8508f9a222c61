#include "base/alloc.h"
#include "base/clock.h"
#include "base/paths.h"
#include "cli/cli.h"
#include "cli/client.h"
#include "cli/picture.h"
#include "cli/source.h"
#include "cli/submit.h"
#include "cli/terminal.h"
#include "target/config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The tally of several files. */
struct tally {
    size_t counts[HB_OUTCOME_COUNT];
    size_t others; /* never became a deploy */
    int exit_code;
    bool over;
    bool drawn; /* a picture stands there: the next one keeps its distance */
};

static const char help[] =
    "usage: hotbridge deploy FILE... [--target T] [--no-wait] [--force]\n"
    "                        [--yes] [--json]\n"
    "\n"
    "Makes Python modules live on a target, in the order given, and ends when\n"
    "each server's own log has said what it did with them.\n"
    "\n"
    "  -t, --target T  the target; without it the default one\n"
    "  --no-wait       end once the deploy is safely recorded\n"
    "  --force         overwrite a version that somebody else put there; it\n"
    "                  is kept in the history first\n"
    "  -y, --yes       do not ask, where the target asks before each deploy\n"
    "  --json          one object a file, as docs/protocol.md describes it\n"
    "\n"
    "Exit code: 0 deployed; 1 failed; 3 unconfirmed; 4 conflict; 5 rejected;\n"
    "6 unreachable; 7 cancelled or superseded; 2 wrong words, a file that\n"
    "cannot be read, an unknown target, a question not answered with yes;\n"
    "8 no bridge; 130 interrupted. Of several files: the first that applies\n"
    "of 1, 4, 5, 6, 3, 7, 2, 8, 0.\n"
    "\n"
    "examples:\n"
    "  hotbridge deploy crm.py\n"
    "  hotbridge deploy crm_model.py crm.py --target test\n"
    "  hotbridge deploy crm.py --force     after a conflict\n"
    "  hotbridge deploy crm.py --json | jq -r .outcome\n";

/* The name of the target that is meant; freed by the caller. */
static char *target_name(const struct hb_cli *cli, struct hb_error *err)
{
    char *path = hb_path_config();
    struct hb_config *config = hb_config_load(path, err);
    const struct hb_target *target =
        config == NULL ? NULL : hb_config_target(config, cli->target, err);
    char *name = target == NULL ? NULL : hb_strdup(target->name);
    hb_config_free(config);
    free(path);
    return name;
}

/* What can be no module never reaches the bridge, and is told alike. Gives the
 * exit code. */
static int reject(const struct hb_cli *cli, const struct hb_source *source,
                  const char *why)
{
    struct hb_error err = {0};
    char *target = target_name(cli, &err);
    if (target == NULL) {
        return hb_cli_fail(&err);
    }
    struct hb_deploy *deploy = hb_deploy_new();
    hb_text_uuid(deploy->id, NULL);
    deploy->target = target;
    deploy->module = hb_strdup(source->module);
    deploy->trigger = HB_TRIGGER_CLI;
    deploy->state = HB_STATE_DONE;
    deploy->outcome = HB_OUTCOME_REJECTED;
    deploy->message = hb_strdup(why);
    deploy->document = hb_strdup(source->path);
    deploy->started = deploy->finished = hb_clock_wall();
    if (source->bytes != NULL) {
        hb_text_blob_id(source->bytes, source->len, deploy->blob);
    }
    hb_submit_show(cli, deploy);
    hb_deploy_free(deploy);
    return HB_EXIT_REJECTED;
}

static void send_source(const struct hb_cli *cli, struct hb_client **client,
                        const struct hb_source *source, struct tally *tally)
{
    struct hb_error err = {0};
    struct hb_submitted result = {0};
    struct hb_request request = {
        .has_method = true,
        .method = HB_METHOD_DEPLOY,
        .target = (char *)cli->target,
        .module = source->module,
        .source = source->bytes,
        .source_len = source->len,
        .trigger = HB_TRIGGER_CLI,
        .document = source->path,
        .vcs_commit = source->vcs_commit,
        .vcs_branch = source->vcs_branch,
        .vcs_dirty = source->vcs_dirty,
        .force = cli->force,
        .confirmed = cli->yes,
    };
    if (*client == NULL) {
        *client = hb_client_open(HB_CLIENT_START, &err);
    }
    if (*client == NULL) {
        result.exit_code = hb_cli_fail(&err);
        result.over = true;
    } else {
        hb_submit(cli, *client, &request, &result);
    }
    if (result.deploy != NULL && result.deploy->state == HB_STATE_DONE) {
        tally->counts[result.deploy->outcome]++;
    } else {
        tally->others++;
    }
    tally->exit_code = hb_submit_worst(tally->exit_code, result.exit_code);
    tally->over = result.over;
    hb_deploy_free(result.deploy);
}

static void deploy_file(const struct hb_cli *cli, struct hb_client **client,
                        const char *file, struct tally *tally)
{
    struct hb_source source;
    struct hb_error err = {0};
    bool good = hb_source_read(file, &source, &err);
    if ((good || err.code == HB_EMODULE) && !cli->json) {
        fputs(tally->drawn ? "\n" : "", stdout);
        tally->drawn = true;
    }
    if (good) {
        send_source(cli, client, &source, tally);
    } else if (err.code == HB_EMODULE) {
        int code = reject(cli, &source, err.message);
        tally->counts[HB_OUTCOME_REJECTED] += code == HB_EXIT_REJECTED;
        tally->others += code != HB_EXIT_REJECTED;
        tally->exit_code = hb_submit_worst(tally->exit_code, code);
    } else {
        tally->others++;
        tally->exit_code = hb_submit_worst(tally->exit_code, hb_cli_fail(&err));
    }
    hb_source_release(&source);
}

static int run(const struct hb_cli *cli)
{
    struct hb_client *client = NULL;
    struct tally tally = {0};
    for (size_t i = 0; i < cli->arg_count && !tally.over; i++) {
        deploy_file(cli, &client, cli->args[i], &tally);
        fflush(stdout);
    }
    hb_client_free(client);
    if (cli->arg_count > 1 && !cli->json && !cli->no_wait) {
        const struct hb_picture picture = {.colour =
                                               hb_terminal_lively(stdout)};
        char *sum = hb_picture_sum(&picture, tally.counts, tally.others);
        printf("\n%s", sum);
        free(sum);
    }
    return tally.exit_code;
}

const struct hb_command hb_command_deploy = {
    .name = "deploy",
    .summary = "make modules live on a target, and say what each server did",
    .help = help,
    .options = HB_CLI_JSON | HB_CLI_TARGET | HB_CLI_FORCE | HB_CLI_YES |
               HB_CLI_NO_WAIT,
    .least = 1,
    .most = HB_CLI_MANY,
    .run = run,
};
