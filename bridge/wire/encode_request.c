#include "wire/encode.h"

#include "wire/member.h"
#include "wire/writer.h"

static void put_members(struct hb_writer *writer,
                        const struct hb_member *members,
                        const struct hb_request *request);

static bool has_text(const struct hb_member *member,
                     const struct hb_request *request)
{
    return *(char **)hb_member_field(member, request) != NULL;
}

/* Whether the request holds such a member; an object is there when one of its
 * members is. */
static bool is_there(const struct hb_member *member,
                     const struct hb_request *request)
{
    void *field = hb_member_field(member, request);
    switch (member->kind) {
    case HB_KIND_TRIGGER:
    case HB_KIND_NUMBER: return true;
    case HB_KIND_LIMIT: return *(size_t *)field != 0;
    case HB_KIND_FLAG: return *(bool *)field;
    case HB_KIND_ANSWER: return *(enum hb_tristate *)field != HB_UNSAID;
    case HB_KIND_OBJECT: break;
    default: return has_text(member, request);
    }
    for (const struct hb_member *m = member->inner; m->name != NULL; m++) {
        if (is_there(m, request)) {
            return true;
        }
    }
    return false;
}

static void put_value(struct hb_writer *writer, const struct hb_member *member,
                      const struct hb_request *request)
{
    void *field = hb_member_field(member, request);
    switch (member->kind) {
    case HB_KIND_SOURCE:
        hb_writer_bytes(writer, request->source, request->source_len);
        break;
    case HB_KIND_TRIGGER:
        hb_writer_text(writer, hb_trigger_word(*(enum hb_trigger *)field));
        break;
    case HB_KIND_NUMBER: hb_writer_integer(writer, *(int *)field); break;
    case HB_KIND_LIMIT:
        hb_writer_integer(writer, (int64_t) * (size_t *)field);
        break;
    case HB_KIND_FLAG: hb_writer_flag(writer, *(bool *)field); break;
    case HB_KIND_ANSWER:
        hb_writer_flag(writer, *(enum hb_tristate *)field == HB_YES);
        break;
    case HB_KIND_OBJECT: put_members(writer, member->inner, request); break;
    default: hb_writer_text(writer, *(char **)field); break;
    }
}

static void put_members(struct hb_writer *writer,
                        const struct hb_member *members,
                        const struct hb_request *request)
{
    hb_writer_open(writer, '{');
    for (const struct hb_member *m = members; m->name != NULL; m++) {
        if (is_there(m, request)) {
            hb_writer_key(writer, m->name);
            put_value(writer, m, request);
        }
    }
    hb_writer_close(writer, '}');
}

char *hb_encode_request(const struct hb_request *request)
{
    struct hb_writer writer = {0};
    hb_writer_open(&writer, '{');
    hb_writer_put_text(&writer, "jsonrpc", "2.0");
    if (request->rpc_id != NULL) {
        hb_writer_key(&writer, "id");
        hb_writer_raw(&writer, request->rpc_id);
    }
    hb_writer_put_text(&writer, "method", hb_method_name(request->method));
    const struct hb_member *members = hb_method_members(request->method);
    if (members->name != NULL) {
        hb_writer_key(&writer, "params");
        put_members(&writer, members, request);
    }
    hb_writer_close(&writer, '}');
    return hb_writer_take(&writer);
}
