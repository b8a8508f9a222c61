/*
 * A text of JSON -> json-c's tree, after hb_json_scan() has refused what json-c
 * lets through. For what the bridge itself sends and writes: a tree costs many
 * times its text. Members of another type than asked for read as absent.
 * Thread: any.
 */
#ifndef HB_WIRE_TREE_H
#define HB_WIRE_TREE_H

#include "base/alloc.h"
#include "base/error.h"

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Freed with json_object_put(). NULL with HB_EBRIDGE where it is not an
 * object; `what` is named in the message: "the deploy". */
json_object *hb_tree_parse(const char *text, size_t len, const char *what,
                           struct hb_error *err);

/* NULL where there is none of that type; borrowed from the tree. */
json_object *hb_tree_object(json_object *object, const char *name);
json_object *hb_tree_array(json_object *object, const char *name);
const char *hb_tree_text(json_object *object, const char *name);

/* A copy, or NULL. */
char *hb_tree_copy(json_object *object, const char *name);
/* A copy, "" where there is none. */
char *hb_tree_copy_or_empty(json_object *object, const char *name);

/* `missing` where there is none, or it does not fit an int. */
int hb_tree_integer(json_object *object, const char *name, int missing);
double hb_tree_seconds(json_object *object, const char *name, double missing);
bool hb_tree_flag(json_object *object, const char *name);
/* Milliseconds of a time of day; 0 where there is none. */
int64_t hb_tree_time(json_object *object, const char *name);
void hb_tree_strings(json_object *object, const char *name,
                     struct hb_strings *list);

#endif
