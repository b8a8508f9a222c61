#include "pipeline/rules.h"

#include "check/module.h"

/* Zato 4 drops a second change of a file within 2 s of the last; the time
 * runs from when it handled that, so some is added (docs/zato.md). */
#define ZATO_4_PAUSE 2.5

bool hb_rules_allow(const struct hb_target *target, enum hb_trigger trigger,
                    bool confirmed, const char *bytes, size_t len,
                    struct hb_error *err)
{
    if (trigger == HB_TRIGGER_SAVE) {
        if (target->guard == HB_GUARD_MANUAL) {
            return hb_error_set(err, HB_EONSAVE,
                                "%s is never deployed to on save "
                                "(guard = manual): deploy by hand",
                                target->name);
        }
        if (target->on_save == HB_SAVE_NEVER) {
            return hb_error_set(err, HB_EONSAVE,
                                "%s is never deployed to on save "
                                "(onSave = never): deploy by hand",
                                target->name);
        }
        if (target->on_save == HB_SAVE_MARKER &&
            !hb_module_has_marker(bytes, len)) {
            return hb_error_set(err, HB_EONSAVE,
                                "the module has no line "
                                "'# zato: ide-deploy=True', so %s does not "
                                "take it on save: add one, or deploy by hand",
                                target->name);
        }
    }
    if (target->guard == HB_GUARD_CONFIRM && !confirmed) {
        return hb_error_set(err, HB_ECONFIRM,
                            "%s asks to confirm each deploy (guard = confirm)",
                            target->name);
    }
    return true;
}

double hb_rules_pause(const struct hb_target *target, double last_word,
                      double now)
{
    bool paced = false;
    for (size_t i = 0; i < target->server_count; i++) {
        paced = paced || target->servers[i].profile == HB_PROFILE_ZATO_4;
    }
    if (!paced || last_word <= 0) {
        return 0;
    }
    double left = last_word + ZATO_4_PAUSE - now;
    return left > 0 ? left : 0;
}
