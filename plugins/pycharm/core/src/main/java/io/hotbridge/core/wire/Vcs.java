package io.hotbridge.core.wire;

/** What the file's own repository says; texts that are not known are empty. */
public record Vcs(String commit, String branch, Boolean dirty) {
    /** No repository, or nobody has looked. */
    public static final Vcs NONE = new Vcs("", "", null);
}
