#include "target/config.h"

#include "target/tree.h"
#include "target/values.h"

#include <git2.h>

static struct hb_config *load(void **state, const char *text,
                              struct hb_error *err)
{
    tree_write(state, "config", text);
    char *path = tree_path(state, "config");
    struct hb_config *config = hb_config_load(path, err);
    free(path);
    return config;
}

static struct hb_config *load_good(void **state, const char *text)
{
    struct hb_error err = {0};
    struct hb_config *config = load(state, text, &err);
    if (config == NULL) {
        fail_msg("%s", err.message);
    }
    return config;
}

/* The text must be refused, on that line and with these words. */
static void refuse(void **state, const char *text, int line, const char *words)
{
    struct hb_error err = {0};
    char place[32];
    struct hb_config *config = load(state, text, &err);
    if (config != NULL) {
        fail_msg("was read: %s", text);
    }
    assert_int_equal(err.code, HB_ECONFIG);
    assert_non_null(strstr(err.message, "~/config"));
    snprintf(place, sizeof place, line == 0 ? "config" : "line %d:", line);
    if (strstr(err.message, place) == NULL ||
        strstr(err.message, words) == NULL) {
        fail_msg("%s: %s", text, err.message);
    }
}

static void every_key_is_read(void **state)
{
    struct hb_config *config = load_good(
        state, "# ours\n[bridge]\n\tdefaultTarget = dev\n\tmaxModuleSize = 2m\n"
               "[target \"dev\"]\n\tserver = /opt/qs 1/server1\n"
               "\tSERVER = ~/qs/server2/ ; second\n\tonSave = always\n"
               "\tonConflict = overwrite\n\tguard = manual\n"
               "\tconfirmTimeout = 2m\n\tprofile = zato-3.2\n\tdeliver = all\n"
               "[target \"prod\"]\n\tserver = \"/opt/a;b\"\n");
    assert_string_equal(config->default_target, "dev");
    assert_int_equal(config->max_module_size, 2 * 1024 * 1024);
    assert_int_equal(config->target_count, 2);
    const struct hb_target *dev = config->targets[0];
    char *second = tree_path(state, "qs/server2");
    assert_string_equal(dev->name, "dev");
    assert_int_equal(dev->server_count, 2);
    assert_string_equal(dev->servers[0].path, "/opt/qs 1/server1");
    assert_string_equal(dev->servers[0].name, "server1");
    assert_string_equal(dev->servers[1].path, second);
    assert_string_equal(dev->servers[1].name, "server2");
    assert_int_equal(dev->on_save, HB_SAVE_ALWAYS);
    assert_int_equal(dev->on_conflict, HB_CONFLICT_OVERWRITE);
    assert_int_equal(dev->guard, HB_GUARD_MANUAL);
    assert_int_equal(dev->profile, HB_PROFILE_ZATO_32);
    assert_int_equal(dev->deliver, HB_DELIVER_ALL);
    assert_true(dev->confirm_timeout == 120);
    assert_string_equal(config->targets[1]->servers[0].path, "/opt/a;b");
    assert_int_equal(config->targets[1]->on_save, HB_SAVE_MARKER);
    assert_true(config->targets[1]->confirm_timeout == 30);
    assert_ptr_equal(hb_config_target(config, NULL, NULL), dev);
    free(second);
    hb_config_free(config);
}

static void what_people_write_is_read(void **state)
{
    struct hb_config *config =
        load_good(state, "\xEF\xBB\xBF; first\r\n[Target \"dev\"]\r\n"
                         "onsave=never\r\nserver=/a/x\r\n"
                         "[target \"b.c\"] server = /a/y\r\n"
                         "[target \"dev\"]\r\nserver=/a/z\r\n"
                         "onSave = marker # the last one counts\r\n");
    assert_int_equal(config->target_count, 2);
    assert_int_equal(config->targets[0]->server_count, 2);
    assert_int_equal(config->targets[0]->on_save, HB_SAVE_MARKER);
    assert_string_equal(config->targets[1]->name, "b.c");
    hb_config_free(config);
}

