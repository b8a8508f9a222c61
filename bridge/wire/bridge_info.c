#include "wire/decode.h"

#include "wire/tree.h"
#include "wire/writer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PORT_MAX 65535

char *hb_encode_bridge_info(const struct hb_bridge_info *info)
{
    struct hb_writer writer = {0};
    char url[40];
    snprintf(url, sizeof url, "ws://127.0.0.1:%d/", info->port);
    hb_writer_open(&writer, '{');
    hb_writer_put_integer(&writer, "pid", info->pid);
    hb_writer_put_text(&writer, "url", info->url == NULL ? url : info->url);
    hb_writer_put_text(&writer, "token", info->token);
    hb_writer_put_text(&writer, "proof", info->proof);
    hb_writer_put_text(&writer, "version", info->version);
    hb_writer_put_integer(&writer, "protocol", info->protocol);
    hb_writer_close(&writer, '}');
    return hb_writer_take(&writer);
}

/* The port in "ws://HOST:PORT/", or 0. */
static int port_of(const char *url)
{
    static const char scheme[] = "ws://";
    if (url == NULL || strncmp(url, scheme, strlen(scheme)) != 0) {
        return 0;
    }
    const char *host = url + strlen(scheme);
    const char *colon = host[0] == '[' ? strstr(host, "]:") : strchr(host, ':');
    if (colon == NULL) {
        return 0;
    }
    char *end = NULL;
    long port = strtol(colon + (*colon == ']' ? 2 : 1), &end, 10);
    return (*end == '/' || *end == '\0') && port > 0 && port <= PORT_MAX
               ? (int)port
               : 0;
}

bool hb_decode_bridge_info(const char *text, size_t len,
                           struct hb_bridge_info *info, struct hb_error *err)
{
    *info = (struct hb_bridge_info){0};
    json_object *tree = hb_tree_parse(text, len, "bridge.json", err);
    if (tree == NULL) {
        return false;
    }
    info->pid = hb_tree_integer(tree, "pid", 0);
    info->protocol = hb_tree_integer(tree, "protocol", 0);
    info->url = hb_tree_copy(tree, "url");
    info->port = port_of(info->url);
    info->token = hb_tree_copy(tree, "token");
    info->proof = hb_tree_copy(tree, "proof");
    info->version = hb_tree_copy_or_empty(tree, "version");
    json_object_put(tree);
    if (info->pid <= 0 || info->port == 0 || info->token == NULL ||
        info->proof == NULL) {
        hb_bridge_info_release(info);
        return hb_error_set(err, HB_EBRIDGE,
                            "bridge.json lacks what a client needs; stop the "
                            "bridge and start it again");
    }
    return true;
}

void hb_bridge_info_release(struct hb_bridge_info *info)
{
    free(info->url);
    free(info->token);
    free(info->proof);
    free(info->version);
    *info = (struct hb_bridge_info){0};
}
