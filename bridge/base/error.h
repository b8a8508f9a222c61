/*
 * What went wrong, in words a user can act on.
 *
 * A function that can fail takes a `struct hb_error *err`, returns false (or
 * NULL) and fills err at the place where it fails: what happened, to what,
 * and what to do. Callers pass it up untouched; the first error stays.
 * Thread: any; an error is a plain value.
 */
#ifndef HB_BASE_ERROR_H
#define HB_BASE_ERROR_H

#include <stdbool.h>

/* Longest message kept, in bytes with the closing NUL; longer ones are cut. */
#define HB_ERROR_MAX 1024

enum hb_code {
    HB_OK = 0,
    HB_EUSAGE,    /* the caller's words are off */
    HB_EPARSE,    /* not JSON, or not what the standard allows */
    HB_EREQUEST,  /* JSON, but not a JSON-RPC request */
    HB_EMETHOD,   /* unknown method */
    HB_EPARAMS,   /* a method's parameters are wrong */
    HB_EPROTOCOL, /* a protocol number that is not spoken here */
    HB_EUNREADY,  /* asked before initialize */
    HB_EBUSY,     /* too many requests under way */
    HB_ETARGET,   /* unknown target */
    HB_EMODULE,   /* the module is not deployable, or not known */
    HB_EDEPLOY,   /* unknown deploy id */
    HB_ECOMMIT,   /* unknown commit */
    HB_EREUSED,   /* an id was used for other bytes */
    HB_ECONFIRM,  /* guard = confirm, and not confirmed */
    HB_EONSAVE,   /* the rules forbid this save */
    HB_ENOTHING,  /* nothing to go back to */
    HB_ELATE,     /* cannot be cancelled any more */
    HB_ESTOPPING, /* the bridge is stopping */
    HB_ECONFIG,   /* the configuration cannot be read or written */
    HB_EHISTORY,  /* the history cannot be read or written */
    HB_EDELIVERY, /* the target cannot be written to */
    HB_EBRIDGE,   /* no bridge, or it does not answer */
    HB_EIO,       /* anything else the system refused */
    HB_EINTERNAL, /* a defect of ours */
};

struct hb_error {
    enum hb_code code;
    char message[HB_ERROR_MAX];
};

/* Fills err unless it is NULL or already filled. Always returns false, so
 * that a failing function can end with `return hb_error_set(...)`. */
bool hb_error_set(struct hb_error *err, enum hb_code code, const char *format,
                  ...) __attribute__((format(printf, 3, 4)));

/* As above, with ": " and the text of the errno value appended. */
bool hb_error_errno(struct hb_error *err, enum hb_code code, int errnum,
                    const char *format, ...)
    __attribute__((format(printf, 4, 5)));

void hb_error_clear(struct hb_error *err);

#endif
