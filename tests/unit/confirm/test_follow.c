#include "confirm/follow.h"
#include "confirm/trail.h"

#include "confirm/match.h"
#include "scratch.h"

#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>

#include <cmocka.h>

/* Seconds that anything may take; only a failure waits that long. */
#define DEADLINE 60
/* Lines of the tests with a writer of their own. */
#define LINES 3000
/* One line that nobody can keep. */
#define HUGE_LINE (10u * 1024 * 1024)

struct fixture {
    uv_loop_t loop;
    uv_timer_t deadline;
    bool late;
    struct hb_follower *follower;
    char *folder;
    char *log;
    /* what was told */
    atomic_uint lines;
    size_t wrong; /* lines that were not the next number */
    unsigned gaps;
    unsigned drained;
    char *last;
    size_t last_len;
    uint64_t last_inode;
    uint64_t last_offset;
    unsigned free_at; /* frees the follower when it is told that line */
};

static void on_line(void *user, const struct hb_follow_line *line)
{
    struct fixture *at = user;
    unsigned count = atomic_load(&at->lines);
    unsigned number = 0;
    if (line->len < 12 || memcmp(line->text, "line ", 5) != 0) {
        at->wrong++;
    } else {
        for (size_t i = 5; i < 12; i++) {
            number = number * 10 + (unsigned)(line->text[i] - '0');
        }
        at->wrong += number != count;
    }
    free(at->last);
    at->last = hb_strndup(line->text, line->len);
    at->last_len = line->len;
    at->last_inode = line->inode;
    at->last_offset = line->offset;
    atomic_store(&at->lines, count + 1);
    if (at->free_at == count + 1) {
        hb_follower_free(at->follower);
        at->follower = NULL;
    }
}

static void on_gap(void *user)
{
    ((struct fixture *)user)->gaps++;
}

static void on_drained(void *user)
{
    ((struct fixture *)user)->drained++;
}

static const struct hb_follow_ops ops = {
    .line = on_line, .gap = on_gap, .drained = on_drained};

static void on_deadline(uv_timer_t *timer)
{
    ((struct fixture *)timer->data)->late = true;
}

static void prepare(struct fixture *at, void **state)
{
    *at = (struct fixture){.folder = *state};
    at->log = hb_path_join(at->folder, "server.log");
    assert_int_equal(uv_loop_init(&at->loop), 0);
    uv_timer_init(&at->loop, &at->deadline);
    at->deadline.data = at;
    uv_timer_start(&at->deadline, on_deadline, DEADLINE * 1000, 0);
}

static void follow(struct fixture *at, uint64_t inode, uint64_t offset)
{
    at->follower = hb_follower_new(&at->loop, at->log, &ops, at);
    hb_follower_start(at->follower, inode, offset);
}

static void until_lines(struct fixture *at, unsigned count)
{
    while (atomic_load(&at->lines) < count && !at->late) {
        uv_run(&at->loop, UV_RUN_ONCE);
    }
    assert_int_equal(atomic_load(&at->lines), count);
}

/* All that is there now has been read, and one look more found nothing. */
static void until_drained(struct fixture *at)
{
    unsigned before = at->drained;
    hb_follower_poll(at->follower, true);
    while (at->drained < before + 2 && !at->late) {
        uv_run(&at->loop, UV_RUN_ONCE);
    }
    hb_follower_poll(at->follower, false);
    assert_false(at->late);
}

static void finish(struct fixture *at)
{
    assert_false(at->late);
    hb_follower_free(at->follower);
    uv_close((uv_handle_t *)&at->deadline, NULL);
    uv_run(&at->loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&at->loop), 0);
    free(at->last);
    free(at->log);
}

/* ---- writing ---------------------------------------------------------- */

static void append(const char *path, const char *bytes, size_t len)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    assert_true(fd >= 0);
    while (len > 0) {
        ssize_t put = write(fd, bytes, len);
        assert_true(put > 0);
        bytes += put;
        len -= (size_t)put;
    }
    close(fd);
}

static void append_text(const char *path, const char *text)
{
    append(path, text, strlen(text));
}

static void append_lines(const char *path, unsigned from, unsigned count)
{
    for (unsigned i = from; i < from + count; i++) {
        char line[64];
        int len = snprintf(line, sizeof line, "line %07u of the log\n", i);
        append(path, line, (size_t)len);
    }
}

