#include "confirm/log.h"

#include "base/alloc.h"
#include "base/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void free_group(struct hb_group *group)
{
    hb_strings_release(&group->names);
    free(group->process);
    free(group->thread);
    free(group->error);
    free(group->path);
    free(group);
}

void hb_topic_free(struct hb_topic *topic)
{
    while (topic->groups != NULL) {
        struct hb_group *group = topic->groups;
        topic->groups = group->next;
        free_group(group);
    }
    free(topic->target);
    free(topic->module);
    free(topic);
}

void hb_topic_restart(struct hb_topic *topic)
{
    while (topic->groups != NULL) {
        struct hb_group *group = topic->groups;
        topic->groups = group->next;
        free_group(group);
    }
    topic->answer_count = 0;
    topic->triggers = topic->triggers > 0 ? 1 : 0;
}

static struct hb_answers *answers_of(struct hb_topic *topic,
                                     const char *process)
{
    for (size_t i = 0; i < topic->answer_count; i++) {
        if (strcmp(topic->answers[i].process, process) == 0) {
            return &topic->answers[i];
        }
    }
    if (topic->answer_count == HB_LOG_PROCESSES) {
        return NULL;
    }
    struct hb_answers *answers = &topic->answers[topic->answer_count++];
    snprintf(answers->process, sizeof answers->process, "%s", process);
    answers->count = 0;
    return answers;
}

void hb_topic_resync(struct hb_topic *topic, const char *process,
                     unsigned number)
{
    struct hb_answers *answers = answers_of(topic, process);
    if (answers != NULL && answers->count < number) {
        answers->count = number;
    }
}

void hb_topic_forget_surplus(struct hb_topic *topic)
{
    for (size_t i = 0; i < topic->answer_count; i++) {
        if (topic->answers[i].count > topic->triggers) {
            topic->answers[i].count = topic->triggers;
        }
    }
}

/* The group has all its lines: it is an answer. */
static void close_group(struct hb_topic *topic, struct hb_group *group,
                        bool good, const struct hb_strings *names)
{
    struct hb_answers *answers = answers_of(topic, group->process);
    struct hb_group **at = &topic->groups;
    while (*at != group) {
        at = &(*at)->next;
    }
    *at = group->next;
    if (answers != NULL) {
        answers->count++;
        const struct hb_answer answer = {
            .good = good,
            .number = answers->count,
            .process = group->process,
            .names = names,
            .error = group->error,
            .error_len = group->error_len,
            .path = group->path,
            .written = group->written,
        };
        hb_watch_answer(topic, &answer);
    }
    free_group(group);
}

static struct hb_group *group_of(struct hb_topic *topic,
                                 const struct hb_log_event *event)
{
    struct hb_group *group = topic->groups;
    while (group != NULL && strcmp(group->thread, event->thread) != 0) {
        group = group->next;
    }
    if (group == NULL) {
        group = hb_alloc(sizeof *group);
        group->process = hb_strdup(event->process);
        group->thread = hb_strdup(event->thread);
        group->next = topic->groups;
        topic->groups = group;
    }
    return group;
}

void hb_topic_take(struct hb_topic *topic, const struct hb_log_event *event)
{
    struct hb_group *group = group_of(topic, event);
    double now = hb_clock_monotonic();
    topic->last_word = now;
    group->written = topic->log->line_written;
    if (group->path == NULL) {
        group->path = hb_strdup(event->path);
    }
    switch (event->word) {
    case HB_WORD_MODELS:
        hb_strings_release(&group->names);
        hb_strings_copy(&group->names, event->names);
        group->closes = now + HB_JUDGE_GROUP;
        break;
    case HB_WORD_ERROR:
        free(group->error);
        group->error = hb_strndup(event->text, event->text_len);
        group->error_len = strlen(group->error);
        hb_replace(&group->path, event->path);
        group->closes = now + HB_JUDGE_GROUP;
        break;
    case HB_WORD_SERVICES: close_group(topic, group, true, event->names); break;
    case HB_WORD_NOTHING: close_group(topic, group, false, event->names); break;
    default: break;
    }
}

double hb_topic_tick(struct hb_topic *topic, double now)
{
    double next = HB_NEVER;
    struct hb_group *after;
    for (struct hb_group *group = topic->groups; group != NULL; group = after) {
        after = group->next;
        if (group->closes > now) {
            next = group->closes < next ? group->closes : next;
        } else {
            /* Models alone are a success; an error alone is none. */
            static const struct hb_strings none;
            close_group(topic, group, group->error == NULL, &none);
        }
    }
    return next;
}
