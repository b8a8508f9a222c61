/*
 * A disk that tells what is done to it: a file system (FUSE) of one file, the
 * image, for a loop device to lie on.
 *
 *   power_disk IMAGE POINT LOG SEED
 *
 * mounts it on the file POINT and serves until it is unmounted; prints "ready"
 * first. To LOG it appends, in order, each write when it arrives, with its
 * bytes, and when it is answered, and likewise each flush. As a real disk's,
 * writes take their time and overtake each other: an answer is held back for a
 * random time. A flush covers the writes that were answered before it came.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

/* Largest write and read, in bytes. */
#define BYTES_MAX (1u << 20)
#define PAGE 4096u
#define REQUEST_MAX (BYTES_MAX + PAGE)
/* Requests that the kernel may leave unanswered at a time. */
#define HELD_MAX 256u
/* How long an answer is held back: mostly short, and one in SLOW_ONE_IN long
 * enough for a whole commit of the file system to pass. */
#define HELD_NS (2 * 1000 * 1000)
#define SLOW_NS (16 * 1000 * 1000)
#define SLOW_ONE_IN 8
/* How long the kernel may keep what it was told of the file, in seconds. */
#define VALID_S (24 * 60 * 60)

enum kind {
    WRITE_CAME = 'W',
    WRITE_DONE = 'w',
    FLUSH_CAME = 'F',
    FLUSH_DONE = 'f',
};

/* One entry of the log; the bytes of a write that came follow it. */
struct entry {
    uint32_t kind;
    uint32_t len;
    uint64_t id;
    uint64_t offset;
};

struct held {
    uint64_t id;
    int64_t due; /* on the monotonic clock, in nanoseconds */
    uint32_t written;
    bool flush;
};

static int fuse;
static int image;
static int out;
static uint64_t dice;
static struct held held[HELD_MAX];
static unsigned held_count;

static void must(bool good, const char *what)
{
    if (!good) {
        fprintf(stderr, "power_disk: %s: %s\n", what, strerror(errno));
        exit(1);
    }
}

static int64_t now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

/* xorshift */
static uint64_t roll(void)
{
    dice ^= dice << 13;
    dice ^= dice >> 7;
    dice ^= dice << 17;
    return dice;
}

static void note(enum kind kind, uint64_t id, uint64_t offset,
                 const void *bytes, uint32_t len)
{
    struct entry entry = {kind, len, id, offset};
    struct iovec parts[] = {{&entry, sizeof entry}, {(void *)bytes, len}};
    must(writev(out, parts, 2) == (ssize_t)(sizeof entry + len), "the log");
}

static void answer(uint64_t id, int error, const void *bytes, size_t len)
{
    struct fuse_out_header head = {(uint32_t)(sizeof head + len), -error, id};
    struct iovec parts[] = {{&head, sizeof head}, {(void *)bytes, len}};
    /* ENOENT: nobody waits for it any more. */
    must(writev(fuse, parts, 2) >= 0 || errno == ENOENT, "an answer");
}

static void hold(uint64_t id, uint32_t written, bool flush)
{
    int64_t most = roll() % SLOW_ONE_IN == 0 ? SLOW_NS : HELD_NS;
    must(held_count < HELD_MAX, "too many at once");
    held[held_count++] = (struct held){
        .id = id,
        .due = now() + (int64_t)(roll() % (uint64_t)most),
        .written = written,
        .flush = flush,
    };
}

static void let_go(unsigned number)
{
    struct held one = held[number];
    struct fuse_write_out written = {.size = one.written};
    held[number] = held[--held_count];
    note(one.flush ? FLUSH_DONE : WRITE_DONE, one.id, 0, NULL, 0);
    answer(one.id, 0, &written, one.flush ? 0 : sizeof written);
}

/* Answers what is due; gives the milliseconds until more is. */
static int let_go_due(void)
{
    int64_t time = now();
    int64_t next = INT64_MAX;
    for (unsigned i = 0; i < held_count;) {
        if (held[i].due <= time) {
            let_go(i);
            continue;
        }
        next = held[i].due < next ? held[i].due : next;
        i++;
    }
    return next == INT64_MAX ? -1 : (int)((next - time) / 1000000 + 1);
}

static void init(uint64_t id)
{
    struct fuse_init_out init = {
        .major = FUSE_KERNEL_VERSION,
        .minor = FUSE_KERNEL_MINOR_VERSION,
        .max_readahead = BYTES_MAX,
        .flags = FUSE_ASYNC_DIO | FUSE_BIG_WRITES | FUSE_MAX_PAGES,
        .max_background = HELD_MAX / 2,
        .congestion_threshold = HELD_MAX / 2,
        .max_write = BYTES_MAX,
        .time_gran = 1,
        .max_pages = BYTES_MAX / PAGE,
    };
    answer(id, 0, &init, sizeof init);
}

