/*
 * What a new repository takes over from a damaged one, before that is set
 * aside:
 * every object that reads as what its name says (linked, not copied), each
 * branch at its newest commit that can be built on, the deploys under way,
 * and whatever only its journal has. Branches are found from the commits, which
 * name their targets, so that it does not matter which file was damaged.
 * Nothing of the damaged one is changed. docs/history.md, "Damage". Blocking;
 * thread: the lane.
 */
#ifndef HB_HISTORY_HEAL_H
#define HB_HISTORY_HEAL_H

#include "history/oids.h"
#include "history/repo.h"

struct hb_heal {
    struct hb_repo *repo; /* the new one: open, empty, locked */
    git_odb *odb;
    char *from;      /* the damaged one */
    char *aside;     /* what it will be called */
    size_t objects;  /* taken over */
    size_t bad;      /* that could not be read, and are left out */
    size_t packs;    /* damaged ones */
    size_t branches; /* taken over */
    size_t shorter;  /* of which the newest commit was lost */
    size_t lost;     /* objects that others refer to and that are gone */
    struct hb_error unwritten; /* why what is whole could not be taken over */
};

/* Fills the counters. False only when the new repository cannot be written. */
bool hb_heal(struct hb_heal *heal, struct hb_error *err);

/* heal_refs.c: the second half, when the objects are there. */
bool hb_heal_refs(struct hb_heal *heal, struct hb_error *err);

#endif
