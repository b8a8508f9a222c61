#include "cli/submit.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/text.h"
#include "cli/picture.h"
#include "cli/terminal.h"
#include "wire/encode.h"

#include <ctype.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* How often a lost connection is made anew for one deploy. */
#define ASK_AGAIN 2
/* Pauses between tries to reach the next bridge: the first, and the last. */
#define REOPEN_FIRST_MS 50
#define REOPEN_LAST_MS 1600
/* A wait this short shows no live line, in seconds. */
#define LIVE_AFTER 0.3
/* Columns where the terminal does not tell. */
#define COLUMNS_DEFAULT 80

struct following {
    const struct hb_cli *cli;
    const char *id;
    struct hb_deploy *deploy; /* as last told, or NULL */
    struct hb_picture picture;
    struct hb_target *target; /* or NULL */
    bool lively;
    bool live_shown; /* the live line stands on the terminal */
    double since;
};

static void clear_live(struct following *following)
{
    if (following->live_shown) {
        fputs("\r\033[K", stdout);
        following->live_shown = false;
    }
}

static void tick(void *user)
{
    struct following *following = user;
    double seconds = hb_clock_monotonic() - following->since;
    if (seconds < LIVE_AFTER || (following->deploy != NULL &&
                                 following->deploy->state == HB_STATE_DONE)) {
        return;
    }
    size_t columns = hb_terminal_width();
    columns = columns > 1 ? columns - 1 : COLUMNS_DEFAULT - 1;
    char *line = hb_picture_live(&following->picture, following->deploy,
                                 seconds, columns);
    printf("\r%s\033[K", line);
    fflush(stdout);
    following->live_shown = true;
    free(line);
}

/* Takes over `deploy`. */
static void show(struct following *following, struct hb_deploy *deploy)
{
    if (!following->cli->json) {
        char *lines =
            hb_picture_lines(&following->picture, following->deploy, deploy);
        if (lines[0] != '\0') {
            clear_live(following);
            fputs(lines, stdout);
            fflush(stdout);
        }
        free(lines);
    }
    hb_deploy_free(following->deploy);
    following->deploy = deploy;
}

static bool on_notification(void *user, const struct hb_reply *notification)
{
    struct following *following = user;
    if (strcmp(notification->method, "deploy/changed") != 0) {
        return true;
    }
    struct hb_deploy *deploy =
        hb_decode_deploy_changed(notification->value, NULL);
    if (deploy == NULL || strcmp(deploy->id, following->id) != 0) {
        hb_deploy_free(deploy);
        return true;
    }
    show(following, deploy);
    return !following->cli->no_wait || deploy->state == HB_STATE_DONE;
}

/* While a deploy is followed, Ctrl-C is taken by the wait for the bridge; one
 * that comes between two waits must not end us without a word. */
static void hold_interrupt(bool hold)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigprocmask(hold ? SIG_BLOCK : SIG_UNBLOCK, &set, NULL);
}

static bool read_answer(char *line, int size)
{
    hold_interrupt(false);
    bool any = fgets(line, size, stdin) != NULL;
    hold_interrupt(true);
    return any;
}

static bool ask_user(const struct hb_target *target, const char *module)
{
    char line[64];
    fprintf(stderr, "%s asks before each deploy. Deploy %s to it? [y/N] ",
            target == NULL ? "The target" : target->name, module);
    fflush(stderr);
    if (!read_answer(line, sizeof line)) {
        fputc('\n', stderr);
        return false;
    }
    return tolower((unsigned char)line[0]) == 'y';
}

/* The answer is an error. True: ask again. */
static bool take_error(struct following *following, struct hb_request *request,
                       const struct hb_reply *reply,
                       struct hb_submitted *result)
{
    clear_live(following);
    if (reply->error.code == HB_ECONFIRM && !request->confirmed) {
        if (isatty(STDIN_FILENO) == 1 && isatty(STDERR_FILENO) == 1) {
            if (ask_user(following->target, request->module)) {
                request->confirmed = true;
                following->since = hb_clock_monotonic();
                return true;
            }
            fputs("hotbridge: nothing was deployed\n", stderr);
            result->exit_code = HB_EXIT_USAGE;
            return false;
        }
        fprintf(stderr,
                "hotbridge: %s; there is no terminal to ask on, so add --yes\n",
                reply->error.message);
        result->exit_code = HB_EXIT_USAGE;
        return false;
    }
    result->exit_code = hb_cli_fail(&reply->error);
    result->over = result->exit_code == HB_EXIT_BRIDGE;
    return false;
}

static void take_result(struct following *following,
                        const struct hb_reply *reply,
                        struct hb_submitted *result)
{
    struct hb_error err = {0};
    struct hb_deploy *deploy = hb_decode_deploy(reply->value, &err);
    if (deploy == NULL) {
        clear_live(following);
        result->exit_code = hb_cli_fail(&err);
        return;
    }
    show(following, deploy);
    if (following->cli->json) {
        puts(reply->value);
        fflush(stdout);
    }
    result->exit_code = hb_outcome_exit(deploy->outcome);
}

