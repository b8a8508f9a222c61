#include "history/known.h"

#include "base/alloc.h"
#include "base/sum.h"
#include "history/escape.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAGIC "hotbridge-index 2\n"

void hb_known_release(struct hb_known *known)
{
    while (known->modules != NULL) {
        struct hb_index_module *module = known->modules;
        known->modules = module->next;
        free(module->target);
        free(module->module);
        free(module);
    }
    for (size_t i = 0; i < known->tip_count; i++) {
        free(known->tips[i].ref);
    }
    free(known->tips);
    *known = (struct hb_known){0};
}

struct hb_index_module *hb_known_find(const struct hb_known *known,
                                      const char *target, const char *module)
{
    struct hb_index_module *entry = known->modules;
    while (entry != NULL && (strcmp(entry->module, module) != 0 ||
                             strcmp(entry->target, target) != 0)) {
        entry = entry->next;
    }
    return entry;
}

struct hb_index_module *hb_known_module(struct hb_known *known,
                                        const char *target, const char *module)
{
    struct hb_index_module *entry = hb_known_find(known, target, module);
    if (entry == NULL) {
        entry = hb_alloc(sizeof *entry);
        entry->target = hb_strdup(target);
        entry->module = hb_strdup(module);
        entry->next = known->modules;
        known->modules = entry;
    }
    return entry;
}

struct hb_known_tip *hb_known_tip(struct hb_known *known, const char *ref)
{
    for (size_t i = 0; i < known->tip_count; i++) {
        if (strcmp(known->tips[i].ref, ref) == 0) {
            return &known->tips[i];
        }
    }
    known->tips = hb_realloc_array(known->tips, known->tip_count + 1,
                                   sizeof *known->tips);
    struct hb_known_tip *tip = &known->tips[known->tip_count++];
    *tip = (struct hb_known_tip){.ref = hb_strdup(ref)};
    return tip;
}

/* ---- the text --------------------------------------------------------- */

void hb_known_write(const struct hb_known *known, struct hb_buffer *out)
{
    size_t begin = out->len;
    hb_buffer_print(out, MAGIC "i %llx\n", (unsigned long long)known->ids);
    for (const struct hb_index_module *module = known->modules; module != NULL;
         module = module->next) {
        hb_buffer_print(out, "m %s ", module->target);
        hb_escape_word(out, module->module);
        hb_buffer_print(out, " ");
        hb_escape_word(out, module->newest);
        hb_buffer_print(out, " ");
        hb_escape_word(out, module->given);
        hb_buffer_print(out, " ");
        hb_escape_word(out, module->found);
        hb_buffer_print(out, "\n");
    }
    for (size_t i = 0; i < known->tip_count; i++) {
        hb_buffer_print(out, "t %s %s\n", known->tips[i].ref,
                        known->tips[i].commit);
    }
    hb_buffer_print(out, "end %016llx\n",
                    (unsigned long long)hb_sum(HB_SUM_START, out->data + begin,
                                               out->len - begin));
}

/* The last line holds a sum of all before it. */
static bool is_whole(const char *bytes, size_t len)
{
    static const char last[] = "end 0123456789abcdef\n";
    const size_t size = sizeof last - 1;
    if (len < strlen(MAGIC) + size ||
        strncmp(bytes, MAGIC, strlen(MAGIC)) != 0 ||
        strncmp(bytes + len - size, "end ", 4) != 0) {
        return false;
    }
    return strtoull(bytes + len - size + 4, NULL, 16) ==
           hb_sum(HB_SUM_START, bytes, len - size);
}

static void take_word(char to[HB_OID_SIZE], const char **line)
{
    char *word = hb_unescape_word(line);
    snprintf(to, HB_OID_SIZE, "%s", word == NULL ? "" : word);
    free(word);
}

static bool read_line(struct hb_known *known, char kind, const char *line)
{
    char *first = hb_unescape_word(&line);
    char *name = NULL;
    bool ok = first != NULL;
    if (ok && kind == 'i') {
        known->ids = strtoull(first, NULL, 16);
    } else if (ok && kind == 't') {
        take_word(hb_known_tip(known, first)->commit, &line);
    } else if (ok && kind == 'm') {
        name = hb_unescape_word(&line);
        ok = name != NULL;
        if (ok) {
            struct hb_index_module *module =
                hb_known_module(known, first, name);
            take_word(module->newest, &line);
            take_word(module->given, &line);
            take_word(module->found, &line);
        }
    } else {
        ok = false;
    }
    free(name);
    free(first);
    return ok;
}

bool hb_known_read(struct hb_known *known, char *bytes, size_t len)
{
    if (!is_whole(bytes, len)) {
        return false;
    }
    for (char *line = bytes + strlen(MAGIC); strncmp(line, "end ", 4) != 0;) {
        char *end = strchr(line, '\n');
        *end = '\0';
        if (line[0] == '\0' || line[1] != ' ' ||
            !read_line(known, line[0], line + 2)) {
            return false;
        }
        line = end + 1;
    }
    return true;
}
