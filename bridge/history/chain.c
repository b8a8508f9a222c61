#include "history/chain.h"

#include "history/commit.h"

#include <string.h>

void hb_chain_begin(struct hb_chain *chain, struct hb_books *books,
                    const char *target, const char *module)
{
    chain->books = books;
    memcpy(chain->next, hb_index_module(books->index, target, module)->newest,
           HB_OID_SIZE);
}

void hb_chain_fold(struct hb_books *books, struct hb_deploy *deploy)
{
    char commit[HB_OID_SIZE];
    char late[HB_OID_SIZE];
    if (deploy->late || deploy->id[0] == '\0' ||
        !hb_index_find(books->index, deploy->id, commit, late) ||
        late[0] == '\0') {
        return;
    }
    struct hb_deploy *word =
        hb_commit_read(&books->repo, late, NULL, NULL, NULL, NULL);
    if (word != NULL && strcmp(word->id, deploy->id) == 0) {
        hb_commit_fold(deploy, word);
    }
    hb_deploy_free(word);
}

struct hb_deploy *hb_chain_next(struct hb_chain *chain, bool with_late)
{
    while (chain->next[0] != '\0') {
        struct hb_deploy *deploy = hb_commit_read(
            &chain->books->repo, chain->next, NULL, NULL, NULL, NULL);
        if (deploy == NULL) {
            chain->next[0] = '\0';
            return NULL;
        }
        memcpy(chain->next, deploy->previous, HB_OID_SIZE);
        if (!deploy->late) {
            hb_chain_fold(chain->books, deploy);
            return deploy;
        }
        if (with_late) {
            return deploy;
        }
        hb_deploy_free(deploy);
    }
    return NULL;
}
