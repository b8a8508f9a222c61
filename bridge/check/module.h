/*
 * Whether bytes and a name can be a module at all, before anything is written.
 * Pure. Thread: any.
 */
#ifndef HB_CHECK_MODULE_H
#define HB_CHECK_MODULE_H

#include "base/error.h"
#include "model/deploy.h"

#include <stddef.h>

/* How many lines from the top are searched for the save marker. */
#define HB_MARKER_LINES 100

/* A Python identifier (Unicode allowed, NFKC stable where ASCII) plus ".py",
 * no path parts, not a keyword. HB_EMODULE with what to do otherwise. */
bool hb_module_check_name(const char *module, struct hb_error *err);

/* Adds a warning "shadows-stdlib" or "shadows-zato" to the deploy where the
 * name is one of theirs. */
void hb_module_warn_name(struct hb_deploy *deploy, const char *module);

/* Valid UTF-8, at most max bytes, no NUL, no coding cookie (PEP 263) other
 * than UTF-8. HB_EMODULE otherwise. */
bool hb_module_check_bytes(const char *bytes, size_t len, size_t max,
                           struct hb_error *err);

/* True when "# zato: ide-deploy=True" stands in the first lines: any spacing
 * around ":" and "=", any case of True. */
bool hb_module_has_marker(const char *bytes, size_t len);

#endif
