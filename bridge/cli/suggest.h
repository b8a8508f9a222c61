/*
 * The word that was meant. Pure. Thread: any.
 */
#ifndef HB_CLI_SUGGEST_H
#define HB_CLI_SUGGEST_H

#include <stddef.h>

/* How many letters have to be added, dropped, changed or swapped with their
 * neighbour to make one word of the other. */
size_t hb_suggest_distance(const char *a, const char *b);

/* The nearest of the words, or NULL where none is near. */
const char *hb_suggest_nearest(const char *word, const char *const *words,
                               size_t count);

#endif
