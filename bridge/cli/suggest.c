#include "cli/suggest.h"

#include <string.h>

/* Longer words are nobody's slip. */
#define WORD_MAX 31

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

size_t hb_suggest_distance(const char *a, const char *b)
{
    size_t rows[3][WORD_MAX + 1];
    size_t a_len = strlen(a);
    size_t b_len = strlen(b);
    if (a_len > WORD_MAX || b_len > WORD_MAX) {
        return WORD_MAX;
    }
    size_t *before = rows[0], *last = rows[1], *row = rows[2];
    for (size_t j = 0; j <= b_len; j++) {
        before[j] = last[j] = j;
    }
    for (size_t i = 1; i <= a_len; i++) {
        row[0] = i;
        for (size_t j = 1; j <= b_len; j++) {
            size_t changed = last[j - 1] + (a[i - 1] != b[j - 1]);
            row[j] = least(changed, least(last[j], row[j - 1]) + 1);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
                a[i - 2] == b[j - 1]) {
                row[j] = least(row[j], before[j - 2] + 1);
            }
        }
        size_t *spare = before;
        before = last;
        last = row;
        row = spare;
    }
    return last[b_len];
}

const char *hb_suggest_nearest(const char *word, const char *const *words,
                               size_t count)
{
    const char *best = NULL;
    size_t best_distance = WORD_MAX;
    size_t len = strlen(word);
    for (size_t i = 0; i < count; i++) {
        size_t distance = len >= 2 && strncmp(words[i], word, len) == 0
                              ? 0
                              : hb_suggest_distance(word, words[i]);
        if (distance < best_distance) {
            best_distance = distance;
            best = words[i];
        }
    }
    size_t allowed = len <= 3 ? 1 : len <= 6 ? 2 : 3;
    return best_distance <= allowed && best_distance < len ? best : NULL;
}
