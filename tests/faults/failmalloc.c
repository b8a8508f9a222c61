/*
 * Preloaded into the bridge: counts allocations of all its threads while it is
 * armed, and lets one of them fail. Driven through a file that both map:
 *
 *     armed     1: count, and fail number `fail_at`
 *     counted   allocations since it was armed
 *     fail_at   1 for the first; 0: none
 *     failed    how many have failed
 *
 * HB_FAIL_FILE names it. HB_FAIL_TRACE=1 prints where the failing one was.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct control {
    _Atomic uint64_t armed;
    _Atomic uint64_t counted;
    _Atomic uint64_t fail_at;
    _Atomic uint64_t failed;
};

static struct control idle;
static struct control *control = &idle;
static int trace;

static void *(*real_malloc)(size_t);
static void *(*real_calloc)(size_t, size_t);
static void *(*real_realloc)(void *, size_t);
static void *(*real_reallocarray)(void *, size_t, size_t);

/* What dlsym() itself may ask for before the real ones are known. */
static char early[16384];
static size_t early_used;

static void *take_early(size_t size)
{
    size = (size + 15) & ~(size_t)15;
    if (size > sizeof early - early_used) {
        _exit(99);
    }
    void *memory = early + early_used;
    early_used += size;
    return memory;
}

__attribute__((constructor)) static void begin(void)
{
    const char *path = getenv("HB_FAIL_FILE");
    int fd = path == NULL ? -1 : open(path, O_RDWR | O_CLOEXEC);
    if (fd >= 0) {
        void *mapped = mmap(NULL, sizeof *control, PROT_READ | PROT_WRITE,
                            MAP_SHARED, fd, 0);
        if (mapped != MAP_FAILED) {
            control = mapped;
        }
        close(fd);
    }
    trace = getenv("HB_FAIL_TRACE") != NULL;
    /* Children are not what is tested. */
    unsetenv("LD_PRELOAD");
}

static void print_trace(void)
{
    void *frames[24];
    atomic_store(&control->armed, 0);
    int count = backtrace(frames, 24);
    backtrace_symbols_fd(frames, count, 2);
    atomic_store(&control->armed, 1);
}

static int must_fail(void)
{
    if (atomic_load(&control->armed) == 0 ||
        atomic_fetch_add(&control->counted, 1) + 1 !=
            atomic_load(&control->fail_at)) {
        return 0;
    }
    atomic_fetch_add(&control->failed, 1);
    if (trace) {
        print_trace();
    }
    errno = ENOMEM;
    return 1;
}

static void *find(const char *name)
{
    void *real = dlsym(RTLD_NEXT, name);
    if (real == NULL) {
        _exit(99);
    }
    return real;
}

#define REAL(name)                                              \
    do {                                                        \
        if (real_##name == NULL) {                              \
            real_##name = (__typeof__(real_##name))find(#name); \
        }                                                       \
    } while (0)

void *malloc(size_t size)
{
    REAL(malloc);
    return must_fail() ? NULL : real_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    static _Thread_local int within;
    if (within) {
        return take_early(count * size);
    }
    within = 1;
    REAL(calloc);
    within = 0;
    return must_fail() ? NULL : real_calloc(count, size);
}

void *realloc(void *old, size_t size)
{
    REAL(realloc);
    return must_fail() ? NULL : real_realloc(old, size);
}

void *reallocarray(void *old, size_t count, size_t size)
{
    REAL(reallocarray);
    return must_fail() ? NULL : real_reallocarray(old, count, size);
}

/* The sanitizers have ones of their own that ask nobody else. */
char *strndup(const char *text, size_t len)
{
    len = strnlen(text, len);
    char *copy = malloc(len + 1);
    if (copy != NULL) {
        memcpy(copy, text, len);
        copy[len] = '\0';
    }
    return copy;
}

char *strdup(const char *text)
{
    return strndup(text, strlen(text));
}
