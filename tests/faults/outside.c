/*
 * Deliveries into a pickup directory while somebody swaps what lies there.
 *
 *   outside put PLACE KIND TRIES SECONDS [old]  delivers, while a second
 *       process swaps, until TRIES had something swapped as they went on;
 *       prints how the deliveries went, as JSON
 *   outside swap PLACE KIND SECONDS             only swaps, until it is killed
 *
 * PLACE holds server1 (a server's folder), outside (what must stay as it is)
 * and ground (what the swapping needs). KIND is what is swapped: module,
 * folder or staging. With "old" the kernel has no openat2. A delivery that
 * hangs is ended by SIGALRM after SECONDS, and so is the swapping.
 */
#include "delivery/delivery.h"

#include "base/alloc.h"
#include "base/paths.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PICKUP "server1/pickup/incoming/services"
#define STAGE "server1/.hotbridge"
#define FOREIGN "somebody = 'else'\n"
/* How long a swapped thing stays at most where nothing tells it better. */
#define STAY_NS (2 * 1000 * 1000)

/* Both processes look here. A try is asked for, begins when both of them run,
 * and is over; then what was swapped is put back. */
struct shared {
    atomic_ulong asked;
    atomic_ulong begun;
    atomic_ulong over;
    atomic_ulong back;
    atomic_ulong swaps;
    atomic_long usual_ns; /* how long a try takes */
};

static struct shared *shared;
static char *root; /* PLACE, resolved */

static void must(bool good, const char *what)
{
    if (!good) {
        perror(what);
        exit(2);
    }
}

/* ---- what is put there ------------------------------------------------- */

enum thing {
    RELATIVE,
    ABSOLUTE,
    DANGLING,
    TO_A_FOLDER,
    HARD,
    PIPE,
    FOLDER,
    FILE_OF_OTHERS,
    NOTHING,
    THINGS
};

/* Makes the thing at `at`; `to` is what a link leads to. */
static void make(enum thing thing, const char *at, const char *to)
{
    char text[4096];
    unlink(at);
    if (rmdir(at) != 0 && errno == ENOTEMPTY) { /* staged files are in it */
        snprintf(text, sizeof text, "%s/ground/full-%lx", root, random());
        must(rename(at, text) == 0, text);
    }
    switch (thing) {
    case RELATIVE:
        snprintf(text, sizeof text, "../../../../../../../../../../../..%s",
                 to);
        must(symlink(text, at) == 0, at);
        break;
    case ABSOLUTE: must(symlink(to, at) == 0, at); break;
    case DANGLING:
        snprintf(text, sizeof text, "%s/outside/new.py", root);
        must(symlink(text, at) == 0, at);
        break;
    case TO_A_FOLDER:
        snprintf(text, sizeof text, "%s/outside/folder", root);
        must(symlink(text, at) == 0, at);
        break;
    case HARD:
        snprintf(text, sizeof text, "%s/outside/canary.py", root);
        must(link(text, at) == 0, at);
        break;
    case PIPE: must(mkfifo(at, 0600) == 0, at); break;
    case FOLDER: must(mkdir(at, 0700) == 0, at); break;
    case FILE_OF_OTHERS: {
        int fd = open(at, O_WRONLY | O_CREAT | O_EXCL, 0644);
        must(fd >= 0 && write(fd, FOREIGN, strlen(FOREIGN)) > 0, at);
        close(fd);
        break;
    }
    case NOTHING:
    case THINGS: break;
    }
}

static unsigned long chance(unsigned long below)
{
    return (unsigned long)random() % below;
}

static long now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000000L + now.tv_nsec;
}

/* Watches closely for as long as the other should need, then less so. */
static void wait_for(atomic_ulong *count, unsigned long turn)
{
    long until = now_ns() + STAY_NS;
    while (atomic_load(count) < turn) {
        if (now_ns() > until) {
            sched_yield();
        }
    }
}

/* Any moment of a try is as good as another. */
static void stay(void)
{
    long until =
        now_ns() + (long)chance((unsigned long)atomic_load(&shared->usual_ns));
    while (now_ns() < until) {
    }
}

/* What lies at `spare` against what lies at `at`. */
static bool exchange(const char *spare, const char *at)
{
    bool ok = renameat2(AT_FDCWD, spare, AT_FDCWD, at, RENAME_EXCHANGE) == 0 ||
              (errno == ENOENT && rename(spare, at) == 0);
    shared->swaps += ok;
    return ok;
}

