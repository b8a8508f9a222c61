#include "history/message.h"

#include "base/clock.h"
#include "history/escape.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct reading {
    struct hb_deploy *deploy;
    struct hb_log_mark *marks;
    size_t mark_count;
};

static void take_text(char **to, const char *value)
{
    free(*to);
    *to = hb_unescape_text(value, strlen(value));
}

static void take_oid(char to[HB_OID_SIZE], const char *value)
{
    if (strlen(value) == HB_OID_SIZE - 1 && hb_text_is_oid(value)) {
        memcpy(to, value, HB_OID_SIZE);
    }
}

/* Seconds; no duration of ours has more than nine digits before the point. */
static double take_number(const char **text)
{
    char *word = hb_unescape_word(text);
    double seconds = -1;
    unsigned long long whole;
    char digits[7];
    if (word != NULL && sscanf(word, "%9llu.%6[0-9]", &whole, digits) == 2) {
        double part = atoi(digits);
        for (size_t i = strlen(digits); i > 0; i--) {
            part /= 10;
        }
        seconds = (double)whole + part;
    }
    free(word);
    return seconds;
}

/* "NAME STATE[ SECONDS][ nudged][: MESSAGE]" */
static void read_server(struct hb_deploy *deploy, const char *value)
{
    char *name = hb_unescape_word(&value);
    value += strspn(value, " ");
    size_t len = strcspn(value, " :");
    char *state = hb_strndup(value, len);
    value += len;
    if (name != NULL) {
        struct hb_deploy_server *server = hb_deploy_server(deploy, name);
        if (server == NULL) {
            server = hb_deploy_add_server(deploy, name);
        }
        hb_server_state_parse(state, &server->state);
        if (value[0] == ' ' && value[1] >= '0' && value[1] <= '9') {
            const char *number = value;
            server->seconds = take_number(&number);
            value += 1 + strspn(value + 1, "0123456789.");
        }
        if (strncmp(value, " nudged", strlen(" nudged")) == 0) {
            server->nudged = true;
            value += strlen(" nudged");
        }
        if (strncmp(value, ": ", 2) == 0) {
            take_text(&server->message, value + 2);
        }
    }
    free(name);
    free(state);
}

static void read_service(struct hb_deploy *deploy, const char *value)
{
    char *name = hb_unescape_word(&value);
    struct hb_deploy_server *server =
        name == NULL ? NULL : hb_deploy_server(deploy, name);
    if (server != NULL && value[0] == ' ') {
        char *service = hb_unescape_text(value + 1, strlen(value + 1));
        hb_strings_add(&server->services, service);
        free(service);
    }
    free(name);
}

static void read_diagnostic(struct hb_deploy *deploy, const char *value)
{
    struct hb_diagnostic *diagnostic = hb_deploy_add_diagnostic(deploy);
    char *severity = hb_unescape_word(&value);
    char *line = hb_unescape_word(&value);
    char *column = hb_unescape_word(&value);
    char *server = hb_unescape_word(&value);
    diagnostic->path = hb_unescape_word(&value);
    if (severity != NULL) {
        hb_severity_parse(severity, &diagnostic->severity);
    }
    diagnostic->line = line == NULL ? 0 : atoi(line);
    diagnostic->column = column == NULL ? 0 : atoi(column);
    if (server != NULL && server[0] != '\0') {
        diagnostic->server = hb_strdup(server);
    }
    take_text(&diagnostic->message, value[0] == ' ' ? value + 1 : value);
    free(severity);
    free(line);
    free(column);
    free(server);
}

static void read_warning(struct hb_deploy *deploy, const char *value)
{
    char *code = hb_unescape_word(&value);
    if (code != NULL) {
        char *message = NULL;
        take_text(&message, value[0] == ' ' ? value + 1 : value);
        hb_deploy_add_warning(deploy, code, "%s", message);
        free(message);
    }
    free(code);
}

static void read_mark(struct reading *reading, const char *value)
{
    char *server = hb_unescape_word(&value);
    unsigned long long inode;
    unsigned long long offset;
    if (server != NULL && sscanf(value, "%llu %llu", &inode, &offset) == 2) {
        reading->marks = hb_realloc_array(
            reading->marks, reading->mark_count + 1, sizeof *reading->marks);
        reading->marks[reading->mark_count++] = (struct hb_log_mark){
            .server = server, .inode = inode, .offset = offset};
        server = NULL;
    }
    free(server);
}