static void mark(const char *path, uint64_t *inode, uint64_t *offset)
{
    struct stat st;
    assert_int_equal(stat(path, &st), 0);
    *inode = (uint64_t)st.st_ino;
    *offset = (uint64_t)st.st_size;
}

/* A generator with a fixed seed: the same pieces every time. */
static unsigned next_random(unsigned *seed)
{
    *seed = *seed * 1103515245u + 12345u;
    return *seed >> 16;
}

enum rotation { ROTATE_NOT, ROTATE_RENAME, ROTATE_TRUNCATE, ROTATE_DELETE };

struct writer {
    struct fixture *at;
    enum rotation rotation;
    unsigned seed;
    bool failed;
};

/* Waits for what the reader has read: a file that is cut or deleted before
 * that is lost for everybody, and one renamed twice is not looked for. */
static void await_reader(struct writer *writer, unsigned lines)
{
    while (atomic_load(&writer->at->lines) < lines && !writer->at->late) {
        usleep(200);
    }
}

static void rotate(struct writer *writer, int *fd, unsigned lines)
{
    const char *log = writer->at->log;
    char *other = hb_format("%s.%u", log, lines);
    if (writer->rotation == ROTATE_RENAME) {
        await_reader(writer, lines < 500 ? 0 : lines - 499);
        writer->failed |= rename(log, other) != 0;
    } else if (writer->rotation == ROTATE_DELETE) {
        await_reader(writer, lines);
        writer->failed |= unlink(log) != 0;
    } else {
        await_reader(writer, lines);
        writer->failed |= ftruncate(*fd, 0) != 0;
    }
    close(*fd);
    *fd = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    free(other);
}

/* Writes numbered lines in pieces of any size: lines are split anywhere, and
 * several come at once. */
