/*
 * What several kinds of messages hold, within one that is being written.
 */
#ifndef HB_WIRE_ENCODE_VALUE_H
#define HB_WIRE_ENCODE_VALUE_H

#include "model/deploy.h"
#include "model/target.h"
#include "wire/writer.h"

/* The members targets and defaultTarget. */
void hb_writer_targets(struct hb_writer *writer,
                       struct hb_target *const *targets, size_t count,
                       const char *default_target);

/* An array of texts as a member. */
void hb_writer_put_strings(struct hb_writer *writer, const char *name,
                           const struct hb_strings *list);

#endif
