#include "delivery/delivery.h"

#include "base/clock.h"
#include "scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <sys/inotify.h>
#include <sys/wait.h>

#include <cmocka.h>

/* How often a link is swapped in while modules are delivered. */
#define SWAPS 2000

/* A target of one server below the folder, as a probe would describe it. */
static struct hb_target *make_target(const char *folder,
                                     enum hb_profile profile, bool copies)
{
    struct hb_target *target = hb_target_new("dev");
    char *path = hb_path_join(folder, "server1");
    struct hb_server *server = hb_target_add_server(target, "server1", path);
    server->found = true;
    server->home = hb_strdup(path);
    server->profile = profile;
    server->running = HB_RUNNING_YES;
    server->pickup = hb_path_join(path, "pickup/incoming/services");
    hb_path_make(server->pickup, 0755, NULL);
    if (copies) {
        server->copies = hb_path_join(path, "work/hot-deploy/current");
        hb_path_make(server->copies, 0755, NULL);
    }
    free(path);
    return target;
}

static void put(struct hb_target *target, const char *text, const char *known,
                int64_t after, struct hb_put_result *result)
{
    bool flags[1] = {true};
    struct hb_strings list = {0};
    hb_strings_add(&list, known == NULL ? "none" : known);
    char blob[HB_OID_SIZE];
    hb_text_blob_id(text, strlen(text), blob);
    const struct hb_put_request request = {
        .target = target,
        .flags = flags,
        .module = "crm.py",
        .bytes = text,
        .len = strlen(text),
        .blob = blob,
        .known = &list,
        .after = after,
    };
    hb_delivery_put(&request, result);
    hb_strings_release(&list);
}

static int64_t mtime_of(const struct hb_server *server)
{
    struct stat st;
    char *path = hb_path_join(server->pickup, "crm.py");
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mtim.tv_nsec, 0);
    free(path);
    return st.st_mtim.tv_sec;
}

static void a_new_module_lies_there_whole(void **state)
{
    struct hb_target *target = make_target(*state, HB_PROFILE_ZATO_4, false);
    struct hb_server *server = &target->servers[0];
    struct hb_put_result result;
    put(target, "x = 1\n", NULL, 0, &result);
    assert_int_equal(result.put, HB_PUT_DONE);
    assert_true(result.servers[0].done);
    char *there = scratch_read(server->pickup, "crm.py");
    assert_string_equal(there, "x = 1\n");
    assert_int_equal(mtime_of(server), result.mtime);
    struct stat st;
    char *path = hb_path_join(server->pickup, "crm.py");
    stat(path, &st);
    assert_int_equal(st.st_mode & 07777, 0644);
    free(path);
    free(there);
    hb_put_result_release(&result);
    hb_target_free(target);
}

static void each_delivery_has_a_second_of_its_own(void **state)
{
    struct hb_target *target = make_target(*state, HB_PROFILE_ZATO_4, false);
    struct hb_put_result result;
    char known[HB_OID_SIZE];
    int64_t last = 0;
    for (int i = 0; i < 5; i++) {
        char text[32];
        snprintf(text, sizeof text, "x = %d\n", i);
        put(target, text, i == 0 ? NULL : known, 0, &result);
        assert_int_equal(result.put, HB_PUT_DONE);
        assert_true(result.mtime > last);
        last = result.mtime;
        hb_text_blob_id(text, strlen(text), known);
        hb_put_result_release(&result);
    }
    int64_t nudged = 0;
    assert_true(hb_delivery_nudge(&target->servers[0], "crm.py", known, last,
                                  &nudged, NULL));
    assert_true(nudged > last);
    assert_int_equal(mtime_of(&target->servers[0]), nudged);
    put(target, "y = 1\n", known, nudged + 7, &result);
    assert_int_equal(result.mtime, nudged + 8);
    hb_put_result_release(&result);
    hb_target_free(target);
}

static void a_foreign_version_is_found_and_left(void **state)
{
    struct hb_target *target = make_target(*state, HB_PROFILE_ZATO_4, false);
    struct hb_server *server = &target->servers[0];
    struct hb_put_result result;
    free(scratch_write(server->pickup, "crm.py", "theirs = 1\n"));
    put(target, "ours = 1\n", NULL, 0, &result);
    assert_int_equal(result.put, HB_PUT_FOUND);
    assert_string_equal(result.found_bytes, "theirs = 1\n");
    assert_false(result.found_in_copy);
    char known[HB_OID_SIZE];
    memcpy(known, result.found, sizeof known);
    char *there = scratch_read(server->pickup, "crm.py");
    assert_string_equal(there, "theirs = 1\n");
    free(there);
    hb_put_result_release(&result);
    put(target, "ours = 1\n", known, 0, &result);
    assert_int_equal(result.put, HB_PUT_DONE);
    hb_put_result_release(&result);
    hb_target_free(target);
}

