#include "cli/source.h"

#include "base/alloc.h"
#include "base/paths.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <git2.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Larger ones would not fit a message, each byte of which may take six. The
 * bridge's own limit is smaller, and its to tell. */
#define SOURCE_MAX (4u * 1024 * 1024)

/* "./a/../crm.py" made absolute without following the file itself. */
static char *absolute(const char *file)
{
    const char *slash = strrchr(file, '/');
    const char *name = slash == NULL ? file : slash + 1;
    char *folder = slash == NULL   ? hb_strdup(".")
                   : slash == file ? hb_strdup("/")
                                   : hb_strndup(file, (size_t)(slash - file));
    char *real = realpath(folder, NULL);
    char *path = hb_path_join(real != NULL ? real : folder, name);
    free(real);
    free(folder);
    return path;
}

static bool check_kind(const char *file, struct hb_error *err)
{
    struct stat st;
    if (stat(file, &st) != 0) {
        return hb_error_errno(err, HB_EUSAGE, errno, "cannot read %s", file);
    }
    if (S_ISDIR(st.st_mode)) {
        return hb_error_set(err, HB_EUSAGE,
                            "%s is a folder: name the modules in it", file);
    }
    if (!S_ISREG(st.st_mode)) {
        return hb_error_set(err, HB_EUSAGE,
                            "%s is not a plain file, so it cannot be deployed",
                            file);
    }
    if (st.st_size > SOURCE_MAX) {
        return hb_error_set(err, HB_EMODULE,
                            "%s holds %lld bytes, more than a module may (the "
                            "limit is [bridge] maxModuleSize, 1 MiB unless "
                            "set)",
                            file, (long long)st.st_size);
    }
    return true;
}

static bool check_text(const char *file, const struct hb_source *source,
                       struct hb_error *err)
{
    if (memchr(source->bytes, '\0', source->len) != NULL) {
        return hb_error_set(err, HB_EMODULE,
                            "%s holds a NUL byte: it is not a Python module",
                            file);
    }
    if (!hb_text_is_utf8(source->bytes, source->len)) {
        return hb_error_set(err, HB_EMODULE,
                            "%s is not UTF-8: save it as UTF-8", file);
    }
    return true;
}

static enum hb_tristate dirty(git_repository *repo, const char *path)
{
    unsigned flags = 0;
    const char *folder = git_repository_workdir(repo);
    size_t len = folder == NULL ? 0 : strlen(folder);
    if (len == 0 || strncmp(path, folder, len) != 0 ||
        git_status_file(&flags, repo, path + len) != 0) {
        return HB_UNSAID;
    }
    return flags == GIT_STATUS_CURRENT ? HB_NO : HB_YES;
}

/* What cannot be told is left out: it is only for the record. */
static void read_vcs(struct hb_source *source)
{
    git_repository *repo = NULL;
    git_reference *head = NULL;
    git_libgit2_init();
    char *folder = hb_strndup(
        source->path, (size_t)(strrchr(source->path, '/') - source->path) + 1);
    if (git_repository_open_ext(&repo, folder, 0, NULL) == 0 &&
        git_repository_head(&head, repo) == 0) {
        char hex[GIT_OID_HEXSZ + 1];
        const git_oid *id = git_reference_target(head);
        if (id != NULL) {
            git_oid_tostr(hex, sizeof hex, id);
            source->vcs_commit = hb_strdup(hex);
        }
        if (git_reference_is_branch(head) == 1) {
            source->vcs_branch = hb_strdup(git_reference_shorthand(head));
        }
        source->vcs_dirty = dirty(repo, source->path);
    }
    git_reference_free(head);
    git_repository_free(repo);
    git_libgit2_shutdown();
    free(folder);
}

bool hb_source_read(const char *file, struct hb_source *source,
                    struct hb_error *err)
{
    struct hb_error cause = {0};
    *source = (struct hb_source){0};
    source->path = absolute(file);
    source->module = hb_strdup(strrchr(source->path, '/') + 1);
    if (!check_kind(file, err)) {
        return false;
    }
    if (!hb_file_read(file, SOURCE_MAX, &source->bytes, &source->len, &cause)) {
        return hb_error_set(err, HB_EUSAGE, "%s", cause.message);
    }
    if (!check_text(file, source, err)) {
        return false;
    }
    read_vcs(source);
    return true;
}

void hb_source_release(struct hb_source *source)
{
    free(source->module);
    free(source->path);
    free(source->bytes);
    free(source->vcs_commit);
    free(source->vcs_branch);
    *source = (struct hb_source){0};
}
