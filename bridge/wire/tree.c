#include "wire/tree.h"

#include "base/clock.h"
#include "wire/limits.h"
#include "wire/scan.h"

#include <limits.h>

json_object *hb_tree_parse(const char *text, size_t len, const char *what,
                           struct hb_error *err)
{
    struct hb_error why = {0};
    if (len > INT_MAX || !hb_json_scan(text, len, NULL, &why)) {
        hb_error_set(err, HB_EBRIDGE, "%s cannot be read: %s", what,
                     why.message);
        return NULL;
    }
    json_tokener *tokener = json_tokener_new_ex(HB_WIRE_DEPTH_MAX + 1);
    if (tokener == NULL) {
        hb_error_set(err, HB_EBRIDGE, "%s cannot be read: out of memory", what);
        return NULL;
    }
    json_tokener_set_flags(tokener, JSON_TOKENER_STRICT);
    /* Strict json-c takes white space behind a value for a second one. */
    struct hb_span span = hb_span_of(text, len);
    json_object *tree = json_tokener_parse_ex(tokener, span.at, (int)span.len);
    json_tokener_free(tokener);
    if (!json_object_is_type(tree, json_type_object)) {
        json_object_put(tree);
        hb_error_set(err, HB_EBRIDGE,
                     "%s cannot be read: it is not an object; is the bridge "
                     "of another version?",
                     what);
        return NULL;
    }
    return tree;
}

static json_object *find(json_object *object, const char *name, json_type type)
{
    json_object *value = NULL;
    if (!json_object_object_get_ex(object, name, &value) ||
        !json_object_is_type(value, type)) {
        return NULL;
    }
    return value;
}

json_object *hb_tree_object(json_object *object, const char *name)
{
    return find(object, name, json_type_object);
}

json_object *hb_tree_array(json_object *object, const char *name)
{
    return find(object, name, json_type_array);
}

const char *hb_tree_text(json_object *object, const char *name)
{
    json_object *value = find(object, name, json_type_string);
    return value == NULL ? NULL : json_object_get_string(value);
}

char *hb_tree_copy(json_object *object, const char *name)
{
    return hb_strdup(hb_tree_text(object, name));
}

char *hb_tree_copy_or_empty(json_object *object, const char *name)
{
    const char *text = hb_tree_text(object, name);
    return hb_strdup(text == NULL ? "" : text);
}

int hb_tree_integer(json_object *object, const char *name, int missing)
{
    json_object *value = find(object, name, json_type_int);
    if (value == NULL) {
        return missing;
    }
    int64_t number = json_object_get_int64(value);
    return number < INT_MIN || number > INT_MAX ? missing : (int)number;
}

double hb_tree_seconds(json_object *object, const char *name, double missing)
{
    json_object *value = find(object, name, json_type_int);
    if (value == NULL) {
        value = find(object, name, json_type_double);
    }
    return value == NULL ? missing : json_object_get_double(value);
}

bool hb_tree_flag(json_object *object, const char *name)
{
    json_object *value = find(object, name, json_type_boolean);
    return value != NULL && json_object_get_boolean(value);
}

int64_t hb_tree_time(json_object *object, const char *name)
{
    const char *text = hb_tree_text(object, name);
    int64_t time = text == NULL ? 0 : hb_clock_parse(text);
    return time < 0 ? 0 : time;
}

void hb_tree_strings(json_object *object, const char *name,
                     struct hb_strings *list)
{
    json_object *array = hb_tree_array(object, name);
    size_t count = array == NULL ? 0 : json_object_array_length(array);
    for (size_t i = 0; i < count; i++) {
        json_object *item = json_object_array_get_idx(array, i);
        if (json_object_is_type(item, json_type_string)) {
            hb_strings_add(list, json_object_get_string(item));
        }
    }
}