static void mode_of_the_old_file_is_kept(void **state)
{
    struct hb_target *target = make_target(*state, HB_PROFILE_ZATO_32, false);
    struct hb_server *server = &target->servers[0];
    struct hb_put_result result;
    char known[HB_OID_SIZE];
    char *path = scratch_write(server->pickup, "crm.py", "a = 1\n");
    chmod(path, 0660);
    hb_text_blob_id("a = 1\n", 6, known);
    put(target, "b = 1\n", known, 0, &result);
    assert_int_equal(result.put, HB_PUT_DONE);
    struct stat st;
    stat(path, &st);
    assert_int_equal(st.st_mode & 07777, 0660);
    free(path);
    hb_put_result_release(&result);
    hb_target_free(target);
}

static void a_copy_of_the_same_size_has_its_second_first(void **state)
{
    struct hb_target *target = make_target(*state, HB_PROFILE_ZATO_32, true);
    struct hb_server *server = &target->servers[0];
    struct hb_put_result result;
    char known[HB_OID_SIZE];
    hb_text_blob_id("x = 1\n", 6, known);
    char *copy = scratch_write(server->copies, "crm.py", "x = 1\n");
    /* A second ahead, so that it cannot pass while the test runs. */
    struct timespec times[2] = {{.tv_sec = hb_clock_wall() / 1000 + 1}};
    times[1] = times[0];
    utimensat(AT_FDCWD, copy, times, 0);
    free(copy);
    put(target, "x = 2\n", known, 0, &result);
    assert_int_equal(result.put, HB_PUT_WAIT);
    assert_true(result.wait_ms > 0 && result.wait_ms <= 2000);
    hb_put_result_release(&result);
    put(target, "x = 22\n", known, 0, &result); /* another size: no wait */
    assert_int_equal(result.put, HB_PUT_DONE);
    hb_put_result_release(&result);
    hb_target_free(target);
}

static void a_foreign_copy_is_found_too(void **state)
{
    struct hb_target *target = make_target(*state, HB_PROFILE_ZATO_32, true);
    struct hb_put_result result;
    free(scratch_write(target->servers[0].copies, "crm.py", "theirs = 1\n"));
    put(target, "ours = 1\n", NULL, 0, &result);
    assert_int_equal(result.put, HB_PUT_FOUND);
    assert_true(result.found_in_copy);
    hb_put_result_release(&result);
    hb_target_free(target);
}

static void a_link_is_not_written_through(void **state)
{
    struct hb_target *target = make_target(*state, HB_PROFILE_ZATO_4, false);
    struct hb_server *server = &target->servers[0];
    struct hb_put_result result;
    char *secret = scratch_write(*state, "secret", "keep\n");
    char *link = hb_path_join(server->pickup, "crm.py");
    assert_int_equal(symlink(secret, link), 0);
    put(target, "x = 1\n", NULL, 0, &result);
    assert_int_equal(result.put, HB_PUT_LINK);
    assert_non_null(strstr(result.message, secret));
    char *kept = scratch_read(*state, "secret");
    assert_string_equal(kept, "keep\n");
    free(kept);
    free(secret);
    free(link);
    hb_put_result_release(&result);
    hb_target_free(target);
}

struct swapper {
    const char *pickup;
    const char *outside;
    atomic_bool stop;
};

/* Puts a link where the module was, and takes it away, all the time. */
static void *swap(void *user)
{
    struct swapper *swapper = user;
    char *module = hb_path_join(swapper->pickup, "crm.py");
    char *secret = hb_path_join(swapper->outside, "crm.py");
    while (!atomic_load(&swapper->stop)) {
        unlink(module);
        if (symlink(secret, module) == 0) {
            unlink(module);
        }
    }
    free(module);
    free(secret);
    return NULL;
}

static void links_swapped_in_lead_nowhere(void **state)
{
    struct hb_target *target = make_target(*state, HB_PROFILE_ZATO_4, false);
    char *outside = hb_path_join(*state, "outside");
    free(scratch_write(outside, "crm.py", "keep\n"));
    struct swapper swapper = {target->servers[0].pickup, outside, false};
    pthread_t thread;
    char known[HB_OID_SIZE];
    hb_text_blob_id("x = 1\n", 6, known);
    assert_int_equal(pthread_create(&thread, NULL, swap, &swapper), 0);
    for (int i = 0; i < SWAPS; i++) {
        struct hb_put_result result;
        put(target, "x = 1\n", known, 0, &result);
        hb_put_result_release(&result);
    }
    atomic_store(&swapper.stop, true);
    pthread_join(thread, NULL);
    char *kept = scratch_read(outside, "crm.py");
    assert_string_equal(kept, "keep\n");
    free(kept);
    free(outside);
    hb_target_free(target);
}

