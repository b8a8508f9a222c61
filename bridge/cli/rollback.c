#include "base/alloc.h"
#include "cli/cli.h"
#include "cli/client.h"
#include "cli/submit.h"
#include "cli/words.h"

#include <stdlib.h>

static const char help[] =
    "usage: hotbridge rollback MODULE [--to COMMIT] [--target T] [--no-wait]\n"
    "                          [--force] [--yes] [--json]\n"
    "\n"
    "Deploys an older version again. Without --to it takes the version that\n"
    "was deployed before the one that is there now; asking again goes further\n"
    "back.\n"
    "\n"
    "  --to COMMIT     the version, as hotbridge history lists it\n"
    "  -t, --target T  the target; without it the default one\n"
    "  --no-wait       end once the deploy is safely recorded\n"
    "  --force         overwrite a version that somebody else put there\n"
    "  -y, --yes       do not ask, where the target asks before each deploy\n"
    "  --json          the deploy as one object\n"
    "\n"
    "Exit code: as for deploy; 2 when there is nothing to go back to.\n"
    "\n"
    "examples:\n"
    "  hotbridge rollback crm.py\n"
    "  hotbridge rollback crm.py --to a1b2c3d --target prod\n";

static int roll_back(const struct hb_cli *cli, struct hb_client *client,
                     char *target)
{
    char *module = hb_words_module(cli->args[0]);
    struct hb_submitted result;
    struct hb_request request = {
        .has_method = true,
        .method = HB_METHOD_ROLLBACK,
        .target = target,
        .module = module,
        .commit = (char *)cli->to,
        .force = cli->force,
        .confirmed = cli->yes,
    };
    hb_submit(cli, client, &request, &result);
    hb_deploy_free(result.deploy);
    free(module);
    return result.exit_code;
}

static int run(const struct hb_cli *cli)
{
    struct hb_error err = {0};
    if (cli->to != NULL && !hb_words_commit(cli->to, &err)) {
        return hb_cli_fail(&err);
    }
    struct hb_client *client = hb_client_open(HB_CLIENT_START, &err);
    char *target =
        client == NULL ? NULL : hb_words_target(client, cli->target, &err);
    int code =
        target == NULL ? hb_cli_fail(&err) : roll_back(cli, client, target);
    free(target);
    hb_client_free(client);
    return code;
}

const struct hb_command hb_command_rollback = {
    .name = "rollback",
    .summary = "deploy an older version again",
    .help = help,
    .options = HB_CLI_JSON | HB_CLI_TARGET | HB_CLI_FORCE | HB_CLI_YES |
               HB_CLI_NO_WAIT | HB_CLI_TO,
    .least = 1,
    .most = 1,
    .run = run,
};
