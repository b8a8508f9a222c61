package io.hotbridge.core.wire;

/**
 * A deploy to be asked for. Kept with its bytes until there is an answer, so that it can be asked
 * for again by the same id.
 *
 * @param id a UUID, new for each save
 * @param target empty: the bridge's default target
 * @param trigger {@code save} or {@code manual}
 * @param document the absolute path of the file; empty: none
 * @param force overwrite a version that somebody else put there
 * @param confirmed the user was asked, and said yes
 */
public record DeployRequest(
        String id,
        String target,
        String module,
        String source,
        String trigger,
        String document,
        Vcs vcs,
        boolean force,
        boolean confirmed) {
    public DeployRequest asConfirmed() {
        return new DeployRequest(
                id, target, module, source, trigger, document, vcs, force, true);
    }

    public boolean isSave() {
        return trigger.equals("save");
    }

    /** No source: this may be logged. */
    @Override
    public String toString() {
        return "deploy " + id + " of " + module + " to " + (target.isEmpty() ? "-" : target);
    }
}