static void say_interrupted(struct following *following,
                            const struct hb_request *request,
                            struct hb_submitted *result)
{
    clear_live(following);
    fflush(stdout);
    const struct hb_deploy *deploy = following->deploy;
    if (deploy != NULL) {
        fprintf(stderr,
                "\nhotbridge: no longer waiting; the deploy goes on. How it "
                "ends: hotbridge history %s --target %s\n",
                request->module, deploy->target);
        if (deploy->state != HB_STATE_DELIVERED) {
            fprintf(stderr, "hotbridge: to give it up: hotbridge cancel %s\n",
                    following->id);
        }
    } else {
        fprintf(stderr,
                "\nhotbridge: no longer waiting; whether %s was recorded is "
                "not known: hotbridge history %s shows it\n",
                request->module, request->module);
    }
    result->exit_code = HB_EXIT_INTERRUPTED;
    result->over = true;
}

/* --no-wait, and it is recorded. */
static void leave(struct following *following, struct hb_submitted *result)
{
    clear_live(following);
    if (following->cli->json) {
        char *text = hb_encode_deploy(following->deploy);
        puts(text);
        free(text);
    } else {
        printf("recorded as deploy %s\n", following->id);
    }
    result->exit_code = 0;
}

/* A bridge that has just ended may still look alive for a moment. */
static bool reopen(struct hb_client *client, struct hb_error *err)
{
    for (unsigned pause = REOPEN_FIRST_MS; pause <= REOPEN_LAST_MS;
         pause *= 2) {
        hb_error_clear(err);
        if (hb_client_reopen(client, err)) {
            return true;
        }
        usleep(pause * 1000);
    }
    return false;
}

static bool reconnect(struct following *following, struct hb_client *client,
                      int *tries, struct hb_error *err,
                      struct hb_submitted *result)
{
    clear_live(following);
    if (*tries < ASK_AGAIN) {
        struct hb_error again = {0};
        ++*tries;
        fprintf(stderr, "hotbridge: %s; asking again for the same deploy\n",
                err->message);
        if (reopen(client, &again)) {
            return true;
        }
        *err = again;
    }
    hb_cli_fail(err);
    if (following->deploy != NULL) {
        fprintf(stderr,
                "hotbridge: deploy %s is recorded and goes on when the bridge "
                "runs again\n",
                following->id);
    }
    result->exit_code = HB_EXIT_BRIDGE;
    result->over = true;
    return false;
}

static void follow(struct following *following, struct hb_client *client,
                   struct hb_request *request, struct hb_submitted *result)
{
    const struct hb_watch watch = {
        .notify = on_notification,
        .tick = following->lively ? tick : NULL,
        .user = following,
    };
    for (int tries = 0;;) {
        struct hb_error err = {0};
        struct hb_reply reply;
        bool again = false;
        switch (hb_client_call(client, request, &watch, &reply, &err)) {
        case HB_CALL_ANSWERED:
            if (reply.value != NULL) {
                take_result(following, &reply, result);
            } else if (reply.error.code == HB_ESTOPPING) {
                err = reply.error;
                again = reconnect(following, client, &tries, &err, result);
            } else {
                again = take_error(following, request, &reply, result);
            }
            hb_reply_release(&reply);
            break;
        case HB_CALL_ENOUGH: leave(following, result); break;
        case HB_CALL_INTERRUPTED:
            say_interrupted(following, request, result);
            break;
        case HB_CALL_LOST:
            again = reconnect(following, client, &tries, &err, result);
            break;
        }
        if (!again) {
            return;
        }
    }
}

/* The target that was named, or the default one; only for what is shown. */
static void look_at_target(struct following *following,
                           const struct hb_client *client,
                           const struct hb_request *request)
{
    following->target = hb_client_target(client, request->target, NULL);
}

static void begin(struct following *following, const struct hb_cli *cli)
{
    following->cli = cli;
    following->lively = !cli->json && hb_terminal_lively(stdout);
    following->picture.colour = following->lively;
    following->picture.folder = getcwd(NULL, 0);
    following->since = hb_clock_monotonic();
}

void hb_submit(const struct hb_cli *cli, struct hb_client *client,
               struct hb_request *request, struct hb_submitted *result)
{
    struct following following = {0};
    char id[HB_UUID_SIZE];
    struct hb_error err = {0};
    *result = (struct hb_submitted){0};
    if (!hb_text_uuid(id, &err)) {
        result->exit_code = hb_cli_fail(&err);
        return;
    }
    begin(&following, cli);
    following.id = id;
    look_at_target(&following, client, request);
    request->id = id;
    hold_interrupt(true);
    follow(&following, client, request, result);
    hold_interrupt(false);
    request->id = NULL;
    clear_live(&following);
    fflush(stdout);
    result->deploy = following.deploy;
    hb_target_free(following.target);
    free((char *)following.picture.folder);
}

void hb_submit_show(const struct hb_cli *cli, const struct hb_deploy *deploy)
{
    struct following following = {0};
    begin(&following, cli);
    if (cli->json) {
        char *text = hb_encode_deploy(deploy);
        puts(text);
        free(text);
    } else {
        char *lines = hb_picture_lines(&following.picture, NULL, deploy);
        fputs(lines, stdout);
        free(lines);
    }
    free((char *)following.picture.folder);
}

int hb_submit_worst(int a, int b)
{
    static const int order[] = {
        HB_EXIT_INTERRUPTED, 1, 4, 5, 6, 3, 7, HB_EXIT_USAGE,
        HB_EXIT_BRIDGE,      0};
    for (size_t i = 0; i < sizeof order / sizeof *order; i++) {
        if (a == order[i] || b == order[i]) {
            return order[i];
        }
    }
    return a;
}
