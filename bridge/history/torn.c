#include "history/torn.h"

#include "base/alloc.h"
#include "base/paths.h"
#include "history/objects.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LOG_MODULE "history"
#include "base/log.h"

/* An object can be torn, and not in the journal, when it was made after the
 * journal's last record, or beside it: on a slow disk so many seconds before.
 */
#define SLACK 60
/* Largest object that is looked at, in bytes. */
#define OBJECT_MAX (256u << 20)

/* When something was last recorded, 0 for never; by the refs where there was no
 * journal. */
static time_t last_write(struct hb_repo *repo)
{
    git_strarray names = {0};
    time_t last = repo->journal.written;
    if (last > 0 || git_reference_list(&names, repo->git) != 0) {
        return last;
    }
    for (size_t i = 0; i < names.count; i++) {
        struct stat st;
        char *path = hb_path_join(repo->path, names.strings[i]);
        if (stat(path, &st) == 0 && st.st_mtime > last) {
            last = st.st_mtime;
        }
        free(path);
    }
    git_strarray_dispose(&names);
    return last;
}

static bool is_whole(git_odb *loose, const char *folder, const char *name)
{
    git_odb_object *object = NULL;
    git_oid id;
    char *text = hb_format("%s%s", folder, name);
    bool ok = git_oid_fromstr(&id, text) != 0 ||
              git_odb_read(&object, loose, &id) == 0;
    git_odb_object_free(object);
    free(text);
    return ok;
}

/* What cannot be read at all may be whole. */
static bool is_torn(const struct hb_repo *repo, git_odb *loose,
                    const char *folder, const char *name)
{
    char *bytes = NULL;
    size_t len = 0;
    if (is_whole(loose, folder, name)) {
        return false;
    }
    char *path = hb_format("%s/objects/%s/%s", repo->path, folder, name);
    bool readable = hb_file_read(path, OBJECT_MAX, &bytes, &len, NULL);
    free(bytes);
    free(path);
    return readable && !is_whole(loose, folder, name);
}

/* Out of git's sight, but not deleted: if it was no object on its way but a
 * known one that was damaged just now, the check of the history will miss it,
 * and what is left of it stays with what is set aside. */
static void put_away(const struct hb_repo *repo, int folder, const char *name,
                     const char *rest)
{
    char *torn = hb_path_join(repo->path, HB_TORN);
    char *to = hb_format("%s/%s%s", torn, name, rest);
    if ((mkdir(torn, 0700) != 0 && errno != EEXIST) ||
        renameat(folder, rest, AT_FDCWD, to) != 0) {
        LOG_WARN("the object %s%s is not whole and cannot be put away: %s",
                 name, rest, strerror(errno));
    } else {
        LOG_INFO("the object %s%s is not whole and is now %s", name, rest, to);
    }
    free(to);
    free(torn);
}

/* A folder that is older holds none, where its own time lasts with the names
 * in it; it does not on btrfs. */
static void clear_torn_in(const struct hb_repo *repo, git_odb *loose,
                          const char *name, time_t since)
{
    struct stat st;
    char *path = hb_format("%s/objects/%s", repo->path, name);
    bool look = repo->disk == HB_DISK_EACH ||
                (stat(path, &st) == 0 && st.st_mtime >= since);
    DIR *folder = look ? opendir(path) : NULL;
    for (struct dirent *entry;
         folder != NULL && (entry = readdir(folder)) != NULL;) {
        if (entry->d_name[0] != '.' &&
            fstatat(dirfd(folder), entry->d_name, &st, 0) == 0 &&
            st.st_mtime >= since && is_torn(repo, loose, name, entry->d_name)) {
            put_away(repo, dirfd(folder), name, entry->d_name);
        }
    }
    if (folder != NULL) {
        closedir(folder);
    }
    free(path);
}

/* The loose ones are read alone: a whole copy in a pack would hide that the
 * file beside it is not. */
void hb_torn_clear(struct hb_repo *repo)
{
    time_t since = last_write(repo) - SLACK;
    char *folder = hb_path_join(repo->path, "objects");
    git_odb *loose = NULL;
    if (hb_objects_loose(&loose, folder, false) != 0) {
        LOG_WARN("%s is not searched for torn objects", folder);
    }
    for (unsigned i = 0; loose != NULL && i < 256; i++) {
        char name[3];
        snprintf(name, sizeof name, "%02x", i);
        clear_torn_in(repo, loose, name, since);
    }
    git_odb_free(loose);
    free(folder);
}
