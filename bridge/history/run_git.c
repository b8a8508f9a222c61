#include "history/run_git.h"

#include "base/alloc.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

/* Arguments of git that are used here at most. */
#define ARGUMENTS_MAX 12

char **hb_git_environment(void)
{
    extern char **environ;
    size_t count = 0;
    size_t kept = 0;
    while (environ[count] != NULL) {
        count++;
    }
    char **out = hb_alloc((count + 1) * sizeof *out);
    for (size_t i = 0; i < count; i++) {
        if (strncmp(environ[i], "GIT_", 4) != 0) {
            out[kept++] = hb_strdup(environ[i]);
        }
    }
    return out;
}

void hb_git_free_environment(char **environment)
{
    for (char **at = environment; at != NULL && *at != NULL; at++) {
        free(*at);
    }
    free(environment);
}

bool hb_git_run(const char *repository, const char *input,
                const char *const *arguments)
{
    const char *argv[ARGUMENTS_MAX + 4] = {"git", "--git-dir", repository};
    posix_spawn_file_actions_t files;
    char **environment = hb_git_environment();
    pid_t child = -1;
    int status = -1;
    for (size_t i = 0; arguments[i] != NULL && i < ARGUMENTS_MAX; i++) {
        argv[3 + i] = arguments[i];
    }
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(
        &files, 0, input == NULL ? "/dev/null" : input, O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&files, 1, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addopen(&files, 2, "/dev/null", O_WRONLY, 0);
    bool ok = posix_spawnp(&child, "git", &files, NULL, (char *const *)argv,
                           environment) == 0;
    while (ok && waitpid(child, &status, 0) < 0) {
        ok = errno == EINTR;
    }
    posix_spawn_file_actions_destroy(&files);
    hb_git_free_environment(environment);
    return ok && status == 0;
}