static void nothing_is_an_empty_configuration(void **state)
{
    struct hb_error err = {0};
    char *path = tree_path(state, "no/such/config");
    struct hb_config *config = hb_config_load(path, &err);
    assert_non_null(config);
    assert_int_equal(config->target_count, 0);
    assert_int_equal(config->max_module_size, HB_CONFIG_MODULE_SIZE);
    assert_null(hb_config_target(config, NULL, &err));
    assert_int_equal(err.code, HB_ETARGET);
    assert_non_null(strstr(err.message, "hotbridge target add"));
    hb_config_free(config);
    hb_config_free(load_good(state, ""));
    hb_config_free(load_good(state, "# only words\n\n;\n"));
    free(path);
}

static void a_target_is_found_or_those_there_are_listed(void **state)
{
    struct hb_error err = {0};
    struct hb_config *config =
        load_good(state, "[target \"dev\"]\nserver=/a\n");
    assert_non_null(hb_config_target(config, NULL, NULL));
    assert_null(hb_config_target(config, "prod", &err));
    assert_non_null(strstr(err.message, "`prod`"));
    assert_non_null(strstr(err.message, "dev"));
    hb_config_free(config);
    config = load_good(state, "[target \"a\"]\nserver=/a\n[target \"b\"]\n"
                              "server=/b\n");
    hb_error_clear(&err);
    assert_null(hb_config_target(config, NULL, &err));
    assert_non_null(strstr(err.message, "a, b"));
    hb_config_free(config);
    config = load_good(state, "[bridge]\ndefaultTarget=gone\n"
                              "[target \"a\"]\nserver=/a\n");
    hb_error_clear(&err);
    assert_null(hb_config_target(config, NULL, &err));
    assert_non_null(strstr(err.message, "`gone`"));
    hb_config_free(config);
}

static void what_is_wrong_is_named_with_its_line(void **state)
{
    refuse(state, "[target \"dev\"]\nserver=/a\nonSaev = never\n", 3,
           "`onSaev`");
    refuse(state, "[bridge]\nport = 1\n", 2, "`port`");
    refuse(state, "\n\n[bridg]\nport = 1\n", 3, "`bridg`");
    refuse(state, "[other \"x\"]\n", 1, "`other.x`");
    refuse(state, "[target]\nserver=/a\n", 1, "`target`");
    refuse(state, "[target \"Dev\"]\nserver=/a\n", 1, "`Dev`");
    refuse(state, "[target \"a..b\"]\n", 1, "`a..b`");
    refuse(state, "[target \"dev\"]\nserver=/a\nonSave = sometimes\n", 3,
           "marker, always or never");
    refuse(state, "[target \"dev\"]\nonSave\n", 2, "no value");
    refuse(state, "[target \"dev\"]\nonSave =\n", 2, "marker");
    refuse(state, "[target \"dev\"]\nguard = ask\n", 2, "none, confirm");
    refuse(state, "[target \"dev\"]\nonConflict = Stop\n", 2, "stop or");
    refuse(state, "[target \"dev\"]\ndeliver = one\n", 2, "auto, first");
    refuse(state, "[target \"dev\"]\nprofile = zato-5\n", 2, "zato-3.2");
    refuse(state, "[target \"dev\"]\nprofile = unknown\n", 2, "zato-3.2");
    refuse(state, "[target \"dev\"]\nconfirmTimeout = soon\n", 2, "30s");
    refuse(state, "[target \"dev\"]\nconfirmTimeout = 0s\n", 2, "1s to 1h");
    refuse(state, "[bridge]\nmaxModuleSize = 7m\n", 2, "1 to 6m");
    refuse(state, "[bridge]\ndefaultTarget = Dev\n", 2, "name of a target");
    refuse(state, "[target \"dev\"]\nserver = qs/server1\n", 2, "whole path");
    refuse(state, "[target \"dev\"]\nserver = ~other/s\n", 2, "whole path");
    refuse(state, "[target \"dev\"]\nserver = /a\nserver = /a/\n", 3,
           "same folder");
    refuse(state, "[target \"dev\"]\nserver = /a\\nb\n", 2, "path of text");
    refuse(state, "[target \"dev\"]\nserver = /a\xFF\n", 2, "path of text");
    refuse(state, "[target \"dev\"\nserver = /a\n", 1, "']'");
    refuse(state, "garbage\n", 1, "in no section");
    refuse(state, "[target \"dev\"]\n= /a\n", 2, "key");
    refuse(state, "[target \"dev\"]\nserver = /a\\q\n", 2, "backslash");
    refuse(state, "x = 1\n", 1, "in no section");
    refuse(state, "[target \"dev\"]\nserver = /a \\\n\nguard = none\n", 2,
           "on one line");
    /* The line of the second of two keys. */
    refuse(state, "[target \"dev\"]\n# guard = no\nguard = none\nguard = no\n",
           4, "guard");
}

