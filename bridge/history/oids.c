#include "history/oids.h"

#include "base/alloc.h"
#include "base/buffer.h"
#include "base/paths.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

/* Largest file of ids that is read, in bytes. */
#define FILE_MAX (64u * 1024 * 1024)

void hb_oids_add(struct hb_oids *list, const git_oid *id)
{
    if (list->count == list->size) {
        list->size = list->size == 0 ? 64 : list->size * 2;
        list->items =
            hb_realloc_array(list->items, list->size, sizeof *list->items);
    }
    list->items[list->count++] = *id;
}

static int by_id(const void *a, const void *b)
{
    return git_oid_cmp(a, b);
}

void hb_oids_sort(struct hb_oids *list)
{
    size_t kept = 0;
    if (list->count == 0) {
        return;
    }
    qsort(list->items, list->count, sizeof *list->items, by_id);
    for (size_t i = 1; i < list->count; i++) {
        if (git_oid_cmp(&list->items[i], &list->items[kept]) != 0) {
            list->items[++kept] = list->items[i];
        }
    }
    list->count = kept + 1;
}

bool hb_oids_has(const struct hb_oids *list, const git_oid *id)
{
    return list->count > 0 && bsearch(id, list->items, list->count,
                                      sizeof *list->items, by_id) != NULL;
}

void hb_oids_release(struct hb_oids *list)
{
    free(list->items);
    *list = (struct hb_oids){0};
}

void hb_oids_load(struct hb_oids *list, const char *path)
{
    char *text = NULL;
    size_t len = 0;
    git_oid id;
    if (!hb_file_read(path, FILE_MAX, &text, &len, NULL)) {
        return;
    }
    for (char *save = NULL, *line = strtok_r(text, "\n", &save); line != NULL;
         line = strtok_r(NULL, "\n", &save)) {
        if (strlen(line) == HB_OID_SIZE - 1 &&
            git_oid_fromstr(&id, line) == 0) {
            hb_oids_add(list, &id);
        }
    }
    free(text);
    hb_oids_sort(list);
}

bool hb_oids_save(const struct hb_oids *list, const char *path,
                  struct hb_error *err)
{
    struct hb_buffer out = {0};
    char name[HB_OID_SIZE];
    for (size_t i = 0; i < list->count; i++) {
        git_oid_tostr(name, sizeof name, &list->items[i]);
        hb_buffer_print(&out, "%s\n", name);
    }
    bool ok =
        hb_file_replace(path, hb_buffer_text(&out), out.len, 0600, true, err);
    hb_buffer_release(&out);
    return ok;
}

static int add_one(const git_oid *id, void *list)
{
    hb_oids_add(list, id);
    return 0;
}

bool hb_oids_of(struct hb_oids *list, git_odb *odb)
{
    bool ok = git_odb_foreach(odb, add_one, list) == 0;
    hb_oids_sort(list);
    return ok;
}