static void swap_module(const char *spare)
{
    char module[4096];
    char canary[4096];
    enum thing thing = chance(THINGS);
    snprintf(module, sizeof module, "%s/" PICKUP "/crm.py", root);
    snprintf(canary, sizeof canary, "%s/outside/canary.py", root);
    if (thing == NOTHING) {
        rename(module, spare);
        shared->swaps++;
    } else {
        make(thing, spare, canary);
        exchange(spare, module);
    }
    stay();
    make(FILE_OF_OTHERS, spare, NULL);
    exchange(spare, module);
}

/* One of the folders on the way, and back. */
static void swap_folder(const char *spare)
{
    static const char *const folders[] = {PICKUP, "server1/pickup/incoming",
                                          "server1/pickup", "server1"};
    char at[4096];
    char to[4096];
    size_t which = chance(4);
    snprintf(at, sizeof at, "%s/%s", root, folders[which]);
    snprintf(to, sizeof to, "%s/outside/%s", root, folders[which]);
    make(chance(2) == 0 ? RELATIVE : ABSOLUTE, spare, to);
    if (exchange(spare, at)) {
        stay();
        must(exchange(spare, at), "back");
    }
}

/* The staging folder, or what was staged in it. */
static void swap_staging(const char *spare)
{
    char at[4096];
    char to[4096];
    snprintf(at, sizeof at, "%s/" STAGE, root);
    if (chance(2) == 0) {
        static const enum thing things[] = {RELATIVE, ABSOLUTE, DANGLING,
                                            PIPE,     FOLDER,   HARD};
        snprintf(to, sizeof to, "%s/outside/" STAGE, root);
        make(things[chance(sizeof things / sizeof *things)], spare, to);
        if (exchange(spare, at)) {
            stay();
            must(exchange(spare, at), "back");
        }
        return;
    }
    DIR *folder = opendir(at);
    struct dirent *entry;
    snprintf(to, sizeof to, "%s/outside/canary.py", root);
    while (folder != NULL && (entry = readdir(folder)) != NULL) {
        if (strncmp(entry->d_name, HB_STAGED, strlen(HB_STAGED)) == 0) {
            make(chance(2) == 0 ? HARD : ABSOLUTE, spare, to);
            shared->swaps += renameat2(AT_FDCWD, spare, dirfd(folder),
                                       entry->d_name, RENAME_EXCHANGE) == 0;
            break;
        }
    }
    if (folder != NULL) {
        closedir(folder);
    }
}

static void swap_once(const char *kind, const char *spare)
{
    stay();
    if (strcmp(kind, "module") == 0) {
        swap_module(spare);
    } else if (strcmp(kind, "folder") == 0) {
        swap_folder(spare);
    } else {
        swap_staging(spare);
    }
}

/* As long as a try lasts, for each; ended by a signal. */
static void swap_in_turn(const char *kind, const char *spare)
{
    for (unsigned long turn = 1;; turn++) {
        wait_for(&shared->asked, turn);
        atomic_store(&shared->begun, turn);
        while (atomic_load(&shared->over) < turn) {
            swap_once(kind, spare);
        }
        atomic_store(&shared->back, turn);
    }
}

/* ---- the deliveries ---------------------------------------------------- */

static struct hb_target *make_target(void)
{
    static const enum hb_profile profiles[] = {
        HB_PROFILE_ZATO_2, HB_PROFILE_ZATO_32, HB_PROFILE_ZATO_4};
    struct hb_target *target = hb_target_new("dev");
    char *path = hb_path_join(root, "server1");
    struct hb_server *server = hb_target_add_server(target, "server1", path);
    server->found = true;
    server->home = hb_strdup(path);
    server->profile = profiles[chance(3)];
    server->pickup = hb_path_join(root, PICKUP);
    free(path);
    return target;
}

static void deliver(const struct hb_strings *known, const char *text,
                    bool sweep, unsigned long outcomes[])
{
    struct hb_target *target = make_target();
    struct hb_put_result result;
    bool flags[1] = {true};
    char blob[HB_OID_SIZE];
    int64_t mtime;
    hb_text_blob_id(text, strlen(text), blob);
    const struct hb_put_request request = {
        .target = target,
        .flags = flags,
        .module = "crm.py",
        .bytes = text,
        .len = strlen(text),
        .blob = blob,
        .known = known,
    };
    hb_delivery_put(&request, &result);
    outcomes[result.put]++;
    if (result.put == HB_PUT_DONE) {
        hb_delivery_nudge(&target->servers[0], "crm.py", blob, result.mtime,
                          &mtime, NULL);
    }
    if (sweep) {
        hb_delivery_sweep(&target->servers[0]);
    }
    hb_put_result_release(&result);
    hb_target_free(target);
}

