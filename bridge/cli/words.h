/*
 * What people type, made into what the protocol takes. Text is freed by the
 * caller. Thread: any.
 */
#ifndef HB_CLI_WORDS_H
#define HB_CLI_WORDS_H

#include "base/error.h"
#include "cli/client.h"

#include <stdbool.h>

/* "crm", "crm.py" and "src/crm.py" all mean crm.py. */
char *hb_words_module(const char *word);

/* 4 to 40 hex digits; else false with HB_EUSAGE. */
bool hb_words_commit(const char *word, struct hb_error *err);

/* The name given, configured or not, else the default target's. NULL with
 * HB_ETARGET. */
char *hb_words_target(const struct hb_client *client, const char *given,
                      struct hb_error *err);

/* "2026-11-23 14:03" in local time; today only the time of day. */
#define HB_WORDS_WHEN_SIZE 24
void hb_words_when(int64_t wall_ms, int64_t now_ms,
                   char out[HB_WORDS_WHEN_SIZE]);

#endif