static void read_trigger(struct hb_deploy *deploy, const char *value)
{
    enum hb_trigger trigger = deploy->trigger;
    hb_trigger_parse(value, &trigger);
    if (trigger == HB_TRIGGER_LATE) {
        deploy->late = true;
    } else {
        deploy->trigger = trigger;
    }
}

static void read_trailer(struct reading *reading, const char *name,
                         const char *value)
{
    struct hb_deploy *deploy = reading->deploy;
    const struct {
        const char *name;
        char **text;
    } texts[] = {
        {"Target", &deploy->target},
        {"Module", &deploy->module},
        {"Message", &deploy->message},
        {"Client", &deploy->client},
        {"Document", &deploy->document},
        {"Source-Commit", &deploy->vcs_commit},
        {"Source-Branch", &deploy->vcs_branch},
    };
    const struct {
        const char *name;
        char *oid;
    } oids[] = {
        {"Blob", deploy->blob},
        {"Attempt", deploy->attempt},
        {"Found", deploy->found},
        {"Previous-Deploy", deploy->previous},
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        if (strcmp(texts[i].name, name) == 0) {
            take_text(texts[i].text, value);
            return;
        }
    }
    for (size_t i = 0; i < sizeof oids / sizeof oids[0]; i++) {
        if (strcmp(oids[i].name, name) == 0) {
            take_oid(oids[i].oid, value);
            return;
        }
    }
    if (strcmp(name, "Deploy-Id") == 0 && hb_text_is_uuid(value)) {
        memcpy(deploy->id, value, sizeof deploy->id);
    } else if (strcmp(name, "Trigger") == 0 ||
               strcmp(name, "First-Trigger") == 0) {
        read_trigger(deploy, value);
    } else if (strcmp(name, "Outcome") == 0) {
        hb_outcome_parse(value, &deploy->outcome);
    } else if (strcmp(name, "Server") == 0) {
        read_server(deploy, value);
    } else if (strcmp(name, "Service") == 0) {
        read_service(deploy, value);
    } else if (strcmp(name, "Diagnostic") == 0) {
        read_diagnostic(deploy, value);
    } else if (strcmp(name, "Warning") == 0) {
        read_warning(deploy, value);
    } else if (strcmp(name, "Log") == 0) {
        read_mark(reading, value);
    } else if (strcmp(name, "Source-Dirty") == 0) {
        deploy->vcs_dirty = strcmp(value, "true") == 0 ? HB_YES : HB_NO;
    } else if (strcmp(name, "Started") == 0) {
        deploy->started = hb_clock_parse(value);
    } else if (strcmp(name, "Finished") == 0) {
        deploy->finished = hb_clock_parse(value);
    } else if (strcmp(name, "Order") == 0) {
        deploy->order = strtoll(value, NULL, 10);
    } else if (strcmp(name, "Timings") == 0) {
        deploy->recorded = take_number(&value);
        deploy->delivered = take_number(&value);
        deploy->confirmed = take_number(&value);
    }
}

/* Where the last paragraph begins: the trailers. */
static const char *trailers_of(const char *message)
{
    size_t len = strlen(message);
    while (len > 0 && message[len - 1] == '\n') {
        len--;
    }
    for (size_t i = len; i-- > 1;) {
        if (message[i] == '\n' && message[i - 1] == '\n') {
            return message + i + 1;
        }
    }
    return message + len;
}

bool hb_message_read(const char *message, struct hb_deploy *deploy,
                     struct hb_log_mark **marks, size_t *mark_count)
{
    struct reading reading = {.deploy = deploy};
    for (const char *line = trailers_of(message); *line != '\0';) {
        size_t len = strcspn(line, "\n");
        char *text = hb_strndup(line, len);
        char *colon = strstr(text, ": ");
        if (colon != NULL) {
            *colon = '\0';
            read_trailer(&reading, text, colon + 2);
        }
        free(text);
        line += len + (line[len] == '\n');
    }
    deploy->live =
        hb_outcome_was_delivered(deploy->outcome) && deploy->server_count > 0 &&
        hb_deploy_count(deploy, HB_SERVER_CONFIRMED) == deploy->server_count;
    if (marks != NULL) {
        *marks = reading.marks;
        *mark_count = reading.mark_count;
    } else {
        hb_message_free_marks(reading.marks, reading.mark_count);
    }
    return deploy->module != NULL && deploy->module[0] != '\0';
}

void hb_message_free_marks(struct hb_log_mark *marks, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        free(marks[i].server);
    }
    free(marks);
}