static void know(struct hb_strings *known, const char *path)
{
    char blob[HB_OID_SIZE];
    char *bytes = NULL;
    size_t len = 0;
    must(hb_file_read(path, 4096, &bytes, &len, NULL), path);
    hb_text_blob_id(bytes, len, blob);
    hb_strings_add(known, blob);
    free(bytes);
}

static void no_openat2(void)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat2, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {sizeof code / sizeof *code, code};
    must(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
             prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0,
         "seccomp");
}

/* Nothing in the module's place but what somebody else has put there, or
 * nothing at all, so that no try meets what was left by the last. */
static void lay_out(unsigned long number)
{
    char module[4096];
    snprintf(module, sizeof module, "%s/" PICKUP "/crm.py", root);
    make(number % 4 == 0 ? NOTHING : FILE_OF_OTHERS, module, NULL);
}

/* Until so many were delivered while something was swapped. Every other time
 * the bytes of the canary are not known, so that they are put back. */
static void deliver_all(unsigned long tries)
{
    unsigned long outcomes[HB_PUT_FAILED + 1] = {0};
    unsigned long raced = 0;
    struct hb_strings known[2] = {{0}, {0}};
    char foreign[HB_OID_SIZE];
    char *canary = hb_path_join(root, "outside/canary.py");
    hb_text_blob_id(FOREIGN, strlen(FOREIGN), foreign);
    hb_strings_add(&known[0], foreign);
    hb_strings_add(&known[1], foreign);
    know(&known[1], canary);
    for (unsigned long number = 1; raced < tries; number++) {
        char text[64];
        snprintf(text, sizeof text, "x = %lu\n", number);
        lay_out(number);
        unsigned long before = atomic_load(&shared->swaps);
        atomic_store(&shared->asked, number);
        wait_for(&shared->begun, number);
        long began = now_ns();
        deliver(&known[number % 2], text, number % 64 == 0, outcomes);
        atomic_store(
            &shared->usual_ns,
            1 + (atomic_load(&shared->usual_ns) * 15 + now_ns() - began) / 16);
        raced += atomic_load(&shared->swaps) > before;
        atomic_store(&shared->over, number);
        wait_for(&shared->back, number);
    }
    printf("{\"done\": %lu, \"found\": %lu, \"link\": %lu, \"failed\": %lu, "
           "\"raced\": %lu, \"swaps\": %lu}\n",
           outcomes[HB_PUT_DONE], outcomes[HB_PUT_FOUND], outcomes[HB_PUT_LINK],
           outcomes[HB_PUT_FAILED], raced, atomic_load(&shared->swaps));
    hb_strings_release(&known[0]);
    hb_strings_release(&known[1]);
    free(canary);
}

static int put(const char *kind, const char *spare, unsigned long tries,
               unsigned seconds, bool old)
{
    pid_t child = fork();
    must(child >= 0, "fork");
    alarm(seconds);
    srandom((unsigned)getpid());
    if (child == 0) {
        swap_in_turn(kind, spare);
    }
    if (old) {
        no_openat2();
    }
    deliver_all(tries);
    kill(child, SIGKILL);
    return waitpid(child, NULL, 0) == child ? 0 : 2;
}

int main(int count, char **words)
{
    if (count < 5) {
        fprintf(stderr, "usage: outside put PLACE KIND TRIES SECONDS [old]\n"
                        "       outside swap PLACE KIND SECONDS\n");
        return 2;
    }
    root = realpath(words[2], NULL);
    must(root != NULL, words[2]);
    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE,
                  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    must(shared != MAP_FAILED, "mmap");
    char *spare = hb_format("%s/ground/%s-%d", root, words[3], getpid());
    atomic_store(&shared->usual_ns, STAY_NS);
    if (strcmp(words[1], "put") == 0 && count >= 6) {
        return put(words[3], spare, strtoul(words[4], NULL, 10),
                   (unsigned)strtoul(words[5], NULL, 10), count > 6);
    }
    alarm((unsigned)strtoul(words[4], NULL, 10));
    for (;;) {
        swap_once(words[3], spare);
    }
}