static void *write_lines(void *data)
{
    struct writer *writer = data;
    char pending[4096];
    size_t held = 0;
    int fd =
        open(writer->at->log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    for (unsigned i = 0; i < LINES; i++) {
        int fill = (int)(next_random(&writer->seed) % 300);
        held += (size_t)snprintf(pending + held, sizeof pending - held,
                                 "line %07u %*s\n", i, fill, "x");
        bool turn = writer->rotation != ROTATE_NOT && i % 500 == 499;
        while (held > 0 && (held > 2000 || i + 1 == LINES || turn ||
                            next_random(&writer->seed) % 3 == 0)) {
            size_t piece = 1 + next_random(&writer->seed) % 700;
            piece = piece > held ? held : piece;
            writer->failed |= write(fd, pending, piece) != (ssize_t)piece;
            memmove(pending, pending + piece, held - piece);
            held -= piece;
        }
        if (turn) {
            rotate(writer, &fd, i + 1);
        }
    }
    close(fd);
    return NULL;
}

static void with_a_writer(void **state, enum rotation rotation, bool poll)
{
    struct fixture at;
    pthread_t thread;
    prepare(&at, state);
    struct writer writer = {.at = &at, .rotation = rotation, .seed = 7};
    follow(&at, 0, 0);
    hb_follower_poll(at.follower, poll);
    assert_int_equal(pthread_create(&thread, NULL, write_lines, &writer), 0);
    until_lines(&at, LINES);
    pthread_join(thread, NULL);
    until_drained(&at);
    assert_int_equal(atomic_load(&at.lines), LINES);
    assert_int_equal(at.wrong, 0);
    assert_false(writer.failed);
    finish(&at);
}

static void pieces_split_anywhere(void **state)
{
    with_a_writer(state, ROTATE_NOT, false);
}

static void pieces_while_it_is_polled(void **state)
{
    with_a_writer(state, ROTATE_NOT, true);
}

static void rotation_by_rename(void **state)
{
    with_a_writer(state, ROTATE_RENAME, false);
}

static void rotation_by_truncation(void **state)
{
    with_a_writer(state, ROTATE_TRUNCATE, false);
}

static void rotation_by_deletion(void **state)
{
    with_a_writer(state, ROTATE_DELETE, false);
}

/* ---- marks ------------------------------------------------------------ */

static void from_the_end_without_a_mark(void **state)
{
    struct fixture at;
    prepare(&at, state);
    append_text(at.log, "old\nold and not whole");
    follow(&at, 0, 0);
    until_drained(&at);
    assert_int_equal(atomic_load(&at.lines), 0);
    append_text(at.log, " yet\n");
    append_lines(at.log, 1, 1);
    until_lines(&at, 2);
    assert_string_equal(at.last, "line 0000001 of the log");
    finish(&at);
}

static void from_a_mark(void **state)
{
    struct fixture at;
    uint64_t inode;
    uint64_t offset;
    prepare(&at, state);
    append_text(at.log, "old\n");
    mark(at.log, &inode, &offset);
    append_lines(at.log, 0, 5);
    follow(&at, inode, offset);
    until_lines(&at, 5);
    assert_int_equal(at.wrong, 0);
    assert_true(at.last_inode == inode);
    assert_true(at.last_offset == offset + 4 * strlen("line 0000000 of the "
                                                      "log\n"));
    finish(&at);
}

/* The earliest of several marks counts, as long as nothing was read. */
static void from_the_earliest_mark(void **state)
{
    struct fixture at;
    uint64_t inode;
    uint64_t first;
    uint64_t second;
    prepare(&at, state);
    append_text(at.log, "old\n");
    mark(at.log, &inode, &first);
    append_lines(at.log, 0, 3);
    mark(at.log, &inode, &second);
    append_lines(at.log, 3, 2);
    follow(&at, inode, second);
    hb_follower_start(at.follower, inode, first);
    hb_follower_start(at.follower, inode, second);
    hb_follower_start(at.follower, 0, 0);
    until_lines(&at, 5);
    hb_follower_start(at.follower, inode, 0); /* too late */
    until_drained(&at);
    assert_int_equal(atomic_load(&at.lines), 5);
    assert_int_equal(at.wrong, 0);
    finish(&at);
}

static void from_a_mark_in_a_file_renamed_meanwhile(void **state)
{
    struct fixture at;
    uint64_t inode;
    uint64_t offset;
    prepare(&at, state);
    append_text(at.log, "old\n");
    mark(at.log, &inode, &offset);
    append_lines(at.log, 0, 3);
    char *rotated = hb_format("%s.1", at.log);
    rename(at.log, rotated);
    append_lines(at.log, 3, 4);
    follow(&at, inode, offset);
    until_lines(&at, 7);
    until_drained(&at);
    assert_int_equal(at.wrong, 0);
    assert_int_equal(at.gaps, 0);
    assert_false(at.last_inode == inode);
    free(rotated);
    finish(&at);
}

/* Renamed, and the new one is not there yet. */
static void from_a_mark_in_a_renamed_file_alone(void **state)
{
    struct fixture at;
    uint64_t inode;
    uint64_t offset;
    prepare(&at, state);
    append_text(at.log, "old\n");
    mark(at.log, &inode, &offset);
    append_lines(at.log, 0, 3);
    char *rotated = hb_format("%s.2026-11-23", at.log);
    rename(at.log, rotated);
    follow(&at, inode, offset);
    until_lines(&at, 3);
    until_drained(&at);
    append_lines(at.log, 3, 2);
    until_lines(&at, 5);
    assert_int_equal(at.wrong, 0);
    assert_int_equal(at.gaps, 0);
    free(rotated);
    finish(&at);
}

static void a_mark_in_a_file_that_is_gone_is_a_gap(void **state)
{
    struct fixture at;
    uint64_t inode;
    uint64_t offset;
    prepare(&at, state);
    append_text(at.log, "old\n");
    mark(at.log, &inode, &offset);
    char *fresh = hb_format("%s.new", at.log);
    append_lines(fresh, 0, 2);
    rename(fresh, at.log);
    follow(&at, inode, offset);
    until_lines(&at, 2);
    until_drained(&at);
    assert_int_equal(at.wrong, 0);
    assert_int_equal(at.gaps, 1);
    free(fresh);
    finish(&at);
}

/* ---- more than once between two looks -------------------------------- */

#define DATED(second) "2026-11-23 02:51:" second ",703 - INFO - x\n"

/* Everything that happens until the loop runs is one look. */
static void until_told(struct fixture *at, const char *last, unsigned lines)
{
    until_lines(at, lines);
    assert_int_equal(atomic_load(&at->lines), lines);
    assert_string_equal(at->last, last);
    assert_int_equal(at->gaps, 0);
}

static char *beside(const struct fixture *at, const char *suffix)
{
    return hb_format("%s%s", at->log, suffix);
}

static void move(const struct fixture *at, const char *from, const char *to)
{
    char *old = beside(at, from);
    char *new = beside(at, to);
    assert_int_equal(rename(old, new), 0);
    free(old);
    free(new);
}

static void copy_and_cut(const struct fixture *at)
{
    char *copy = beside(at, ".1");
    char *bytes = NULL;
    size_t len = 0;
    assert_true(hb_file_read(at->log, 1 << 20, &bytes, &len, NULL));
    append(copy, bytes, len);
    assert_int_equal(truncate(at->log, 0), 0);
    free(bytes);
    free(copy);
}

static void renamed_three_times(void **state)
{
    struct fixture at;
    prepare(&at, state);
    append_text(at.log, DATED("01"));
    char *older = beside(&at, ".old"); /* was there before: not ours */
    append_text(older, DATED("09"));
    follow(&at, 0, 0);
    until_drained(&at);
    append_text(at.log, DATED("02"));
    move(&at, "", ".3");
    append_text(at.log, DATED("03"));
    move(&at, "", ".2");
    append_text(at.log, DATED("04"));
    move(&at, "", ".1");
    append_text(at.log, DATED("05"));
    char *copy = beside(&at, ".bak"); /* of the first: not ours either */
    append_text(copy, DATED("01"));
    until_told(&at, "2026-11-23 02:51:05,703 - INFO - x", 4);
    free(copy);
    free(older);
    finish(&at);
}

static void copied_and_cut(void **state)
{
    struct fixture at;
    prepare(&at, state);
    append_text(at.log, DATED("01"));
    follow(&at, 0, 0);
    until_drained(&at);
    append_text(at.log, DATED("02"));
    copy_and_cut(&at);
    append_text(at.log, DATED("03") DATED("04") DATED("05"));
    until_told(&at, "2026-11-23 02:51:05,703 - INFO - x", 4);
    finish(&at);
}

static void filled_copied_and_cut_when_it_was_empty(void **state)
{
    struct fixture at;
    prepare(&at, state);
    append_text(at.log, DATED("01"));
    follow(&at, 0, 0);
    until_drained(&at);
    move(&at, "", ".2");
    append_text(at.log, "");
    until_drained(&at);
    append_text(at.log, DATED("02"));
    until_lines(&at, 1);
    assert_int_equal(truncate(at.log, 0), 0);
    until_drained(&at);
    usleep(20 * 1000); /* a tick of the file system's clock */
    append_text(at.log, DATED("03"));
    copy_and_cut(&at);
    until_told(&at, "2026-11-23 02:51:03,703 - INFO - x", 2);
    finish(&at);
}

static void the_renamed_file_is_written_on_into(void **state)
{
    struct fixture at;
    prepare(&at, state);
    append_text(at.log, DATED("01"));
    follow(&at, 0, 0);
    until_drained(&at);
    move(&at, "", ".1");
    append_text(at.log, "");
    until_drained(&at);
    char *renamed = beside(&at, ".1");
    append_text(renamed, DATED("02"));
    until_told(&at, "2026-11-23 02:51:02,703 - INFO - x", 1);
    append_text(at.log, DATED("03"));
    until_told(&at, "2026-11-23 02:51:03,703 - INFO - x", 2);
    free(renamed);
    finish(&at);
}

static void an_empty_log_ends_where_the_renamed_one_does(void **state)
{
    struct fixture at;
    uint64_t inode = 0;
    uint64_t offset = 0;
    struct stat st;
    prepare(&at, state);
    append_text(at.log, DATED("01"));
    move(&at, "", ".1");
    append_text(at.log, "");
    char *renamed = beside(&at, ".1");
    assert_true(hb_trail_end(at.log, &inode, &offset));
    assert_int_equal(stat(renamed, &st), 0);
    assert_int_equal(inode, st.st_ino);
    assert_int_equal(offset, st.st_size);
    follow(&at, inode, offset);
    append_text(renamed, DATED("02"));
    until_told(&at, "2026-11-23 02:51:02,703 - INFO - x", 1);
    free(renamed);
    finish(&at);
}

/* ---- there, and not there --------------------------------------------- */

static void created_late(void **state)
{
    struct fixture at;
    prepare(&at, state);
    follow(&at, 0, 0);
    until_drained(&at);
    assert_int_equal(at.gaps, 0);
    append_lines(at.log, 0, 3);
    until_lines(&at, 3);
    assert_int_equal(at.wrong, 0);
    finish(&at);
}

/* The system can tell of no change then: polling has to do. */
static void its_folder_created_late(void **state)
{
    struct fixture at;
    prepare(&at, state);
    free(at.log);
    at.log = hb_path_join(at.folder, "logs/server.log");
    follow(&at, 0, 0);
    until_drained(&at);
    hb_follower_poll(at.follower, true);
    free(scratch_write(at.folder, "logs/server.log", "line 0000000 first\n"));
    until_lines(&at, 1);
    assert_int_equal(at.wrong, 0);
    finish(&at);
}

static void deleted_and_created_again(void **state)
{
    struct fixture at;
    prepare(&at, state);
    append_text(at.log, "old\n");
    follow(&at, 0, 0);
    append_lines(at.log, 0, 2);
    uint64_t inode;
    uint64_t offset;
    mark(at.log, &inode, &offset);
    until_drained(&at);
    unlink(at.log);
    until_drained(&at);
    append_lines(at.log, atomic_load(&at.lines), 3);
    until_lines(&at, atomic_load(&at.lines) + 3);
    assert_int_equal(at.wrong, 0);
    finish(&at);
}

static void a_link_is_followed_where_it_leads(void **state)
{
    struct fixture at;
    prepare(&at, state);
    char *real = scratch_write(at.folder, "elsewhere/s.log", "old\n");
    assert_int_equal(symlink(real, at.log), 0);
    follow(&at, 0, 0);
    until_drained(&at);
    append_lines(real, 0, 3); /* in another folder: it must be the watched */
    until_lines(&at, 3);
    assert_int_equal(at.wrong, 0);
    free(real);
    finish(&at);
}

/* What is no file is never waited for. */
static void a_pipe_or_a_folder_is_no_log(void **state)
{
    struct fixture at;
    prepare(&at, state);
    assert_int_equal(mkfifo(at.log, 0600), 0);
    follow(&at, 0, 0);
    until_drained(&at);
    unlink(at.log);
    mkdir(at.log, 0755);
    until_drained(&at);
    rmdir(at.log);
    append_lines(at.log, 0, 1);
    until_lines(&at, 1);
    finish(&at);
}

/* ---- lines ------------------------------------------------------------ */

static void no_newline_at_the_end_yet(void **state)
{
    struct fixture at;
    prepare(&at, state);
    follow(&at, 0, 0);
    until_drained(&at);
    append_text(at.log, "line 0000000 of");
    until_drained(&at);
    append_text(at.log, " the");
    until_drained(&at);
    assert_int_equal(atomic_load(&at.lines), 0);
    append_text(at.log, " log\n\nlast");
    until_lines(&at, 2);
    assert_string_equal(at.last, "");
    until_drained(&at);
    assert_int_equal(atomic_load(&at.lines), 2);
    finish(&at);
}

/* A line that was cut off by a truncation is no beginning of the next. */
static void half_a_line_and_then_truncated(void **state)
{
    struct fixture at;
    prepare(&at, state);
    follow(&at, 0, 0);
    until_drained(&at);
    append_text(at.log, "half of a longer line than comes after it");
    until_drained(&at);
    assert_int_equal(truncate(at.log, 0), 0);
    append_lines(at.log, 0, 1);
    until_lines(&at, 1);
    assert_string_equal(at.last, "line 0000000 of the log");
    assert_true(at.last_offset == 0);
    finish(&at);
}

static void nul_bytes_are_bytes(void **state)
{
    static const char odd[] = "line 0000000 a\0b\xff\xfe\r\n\0\0\nline "
                              "0000002 c\n";
    struct fixture at;
    prepare(&at, state);
    follow(&at, 0, 0);
    append(at.log, odd, sizeof odd - 1);
    until_lines(&at, 3);
    assert_int_equal(at.wrong, 1); /* the one that is two NULs */
    assert_string_equal(at.last, "line 0000002 c");
    finish(&at);
}

static void a_line_of_ten_megabytes_is_cut(void **state)
{
    struct fixture at;
    prepare(&at, state);
    follow(&at, 0, 0);
    until_drained(&at);
    char *huge = hb_alloc(HUGE_LINE + 1);
    memset(huge, 'x', HUGE_LINE);
    memcpy(huge, "line 0000000 ", 13);
    append_text(at.log, "");
    append(at.log, huge, HUGE_LINE);
    until_drained(&at);
    assert_int_equal(atomic_load(&at.lines), 0);
    append_text(at.log, "\n");
    until_lines(&at, 1);
    assert_int_equal(at.last_len, HB_MATCH_LINE_MAX);
    assert_true(at.last_offset == 0);
    append_lines(at.log, 1, 2);
    until_lines(&at, 3);
    assert_true(at.last_offset == HUGE_LINE + 1 + 24);
    assert_int_equal(at.wrong, 0);
    free(huge);
    finish(&at);
}

/* Around the size at which lines are cut, and where chunks end. */
static void lines_of_every_awkward_length(void **state)
{
    static const size_t sizes[] = {HB_MATCH_LINE_MAX - 1, HB_MATCH_LINE_MAX,
                                   HB_MATCH_LINE_MAX + 1, HB_TRAIL_CHUNK - 1,
                                   HB_TRAIL_CHUNK,        HB_TRAIL_CHUNK + 1};
    struct fixture at;
    prepare(&at, state);
    char *line = hb_alloc(HB_TRAIL_CHUNK + 2);
    for (unsigned i = 0; i < 6; i++) {
        memset(line, 'y', sizes[i]);
        char head[16];
        snprintf(head, sizeof head, "line %07u ", i);
        memcpy(line, head, 13);
        line[sizes[i]] = '\n';
        append(at.log, line, sizes[i] + 1);
    }
    uint64_t inode;
    uint64_t offset;
    mark(at.log, &inode, &offset);
    follow(&at, inode, 0);
    until_lines(&at, 6);
    assert_int_equal(at.last_len, HB_MATCH_LINE_MAX);
    assert_int_equal(at.wrong, 0);
    free(line);
    finish(&at);
}

/* ---- the end ---------------------------------------------------------- */

static void freed_from_within(void **state)
{
    struct fixture at;
    uint64_t inode;
    uint64_t offset;
    prepare(&at, state);
    append_lines(at.log, 0, 100);
    mark(at.log, &inode, &offset);
    at.free_at = 10;
    follow(&at, inode, 0);
    until_lines(&at, 10);
    finish(&at);
    assert_int_equal(atomic_load(&at.lines), 10);
}

static void freed_while_it_reads(void **state)
{
    (void)state;
    for (int turns = 0; turns < 20; turns++) {
        struct fixture at;
        prepare(&at, state);
        append_lines(at.log, 0, 10);
        follow(&at, 0, 0);
        hb_follower_poll(at.follower, turns % 2);
        for (int i = 0; i < turns / 2; i++) {
            uv_run(&at.loop, UV_RUN_NOWAIT);
        }
        finish(&at);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) \
    cmocka_unit_test_setup_teardown(name, scratch_setup, scratch_teardown)
        TEST(pieces_split_anywhere),
        TEST(pieces_while_it_is_polled),
        TEST(rotation_by_rename),
        TEST(rotation_by_truncation),
        TEST(rotation_by_deletion),
        TEST(from_the_end_without_a_mark),
        TEST(from_a_mark),
        TEST(from_the_earliest_mark),
        TEST(from_a_mark_in_a_file_renamed_meanwhile),
        TEST(from_a_mark_in_a_renamed_file_alone),
        TEST(a_mark_in_a_file_that_is_gone_is_a_gap),
        TEST(renamed_three_times),
        TEST(copied_and_cut),
        TEST(filled_copied_and_cut_when_it_was_empty),
        TEST(the_renamed_file_is_written_on_into),
        TEST(an_empty_log_ends_where_the_renamed_one_does),
        TEST(created_late),
        TEST(its_folder_created_late),
        TEST(deleted_and_created_again),
        TEST(a_link_is_followed_where_it_leads),
        TEST(a_pipe_or_a_folder_is_no_log),
        TEST(no_newline_at_the_end_yet),
        TEST(half_a_line_and_then_truncated),
        TEST(nul_bytes_are_bytes),
        TEST(a_line_of_ten_megabytes_is_cut),
        TEST(lines_of_every_awkward_length),
        TEST(freed_from_within),
        TEST(freed_while_it_reads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