static void a_pickup_directory_that_is_a_link_now_is_refused(void **state)
{
    struct hb_target *target = make_target(*state, HB_PROFILE_ZATO_4, false);
    struct hb_server *server = &target->servers[0];
    struct hb_put_result result;
    char *outside = hb_path_join(*state, "outside");
    hb_path_make(outside, 0755, NULL);
    assert_int_equal(rmdir(server->pickup), 0);
    assert_int_equal(symlink(outside, server->pickup), 0);
    put(target, "x = 1\n", NULL, 0, &result);
    assert_int_equal(result.put, HB_PUT_FAILED);
    assert_non_null(strstr(result.message, "link"));
    assert_int_not_equal(access(outside, F_OK), -1);
    char *there = scratch_read(outside, "crm.py");
    assert_null(there);
    free(outside);
    hb_put_result_release(&result);
    hb_target_free(target);
}

/* Counts what a watcher of the folder would notice. */
static void notice(int watch, unsigned *closed, unsigned *moved)
{
    char events[4096] __attribute__((aligned(8)));
    *closed = 0;
    *moved = 0;
    for (ssize_t len; (len = read(watch, events, sizeof events)) > 0;) {
        for (char *at = events; at < events + len;) {
            struct inotify_event *event = (struct inotify_event *)at;
            bool ours = strcmp(event->name, "crm.py") == 0;
            *closed += ours && (event->mask & IN_CLOSE_WRITE) != 0;
            *moved += ours && (event->mask & IN_MOVED_TO) != 0;
            at += sizeof *event + event->len;
        }
    }
}

static void watchers_notice_it_once(void **state)
{
    static const enum hb_profile profiles[] = {
        HB_PROFILE_ZATO_2, HB_PROFILE_ZATO_32, HB_PROFILE_ZATO_4};
    char known[HB_OID_SIZE] = "none";
    for (size_t i = 0; i < 3; i++) {
        struct hb_target *target = make_target(*state, profiles[i], false);
        struct hb_put_result result;
        char text[32];
        unsigned closed;
        unsigned moved;
        int watch = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
        inotify_add_watch(watch, target->servers[0].pickup,
                          IN_CLOSE_WRITE | IN_MOVED_TO);
        snprintf(text, sizeof text, "x = %zu\n", i);
        put(target, text, known, 0, &result);
        assert_int_equal(result.put, HB_PUT_DONE);
        hb_text_blob_id(text, strlen(text), known);
        notice(watch, &closed, &moved);
        if (profiles[i] == HB_PROFILE_ZATO_2) {
            assert_int_equal(closed + moved, 1);
        } else {
            assert_int_equal(closed, 1);
        }
        close(watch);
        hb_put_result_release(&result);
        hb_target_free(target);
    }
}

static void the_saved_file_itself_is_only_touched(void **state)
{
    struct hb_target *target = make_target(*state, HB_PROFILE_ZATO_4, false);
    struct hb_server *server = &target->servers[0];
    struct hb_put_result result;
    struct stat before;
    struct stat after;
    bool flags[1] = {true};
    struct hb_strings known = {0};
    char *path = scratch_write(server->pickup, "crm.py", "x = 1\n");
    stat(path, &before);
    hb_strings_add(&known, "none");
    char blob[HB_OID_SIZE];
    hb_text_blob_id("x = 1\n", 6, blob);
    const struct hb_put_request request = {
        .target = target,
        .flags = flags,
        .module = "crm.py",
        .bytes = "x = 1\n",
        .len = 6,
        .blob = blob,
        .document = path,
        .known = &known,
    };
    hb_delivery_put(&request, &result);
    assert_int_equal(result.put, HB_PUT_DONE);
    stat(path, &after);
    assert_int_equal(before.st_ino, after.st_ino);
    assert_int_equal(after.st_mtim.tv_sec, result.mtime);
    free(path);
    hb_strings_release(&known);
    hb_put_result_release(&result);
    hb_target_free(target);
}

static void without_a_staging_folder_a_dot_name_serves(void **state)
{
    struct hb_target *target = make_target(*state, HB_PROFILE_ZATO_4, false);
    struct hb_server *server = &target->servers[0];
    struct hb_put_result result;
    /* A folder of another file system stands in for one that cannot be. */
    free(server->home);
    server->home = hb_strdup("/dev/shm");
    put(target, "x = 1\n", NULL, 0, &result);
    assert_int_equal(result.put, HB_PUT_DONE);
    char *there = scratch_read(server->pickup, "crm.py");
    assert_string_equal(there, "x = 1\n");
    rmdir("/dev/shm/" HB_STAGING);
    free(there);
    hb_put_result_release(&result);
    hb_target_free(target);
}

/* A process that is no more. */
static int dead(void)
{
    pid_t child = fork();
    if (child == 0) {
        _exit(0);
    }
    waitpid(child, NULL, 0);
    return (int)child;
}

