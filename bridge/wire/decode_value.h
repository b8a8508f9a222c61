/* A deploy or a target out of a tree. NULL with HB_EBRIDGE. */
#ifndef HB_WIRE_DECODE_VALUE_H
#define HB_WIRE_DECODE_VALUE_H

#include "base/error.h"
#include "model/deploy.h"
#include "model/target.h"

#include <json-c/json.h>

struct hb_deploy *hb_tree_deploy(json_object *tree, struct hb_error *err);
struct hb_target *hb_tree_target(json_object *tree, struct hb_error *err);

#endif
