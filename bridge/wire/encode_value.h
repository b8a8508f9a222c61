/*
 * A deploy or a target as a value within a message that is being written.
 */
#ifndef HB_WIRE_ENCODE_VALUE_H
#define HB_WIRE_ENCODE_VALUE_H

#include "model/deploy.h"
#include "model/target.h"
#include "wire/writer.h"

void hb_writer_deploy(struct hb_writer *writer, const struct hb_deploy *deploy);

/* `ok` is written where `test` is true. */
void hb_writer_target(struct hb_writer *writer, const struct hb_target *target,
                      const char *default_target, bool test);

/* The members targets and defaultTarget. */
void hb_writer_targets(struct hb_writer *writer,
                       struct hb_target *const *targets, size_t count,
                       const char *default_target);

/* An array of texts as a member. */
void hb_writer_put_strings(struct hb_writer *writer, const char *name,
                           const struct hb_strings *list);

#endif
