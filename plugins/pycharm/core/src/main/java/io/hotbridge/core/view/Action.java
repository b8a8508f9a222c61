package io.hotbridge.core.view;

import io.hotbridge.core.wire.Deploy;
import java.util.Optional;

/**
 * Something that the user may do about what is shown. {@link
 * io.hotbridge.core.ProjectSession#perform} does those that need no window; the rest is the IDE's.
 *
 * @param label for a button or a link
 * @param deploy the deploy that it is about, where there is one
 * @param path the file that it is about; empty: none
 * @param line with {@link Kind#SHOW_PROBLEM}: from 1
 */
public record Action(Kind kind, String label, Optional<Deploy> deploy, String path, int line) {
    /** Those above the line are done by {@code perform}. */
    public enum Kind {
        DEPLOY_AGAIN,
        DEPLOY_ANYWAY,
        /** The user says yes to a target that asks. */
        CONFIRM,
        /** Nothing is done about a conflict: its banner goes. */
        DISMISS,
        START_BRIDGE,

        /** Open the file at the line. */
        SHOW_PROBLEM,
        /** The IDE's own diff of {@code deploy.found()} and the file. */
        SHOW_DIFFERENCE,
        SHOW_HISTORY,
        SHOW_LOG,
        RUN_DOCTOR,
        /** Ask for a target, then deploy the file to it. */
        DEPLOY_TO,
        CHOOSE_TARGET,
        ADD_TARGET,
        HOW_TO_INSTALL,
        /** Open the settings page. */
        SET_PATH
    }

    public static Action of(Kind kind, String label) {
        return new Action(kind, label, Optional.empty(), "", 0);
    }

    public static Action about(Kind kind, String label, Deploy deploy) {
        return new Action(kind, label, Optional.of(deploy), deploy.document(), 0);
    }

    public static Action about(Kind kind, String label, String path) {
        return new Action(kind, label, Optional.empty(), path, 0);
    }
}
