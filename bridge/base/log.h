/*
 * The program's own log, one line an event, on stderr (the daemon's stderr is
 * its log file or the journal). A file names itself before including this:
 *
 *     #define LOG_MODULE "follow"
 *     #include "base/log.h"
 *
 * Never source text, tokens or passwords. A deploy's lines carry its id.
 * Thread: any. The level is the only global of the program.
 */
#ifndef HB_BASE_LOG_H
#define HB_BASE_LOG_H

enum hb_log_level {
    HB_LOG_ERROR,
    HB_LOG_WARNING,
    HB_LOG_INFO,
    HB_LOG_DEBUG,
};

void hb_log_set_level(enum hb_log_level level);

void hb_log_write(enum hb_log_level level, const char *module,
                  const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#ifdef LOG_MODULE
#define LOG_ERR(...) hb_log_write(HB_LOG_ERROR, LOG_MODULE, __VA_ARGS__)
#define LOG_WARN(...) hb_log_write(HB_LOG_WARNING, LOG_MODULE, __VA_ARGS__)
#define LOG_INFO(...) hb_log_write(HB_LOG_INFO, LOG_MODULE, __VA_ARGS__)
#define LOG_DBG(...) hb_log_write(HB_LOG_DEBUG, LOG_MODULE, __VA_ARGS__)
#endif

#endif
