/*
 * match LOG ROUNDS: what it costs to match a log, against only reading it, in
 * one run and in turn. Prints a line for each round: seconds for read(),
 * seconds for reading and matching, events. The log goes through pieces of the
 * same size and the same matcher as in the bridge; its pages are warm, so that
 * both are all processor time, and it is that which is told: others that use
 * the machine meanwhile lengthen neither.
 */
#include "confirm/match.h"
#include "base/alloc.h"
#include "confirm/trail.h"
#include "model/target.h"

#include <fcntl.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void on_event(void *user, const struct hb_log_event *event)
{
    (void)event;
    ++*(size_t *)user;
}

static int open_log(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        perror(path);
        exit(2);
    }
    return fd;
}

static double only_read(const char *path)
{
    char *buffer = hb_alloc(HB_TRAIL_CHUNK);
    int fd = open_log(path);
    double begun = now();
    while (read(fd, buffer, HB_TRAIL_CHUNK) > 0) {
    }
    double took = now() - begun;
    close(fd);
    free(buffer);
    return took;
}

/* No line of the log is longer than a chunk; what is cut goes on in front of
 * the next. */
static double read_and_match(const char *path, struct hb_matcher *matcher,
                             size_t *events)
{
    char *buffer = hb_alloc(2 * HB_TRAIL_CHUNK);
    size_t kept = 0;
    ssize_t got;
    int fd = open_log(path);
    double begun = now();
    while ((got = read(fd, buffer + kept, HB_TRAIL_CHUNK)) > 0) {
        const char *line = buffer;
        const char *end = buffer + kept + got;
        const char *newline;
        while ((newline = memchr(line, '\n', (size_t)(end - line))) != NULL) {
            hb_matcher_line(matcher, line, (size_t)(newline - line), on_event,
                            events);
            line = newline + 1;
        }
        kept = (size_t)(end - line);
        memmove(buffer, line, kept);
    }
    double took = now() - begun;
    close(fd);
    free(buffer);
    return took;
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fprintf(stderr, "usage: match LOG ROUNDS\n");
        return 2;
    }
    const char *locale = setlocale(LC_ALL, "");
    if (locale == NULL || strstr(locale, "UTF-8") == NULL) {
        fprintf(stderr, "match: set LC_ALL to a UTF-8 locale\n");
        return 2;
    }
    struct hb_target *target = hb_target_new("");
    struct hb_server *server =
        hb_target_add_server(target, "server1", "/opt/zato/env/qs-1/server1");
    server->profile = HB_PROFILE_ZATO_32;
    server->copies =
        hb_strdup("/opt/zato/env/qs-1/server1/work/hot-deploy/current");
    server->pickup =
        hb_strdup("/opt/zato/env/qs-1/server1/pickup/incoming/services");
    struct hb_matcher *matcher = hb_matcher_new(server);
    size_t events = 0;
    only_read(argv[1]);
    for (int i = 0; i < atoi(argv[2]); i++) {
        double rival = only_read(argv[1]);
        events = 0;
        double ours = read_and_match(argv[1], matcher, &events);
        printf("%.6f %.6f %zu\n", rival, ours, events);
    }
    hb_matcher_free(matcher);
    hb_target_free(target);
    return 0;
}