static void nothing_is_included(void **state)
{
    tree_write(state, "more", "[target \"more\"]\nserver=/a\n");
    refuse(state, "[include]\npath = more\n", 1, "`include`");
    refuse(state, "[bridge]\n[INCLUDE] path = more\n", 2, "`include`");
    refuse(state, "[includeIf \"gitdir:/\"]\npath = more\n", 1, "includeif");
}

static void files_that_cannot_be_read_are_told(void **state)
{
    struct hb_error err = {0};
    char *path = tree_path(state, "config");
    assert_int_equal(symlink("nowhere", path), 0);
    assert_null(hb_config_load(path, &err));
    assert_non_null(strstr(err.message, "link"));
    unlink(path);

    tree_make(state, "config");
    hb_error_clear(&err);
    assert_null(hb_config_load(path, &err));
    assert_int_equal(err.code, HB_ECONFIG);
    rmdir(path);

    tree_write(state, "config", "[bridge]\n");
    assert_int_equal(truncate(path, 2 << 20), 0);
    hb_error_clear(&err);
    assert_null(hb_config_load(path, &err));
    assert_int_equal(err.code, HB_ECONFIG);

    tree_write(state, "config", "[bridge]\n");
    assert_int_equal(truncate(path, 100), 0); /* NUL bytes */
    hb_error_clear(&err);
    assert_null(hb_config_load(path, &err));
    assert_non_null(strstr(err.message, "NUL"));

    tree_write(state, "config", "[bridge]\n");
    assert_int_equal(chmod(path, 0), 0);
    tree_become_nobody(state);
    hb_error_clear(&err);
    assert_null(hb_config_load(path, &err));
    tree_become_self();
    assert_non_null(strstr(err.message, "Permission denied"));
    free(path);
}

static void a_target_without_servers_has_a_problem(void **state)
{
    struct hb_config *config =
        load_good(state, "[target \"empty\"]\n[target \"dev\"]\nserver=/a\n");
    assert_int_equal(config->target_count, 2);
    assert_string_equal(config->targets[0]->name, "empty");
    assert_int_equal(config->targets[0]->problems.count, 1);
    assert_int_equal(config->targets[1]->problems.count, 0);
    hb_config_free(config);
}

static void servers_of_one_name_are_told_apart(void **state)
{
    struct hb_config *config =
        load_good(state, "[target \"dev\"]\nserver=/x/qs-1/server1\n"
                         "server=/x/qs-2/server1\nserver=/x/qs-2/server2\n"
                         "server=/y/qs-1/server1\n");
    const struct hb_server *servers = config->targets[0]->servers;
    assert_string_equal(servers[0].name, "x/qs-1/server1");
    assert_string_equal(servers[1].name, "qs-2/server1");
    assert_string_equal(servers[2].name, "server2");
    assert_string_equal(servers[3].name, "y/qs-1/server1");
    hb_config_free(config);
    config = load_good(state, "[target \"dev\"]\nserver=/a\nserver=/b/a\n");
    assert_string_equal(config->targets[0]->servers[0].name, "/a");
    assert_string_equal(config->targets[0]->servers[1].name, "b/a");
    hb_config_free(config);
}

static void two_ways_to_one_folder_are_one_server(void **state)
{
    tree_make(state, "real");
    char *link = tree_path(state, "link");
    assert_int_equal(symlink("real", link), 0);
    refuse(state, "[target \"dev\"]\nserver=~/real\nserver=~/link\n", 3,
           "same folder");
    free(link);
}

static bool add(void **state, const char *name, const char *const paths[],
                struct hb_error *err)
{
    struct hb_strings servers = {0};
    char *path = tree_path(state, "conf dir/config");
    for (size_t i = 0; paths[i] != NULL; i++) {
        hb_strings_add(&servers, paths[i]);
    }
    bool ok = hb_config_add_target(path, name, &servers, err);
    hb_strings_release(&servers);
    free(path);
    return ok;
}

static struct hb_config *added(void **state)
{
    char *path = tree_path(state, "conf dir/config");
    struct hb_config *config = hb_config_load(path, NULL);
    assert_non_null(config);
    free(path);
    return config;
}

