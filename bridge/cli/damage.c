#include "cli/damage.h"

#include "base/paths.h"
#include "history/repo.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

/* Largest file of words that is read, in bytes. */
#define WORDS_MAX 8192

static void add(struct hb_damage *damage, const char *path)
{
    char *file = hb_format("%s.txt", path);
    char *text = NULL;
    size_t len = 0;
    hb_strings_add(&damage->paths, path);
    if (hb_file_read(file, WORDS_MAX, &text, &len, NULL)) {
        text[strcspn(text, "\n")] = '\0';
        hb_strings_add(&damage->words, text);
    } else {
        char *words = hb_format("a damaged history is set aside as %s", path);
        hb_strings_add(&damage->words, words);
        free(words);
    }
    free(text);
    free(file);
}

void hb_damage_find(struct hb_damage *damage)
{
    static const char prefix[] = "history.git" HB_REPO_DAMAGED;
    char *state = hb_path_state();
    struct dirent **entries = NULL;
    int count = scandir(state, &entries, NULL, alphasort);
    *damage = (struct hb_damage){0};
    for (int i = 0; i < count; i++) {
        const char *name = entries[i]->d_name;
        if (strncmp(name, prefix, strlen(prefix)) == 0 &&
            strchr(name + strlen(prefix), '.') == NULL) {
            char *path = hb_path_join(state, name);
            add(damage, path);
            free(path);
        }
        free(entries[i]);
    }
    free(entries);
    free(state);
}

void hb_damage_release(struct hb_damage *damage)
{
    hb_strings_release(&damage->paths);
    hb_strings_release(&damage->words);
}
