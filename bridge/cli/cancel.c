#include "base/text.h"
#include "cli/cli.h"
#include "cli/client.h"

#include <stdio.h>

static const char help[] =
    "usage: hotbridge cancel ID [--json]\n"
    "\n"
    "Gives up a deploy that has not been delivered yet. ID is the one that\n"
    "deploy --no-wait, and deploy --json, print.\n"
    "\n"
    "Exit code: 0 cancelled; 1 too late, or done already; 2 no such deploy.\n"
    "\n"
    "examples:\n"
    "  hotbridge cancel 0b9d7c52-6f1e-4c8a-9a57-3d2e1f0c4b6a\n";

static int show(const struct hb_cli *cli, const char *value)
{
    struct hb_error err = {0};
    struct hb_deploy *deploy = hb_decode_deploy(value, &err);
    if (deploy == NULL) {
        return hb_cli_fail(&err);
    }
    bool cancelled = deploy->outcome == HB_OUTCOME_CANCELLED;
    if (cli->json) {
        puts(value);
    } else if (cancelled) {
        printf("%s → %s is cancelled\n", deploy->module, deploy->target);
    } else {
        fprintf(stderr, "hotbridge: %s → %s is done already: %s\n",
                deploy->module, deploy->target,
                hb_outcome_word(deploy->outcome));
    }
    hb_deploy_free(deploy);
    return cancelled ? 0 : HB_EXIT_FAILED;
}

static int run(const struct hb_cli *cli)
{
    struct hb_error err = {0};
    struct hb_reply reply;
    int code = 0;
    if (!hb_text_is_uuid(cli->args[0])) {
        return hb_cli_usage(cli, "'%s' is not the id of a deploy",
                            cli->args[0]);
    }
    struct hb_client *client = hb_client_open(HB_CLIENT_START, &err);
    if (client == NULL) {
        return hb_cli_fail(&err);
    }
    struct hb_request request = {
        .has_method = true,
        .method = HB_METHOD_DEPLOY_CANCEL,
        .id = cli->args[0],
    };
    if (hb_client_ask(client, &request, &reply, &code)) {
        code = show(cli, reply.value);
        hb_reply_release(&reply);
    }
    hb_client_free(client);
    return code;
}

const struct hb_command hb_command_cancel = {
    .name = "cancel",
    .summary = "give up a deploy that waits",
    .help = help,
    .options = HB_CLI_JSON,
    .least = 1,
    .most = 1,
    .run = run,
};