static void a_target_is_added(void **state)
{
    struct stat st;
    struct hb_error err = {0};
    char *below_home = tree_path(state, "my \"qs\"/server1/");
    const char *const first[] = {below_home, "/opt/a;b#c/./server2", NULL};
    const char *const second[] = {"relative/../server 3 ", "/a\\b", NULL};
    assert_true(add(state, "dev", first, &err));
    assert_int_equal(chdir(*state), 0);
    assert_true(add(state, "prod", second, &err));

    struct hb_config *config = added(state);
    assert_string_equal(config->default_target, "dev");
    assert_int_equal(config->target_count, 2);
    below_home[strlen(below_home) - 1] = '\0';
    assert_string_equal(config->targets[0]->servers[0].path, below_home);
    assert_string_equal(config->targets[0]->servers[1].path,
                        "/opt/a;b#c/server2");
    /* What ".." leaves is not looked for: it stays. */
    char *odd = tree_path(state, "relative/../server 3 ");
    assert_string_equal(config->targets[1]->servers[0].path, odd);
    assert_string_equal(config->targets[1]->servers[1].path, "/a\\b");

    char *text = tree_read(state, "conf dir/config");
    assert_non_null(strstr(text, "[target \"dev\"]"));
    assert_non_null(strstr(text, "defaultTarget = dev"));
    assert_non_null(strstr(text, "~/my"));
    char *file = tree_path(state, "conf dir/config");
    char *folder = tree_path(state, "conf dir");
    assert_int_equal(stat(file, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_int_equal(stat(folder, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0700);
    free(folder);
    free(file);
    free(text);
    free(odd);
    free(below_home);
    hb_config_free(config);
}

static void links_stay_as_they_were_given(void **state)
{
    tree_make(state, "real/server1");
    char *link = tree_path(state, "link");
    char *given = tree_path(state, "link/server1/../server1");
    char *kept = tree_path(state, "link/server1");
    const char *const paths[] = {given, NULL};
    assert_int_equal(symlink("real", link), 0);
    assert_true(add(state, "dev", paths, NULL));
    struct hb_config *config = added(state);
    assert_string_equal(config->targets[0]->servers[0].path, kept);
    hb_config_free(config);
    free(kept);
    free(given);
    free(link);
}

static void a_bad_target_is_not_added(void **state)
{
    const char *const good[] = {"/a", NULL};
    const char *const twice[] = {"/a", "/a/", NULL};
    const char *const none[] = {NULL};
    const char *const odd[] = {"/a\nb", NULL};
    struct hb_error err = {0};
    assert_false(add(state, "Dev", good, &err));
    assert_int_equal(err.code, HB_EUSAGE);
    hb_error_clear(&err);
    assert_false(add(state, "dev", twice, &err));
    assert_int_equal(err.code, HB_EUSAGE);
    hb_error_clear(&err);
    assert_false(add(state, "dev", none, &err));
    assert_int_equal(err.code, HB_EUSAGE);
    hb_error_clear(&err);
    assert_false(add(state, "dev", odd, &err));
    assert_int_equal(err.code, HB_EUSAGE);
    assert_true(add(state, "dev", good, NULL));
    hb_error_clear(&err);
    assert_false(add(state, "dev", good, &err));
    assert_int_equal(err.code, HB_EUSAGE);
    assert_non_null(strstr(err.message, "already"));
    char *before = tree_read(state, "conf dir/config");
    tree_write(state, "conf dir/config", "[target \"x\"]\nguard = no\n");
    hb_error_clear(&err);
    assert_false(add(state, "prod", good, &err));
    assert_int_equal(err.code, HB_ECONFIG);
    assert_non_null(strstr(err.message, "line 2"));
    free(before);
}

#define HAND_WRITTEN                                            \
    "# my servers\n[bridge]\n  maxModuleSize = 2m ; enough\n"   \
    "\n# the one at work\n[target \"dev\"]\n\tserver = /a\n"    \
    "\t# not while the others sleep\n\tguard = confirm ; yes\n" \
    "\n# the real one\n[target \"prod\"]\n\tserver = /b\n"

static void comments_stay(void **state)
{
    const char *const paths[] = {"/c", NULL};
    tree_write(state, "conf dir/config", HAND_WRITTEN);
    assert_true(add(state, "test", paths, NULL));
    char *text = tree_read(state, "conf dir/config");
    assert_non_null(strstr(text, HAND_WRITTEN));
    assert_null(strstr(text, "defaultTarget"));
    free(text);
}

static void a_target_is_removed_whole(void **state)
{
    struct hb_error err = {0};
    char *path = tree_path(state, "conf dir/config");
    tree_write(state, "conf dir/config", HAND_WRITTEN);
    assert_false(hb_config_remove_target(path, "nope", &err));
    assert_int_equal(err.code, HB_ETARGET);
    assert_true(hb_config_remove_target(path, "dev", NULL));
    char *text = tree_read(state, "conf dir/config");
    assert_string_equal(text,
                        "# my servers\n[bridge]\n  maxModuleSize = 2m ; "
                        "enough\n\n# the one at work\n"
                        "\n# the real one\n[target \"prod\"]\n\tserver = /b\n");
    free(text);
    free(path);
}

static void the_default_goes_with_its_target(void **state)
{
    char *path = tree_path(state, "conf dir/config");
    tree_write(state, "conf dir/config",
               "[target \"dev\"]\n\tserver = /a\n[bridge]\n\t"
               "defaultTarget = dev\n\n[target \"dev\"] guard = none\n"
               "[target \"prod\"]\nserver=/b");
    assert_true(hb_config_remove_target(path, "dev", NULL));
    struct hb_config *config = added(state);
    assert_null(config->default_target);
    assert_int_equal(config->target_count, 1);
    assert_string_equal(config->targets[0]->name, "prod");
    hb_config_free(config);
    assert_true(hb_config_remove_target(path, "prod", NULL));
    config = added(state);
    assert_int_equal(config->target_count, 0);
    hb_config_free(config);
    free(path);
}

static void a_link_to_the_file_stays_a_link(void **state)
{
    const char *const paths[] = {"/c", NULL};
    struct stat st;
    tree_write(state, "dotfiles/config", "# mine\n");
    tree_make(state, "conf dir");
    char *path = tree_path(state, "conf dir/config");
    assert_int_equal(symlink("../dotfiles/config", path), 0);
    assert_true(add(state, "dev", paths, NULL));
    assert_int_equal(lstat(path, &st), 0);
    assert_true(S_ISLNK(st.st_mode));
    char *text = tree_read(state, "dotfiles/config");
    assert_non_null(strstr(text, "# mine\n"));
    assert_non_null(strstr(text, "server = /c"));
    free(text);
    free(path);
}

static void a_failed_edit_changes_nothing(void **state)
{
    const char *const paths[] = {"/c", NULL};
    struct hb_error err = {0};
    tree_write(state, "conf dir/config", HAND_WRITTEN);
    char *folder = tree_path(state, "conf dir");
    tree_become_nobody(state);
    assert_int_equal(chmod(folder, 0555), 0);
    assert_false(add(state, "dev2", paths, &err));
    tree_become_self();
    assert_int_equal(err.code, HB_ECONFIG);
    char *text = tree_read(state, "conf dir/config");
    assert_string_equal(text, HAND_WRITTEN);
    free(text);
    free(folder);
}

/* Of twenty edits at once none is lost, and no other file is left. */
static void edits_at_once_are_all_kept(void **state)
{
    const char *const paths[] = {"/c", NULL};
    for (int i = 0; i < 20; i++) {
        pid_t pid = fork();
        assert_true(pid >= 0);
        if (pid == 0) {
            char *name = hb_format("t%d", i);
            bool ok = add(state, name, paths, NULL);
            free(name);
            _exit(ok ? 0 : 1);
        }
    }
    for (int i = 0; i < 20; i++) {
        int status = 1;
        assert_true(wait(&status) > 0);
        assert_int_equal(status, 0);
    }
    struct hb_config *config = added(state);
    assert_int_equal(config->target_count, 20);
    hb_config_free(config);
    char *command =
        hb_format("test \"$(ls -A '%s/conf dir')\" = config", (char *)*state);
    assert_int_equal(system(command), 0);
    free(command);
}

static void durations_and_sizes_have_their_units(void **state)
{
    static const struct {
        const char *text;
        double seconds; /* negative: refused */
    } times[] = {{"30s", 30},     {"2m", 120},
                 {"1500ms", 1.5}, {"45", 45},
                 {"1h", 3600},    {"1.5m", 90},
                 {"1", 1},        {"3600", 3600},
                 {"30 s", 30},    {"500ms", -1},
                 {"3601s", -1},   {"0", -1},
                 {"", -1},        {"s", -1},
                 {"-5s", -1},     {"5x", -1},
                 {"1e3", -1},     {"0x10", -1},
                 {".5m", -1},     {"5.", -1},
                 {"nan", -1},     {"inf", -1},
                 {"2h", -1},      {" 5s", -1},
                 {"5s ", -1},     {"999ms", -1},
                 {"1000ms", 1},   {"99999999999999999999999999999s", -1}};
    static const struct {
        const char *text;
        size_t bytes; /* 0: refused */
    } sizes[] = {{"1", 1},
                 {"512k", 512 * 1024},
                 {"2M", 2 << 20},
                 {"6m", 6 << 20},
                 {"6144K", 6 << 20},
                 {"6291457", 0},
                 {"0", 0},
                 {"7m", 0},
                 {"1g", 0},
                 {"1.5m", 0},
                 {"", 0},
                 {"k", 0},
                 {"-1", 0},
                 {"1kb", 0},
                 {"1 k", 0},
                 {"9999999999999999999999", 0}};
    (void)state;
    for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
        double seconds;
        bool ok = hb_value_duration(times[i].text, &seconds);
        if (ok != (times[i].seconds > 0) ||
            (ok && (seconds < times[i].seconds - 1e-6 ||
                    seconds > times[i].seconds + 1e-6))) {
            fail_msg("%s", times[i].text);
        }
    }
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        size_t bytes = 0;
        bool ok = hb_value_size(sizes[i].text, &bytes);
        if (ok != (sizes[i].bytes > 0) || bytes != sizes[i].bytes) {
            fail_msg("%s", sizes[i].text);
        }
    }
}

/* Whatever is done to a good file, it is read or refused, never worse. */
static void broken_files_are_survived(void **state)
{
    const char *good = HAND_WRITTEN;
    size_t len = strlen(good);
    char *path = tree_path(state, "config");
    unsigned seed = 1;
    for (int i = 0; i < 3000; i++) {
        struct hb_error err = {0};
        char *text = hb_strdup(good);
        for (int k = 0; k < 1 + i % 4; k++) {
            static const char odd[] = "[]\"\\#;=\n\r\xFF .a\x01";
            seed = seed * 1103515245u + 12345u;
            text[(seed >> 8) % len] = odd[(seed >> 3) % (sizeof odd - 1)];
        }
        if (i % 7 == 0) {
            text[(seed >> 5) % len] = '\0';
        }
        tree_write(state, "config", text);
        struct hb_config *config = hb_config_load(path, &err);
        assert_int_equal(config == NULL, err.code == HB_ECONFIG);
        if (config != NULL && config->target_count > 0 && i % 10 == 0) {
            char *name = hb_strdup(config->targets[0]->name);
            hb_config_remove_target(path, name, NULL);
            free(name);
        }
        hb_config_free(config);
        free(text);
    }
    free(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TREE_TEST(every_key_is_read),
        TREE_TEST(what_people_write_is_read),
        TREE_TEST(nothing_is_an_empty_configuration),
        TREE_TEST(a_target_is_found_or_those_there_are_listed),
        TREE_TEST(what_is_wrong_is_named_with_its_line),
        TREE_TEST(nothing_is_included),
        TREE_TEST(files_that_cannot_be_read_are_told),
        TREE_TEST(a_target_without_servers_has_a_problem),
        TREE_TEST(servers_of_one_name_are_told_apart),
        TREE_TEST(two_ways_to_one_folder_are_one_server),
        TREE_TEST(a_target_is_added),
        TREE_TEST(links_stay_as_they_were_given),
        TREE_TEST(a_bad_target_is_not_added),
        TREE_TEST(comments_stay),
        TREE_TEST(a_target_is_removed_whole),
        TREE_TEST(the_default_goes_with_its_target),
        TREE_TEST(a_link_to_the_file_stays_a_link),
        TREE_TEST(a_failed_edit_changes_nothing),
        TREE_TEST(edits_at_once_are_all_kept),
        TREE_TEST(durations_and_sizes_have_their_units),
        TREE_TEST(broken_files_are_survived),
    };
    git_libgit2_init();
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    git_libgit2_shutdown();
    return failed;
}
