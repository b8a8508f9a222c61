/*
 * The objects of a repository, read with care. libgit2 (1.5) never comes back
 * from a loose object whose file is cut short, so loose ones are read here and
 * only looked up, listed and written by libgit2. Packs are libgit2's.
 * Blocking; thread: any.
 */
#ifndef HB_HISTORY_OBJECTS_H
#define HB_HISTORY_OBJECTS_H

#include <git2.h>
#include <stdbool.h>

/* As git_repository_open_bare(), with objects that are read with care; 0, or
 * libgit2's code. flush: what is written is flushed one by one. */
int hb_objects_open(git_repository **git, const char *path, bool flush);

/* For a repository that is open already, before anything was read. */
int hb_objects_attach(git_repository *git, bool flush);

/* The attempt that a commit's last trailers name: nothing of git's refers to
 * it. False where there is none. */
bool hb_objects_attempt(const git_commit *commit, git_oid *id);

/* The loose ones of that folder of objects alone, whatever packs hold too. */
int hb_objects_loose(git_odb **odb, const char *folder, bool flush);

#endif