static void attributes(uint64_t id)
{
    struct stat st;
    must(fstat(image, &st) == 0, "the image");
    struct fuse_attr_out attributes = {
        .attr_valid = VALID_S,
        .attr = {.ino = FUSE_ROOT_ID,
                 .size = (uint64_t)st.st_size,
                 .blocks = (uint64_t)st.st_size / 512,
                 .mode = S_IFREG | 0600,
                 .nlink = 1,
                 .blksize = PAGE},
    };
    answer(id, 0, &attributes, sizeof attributes);
}

static void read_image(uint64_t id, const struct fuse_read_in *request)
{
    static char bytes[BYTES_MAX];
    must(request->size <= sizeof bytes, "a read that is too long");
    ssize_t got = pread(image, bytes, request->size, (off_t)request->offset);
    answer(id, got < 0 ? errno : 0, bytes, got < 0 ? 0 : (size_t)got);
}

static void write_image(uint64_t id, const struct fuse_write_in *request)
{
    const void *bytes = request + 1;
    note(WRITE_CAME, id, request->offset, bytes, request->size);
    must(pwrite(image, bytes, request->size, (off_t)request->offset) ==
             (ssize_t)request->size,
         "the image");
    hold(id, request->size, false);
}

static void serve(const struct fuse_in_header *head)
{
    const void *request = head + 1;
    struct fuse_open_out opened = {.open_flags = FOPEN_DIRECT_IO};
    struct fuse_statfs_out room = {.st = {.bsize = PAGE, .namelen = 255}};
    switch (head->opcode) {
    case FUSE_INIT: init(head->unique); break;
    case FUSE_GETATTR: attributes(head->unique); break;
    case FUSE_OPEN: answer(head->unique, 0, &opened, sizeof opened); break;
    case FUSE_READ: read_image(head->unique, request); break;
    case FUSE_WRITE: write_image(head->unique, request); break;
    case FUSE_FSYNC:
        note(FLUSH_CAME, head->unique, 0, NULL, 0);
        hold(head->unique, 0, true);
        break;
    case FUSE_STATFS: answer(head->unique, 0, &room, sizeof room); break;
    case FUSE_FLUSH:
    case FUSE_RELEASE: answer(head->unique, 0, NULL, 0); break;
    case FUSE_FORGET:
    case FUSE_BATCH_FORGET:
    case FUSE_INTERRUPT: break; /* they want no answer */
    default: answer(head->unique, ENOSYS, NULL, 0); break;
    }
}

/* All that has come is taken before anything is answered: what had come
 * before an answer went is told from what came after it. False at the end. */
static bool take_all(void)
{
    static _Alignas(8) char request[REQUEST_MAX];
    while (true) {
        ssize_t got = read(fuse, request, sizeof request);
        if (got < 0 && errno == ENODEV) {
            return false;
        }
        if (got < 0 && (errno == EINTR || errno == ENOENT)) {
            continue;
        }
        if (got < 0 && errno == EAGAIN) {
            return true;
        }
        must(got >= (ssize_t)sizeof(struct fuse_in_header), "a request");
        serve((const struct fuse_in_header *)request);
    }
}

static void mount_on(const char *point)
{
    char options[128];
    fuse = open("/dev/fuse", O_RDWR | O_NONBLOCK | O_CLOEXEC);
    must(fuse >= 0, "/dev/fuse");
    snprintf(options, sizeof options,
             "fd=%d,rootmode=%o,user_id=%u,group_id=%u", fuse, S_IFREG | 0600,
             geteuid(), getegid());
    must(mount("hotbridge-power", point, "fuse", MS_NOSUID | MS_NODEV,
               options) == 0,
         point);
}

int main(int argc, char **argv)
{
    if (argc != 5) {
        fprintf(stderr, "usage: power_disk IMAGE POINT LOG SEED\n");
        return 2;
    }
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    image = open(argv[1], O_RDWR | O_CLOEXEC);
    must(image >= 0, argv[1]);
    out = open(argv[3], O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC,
               0600);
    must(out >= 0, argv[3]);
    dice = strtoull(argv[4], NULL, 10) * 2 + 1; /* never 0 */
    mount_on(argv[2]);
    puts("ready");
    fflush(stdout);
    while (take_all()) {
        struct pollfd wait = {.fd = fuse, .events = POLLIN};
        must(poll(&wait, 1, let_go_due()) >= 0 || errno == EINTR, "poll");
    }
    return 0;
}