/* A staged file of a dead bridge, which was to bring "ours\n" in the place of
 * "old\n", or of nothing. */
static char *leave(const struct hb_server *server, bool first, const char *text,
                   mode_t mode)
{
    char ours[HB_OID_SIZE];
    char old[HB_OID_SIZE] = "";
    char word[17];
    hb_text_blob_id("ours\n", 5, ours);
    if (!first) {
        hb_text_blob_id("old\n", 4, old);
    }
    assert_true(hb_text_random_hex(word, 8, NULL));
    char *name = hb_format(HB_STAGING "/" HB_STAGED "%d-%s-%.8s-%.8s", dead(),
                           word, ours, old);
    char *path = scratch_write(server->home, name, text);
    chmod(path, mode);
    free(name);
    return path;
}

static void a_sweep_removes_what_is_ours(void **state)
{
    struct hb_target *target = make_target(*state, HB_PROFILE_ZATO_4, false);
    struct hb_server *server = &target->servers[0];
    static const struct {
        bool first;
        const char *text;
        mode_t mode;
        bool kept;
    } rows[] = {
        {true, "ours\n", 0644, false},       {false, "ours\n", 0644, false},
        {false, "old\n", 0644, false}, /* it was replaced */
        {true, "ou", HB_STAGED_MODE, false}, {true, "", HB_STAGED_MODE, false},
        {true, "old\n", 0644, true}, /* then it was somebody's */
        {false, "theirs\n", 0644, true},     {false, "", 0600, true},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char *path = leave(server, rows[i].first, rows[i].text, rows[i].mode);
        char *kept = hb_format("%s" HB_KEPT, path);
        hb_delivery_sweep(server);
        hb_delivery_sweep(server); /* nor does the next one */
        assert_int_equal(access(path, F_OK), -1);
        assert_int_equal(access(kept, F_OK) == 0, rows[i].kept);
        free(kept);
        free(path);
    }
    char *path = leave(server, true, "ours\n", 0644);
    char *kept = hb_format("%s" HB_KEPT, path);
    unlink(path);
    assert_int_equal(symlink("/nowhere", path), 0);
    hb_delivery_sweep(server);
    struct stat st;
    assert_int_equal(lstat(kept, &st), 0);
    free(kept);
    free(path);
    hb_target_free(target);
}

static void servers_are_chosen_by_version(void **state)
{
    bool flags[3];
    struct hb_error err = {0};
    struct hb_target *target = hb_target_new("dev");
    (void)state;
    assert_false(hb_delivery_choose(target, flags, &err));
    assert_int_equal(err.code, HB_EDELIVERY);
    for (int i = 0; i < 3; i++) {
        char name[16];
        snprintf(name, sizeof name, "server%d", i + 1);
        struct hb_server *server = hb_target_add_server(target, name, "/x");
        server->found = true;
        server->profile = HB_PROFILE_ZATO_32;
        server->pickup = hb_strdup("/x/pickup");
        server->running = i == 0 ? HB_RUNNING_NO : HB_RUNNING_YES;
    }
    assert_true(hb_delivery_choose(target, flags, &err));
    assert_false(flags[0]);
    assert_true(flags[1]);
    assert_false(flags[2]);
    for (int i = 0; i < 3; i++) {
        target->servers[i].profile = HB_PROFILE_ZATO_4;
    }
    assert_true(hb_delivery_choose(target, flags, NULL));
    assert_true(flags[0] && flags[1] && flags[2]);
    for (int i = 0; i < 3; i++) {
        target->servers[i].running = HB_RUNNING_NO;
    }
    hb_error_clear(&err);
    assert_false(hb_delivery_choose(target, flags, &err));
    assert_non_null(strstr(err.message, "zato start"));
    hb_target_free(target);
}

#define SCRATCH(f) \
    cmocka_unit_test_setup_teardown(f, scratch_setup, scratch_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH(a_new_module_lies_there_whole),
        SCRATCH(each_delivery_has_a_second_of_its_own),
        SCRATCH(a_foreign_version_is_found_and_left),
        SCRATCH(mode_of_the_old_file_is_kept),
        SCRATCH(a_copy_of_the_same_size_has_its_second_first),
        SCRATCH(a_foreign_copy_is_found_too),
        SCRATCH(a_link_is_not_written_through),
        SCRATCH(links_swapped_in_lead_nowhere),
        SCRATCH(a_pickup_directory_that_is_a_link_now_is_refused),
        SCRATCH(watchers_notice_it_once),
        SCRATCH(the_saved_file_itself_is_only_touched),
        SCRATCH(without_a_staging_folder_a_dot_name_serves),
        SCRATCH(a_sweep_removes_what_is_ours),
        cmocka_unit_test(servers_are_chosen_by_version),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
