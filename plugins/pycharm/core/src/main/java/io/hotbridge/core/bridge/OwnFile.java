package io.hotbridge.core.bridge;

import io.hotbridge.core.Trouble;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipal;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;

/**
 * Reads a file that only this user can have written: no link, ours, nobody else's to write; a
 * folder that others may write to is not one to trust.
 */
final class OwnFile {
    /** What others may not do with it. */
    static final Set<PosixFilePermission> SECRET =
            PosixFilePermissions.fromString("---rwxrwx");

    static final Set<PosixFilePermission> NOT_WRITABLE =
            PosixFilePermissions.fromString("----w--w-");

    /** bridge.json and the lock file are far smaller. */
    private static final int SIZE_MAX = 64 * 1024;

    private static final int TRIES = 5;

    private OwnFile() {}

    /** Its text; empty where there is none, or none that we may read. */
    static Optional<String> read(Path file, Set<PosixFilePermission> forbidden)
            throws IOException {
        if (!file.getFileSystem().supportedFileAttributeViews().contains("posix")) {
            return readAny(file);
        }
        try {
            for (int tries = 1; tries <= TRIES; tries++) {
                PosixFileAttributes before = attributes(file, LinkOption.NOFOLLOW_LINKS);
                if (!isFit(file, before, forbidden)) {
                    return Optional.empty();
                }
                Optional<String> text = readAny(file);
                Object after = attributes(file, LinkOption.NOFOLLOW_LINKS).fileKey();
                if (before.fileKey().equals(after)) {
                    return text;
                }
                // The bridge has just put a new one in its place.
            }
            return Optional.empty();
        } catch (NoSuchFileException | NotDirectoryException | AccessDeniedException e) {
            return Optional.empty();
        }
    }

    private static boolean isFit(
            Path file, PosixFileAttributes attributes, Set<PosixFilePermission> forbidden)
            throws IOException {
        if (attributes.isSymbolicLink()) {
            throw new Trouble.Insecure(file + " is a link; remove it and start the bridge again");
        }
        if (!attributes.isRegularFile() || attributes.size() > SIZE_MAX) {
            return false;
        }
        check(file, attributes, forbidden);
        Path folder = file.toAbsolutePath().getParent();
        check(folder, attributes(folder), NOT_WRITABLE);
        return true;
    }

    private static Optional<String> readAny(Path file) throws IOException {
        try (InputStream stream = Files.newInputStream(file, LinkOption.NOFOLLOW_LINKS)) {
            return Optional.of(
                    new String(stream.readNBytes(SIZE_MAX), StandardCharsets.UTF_8));
        } catch (NoSuchFileException | NotDirectoryException | AccessDeniedException e) {
            return Optional.empty();
        }
    }

    private static PosixFileAttributes attributes(Path file, LinkOption... options)
            throws IOException {
        return Files.readAttributes(file, PosixFileAttributes.class, options);
    }

    private static void check(
            Path what, PosixFileAttributes attributes, Set<PosixFilePermission> forbidden)
            throws IOException {
        if (!attributes.owner().equals(me())) {
            throw new Trouble.Insecure(
                    what + " belongs to another user; remove it and start the bridge again");
        }
        Set<PosixFilePermission> open = EnumSet.noneOf(PosixFilePermission.class);
        open.addAll(attributes.permissions());
        open.retainAll(forbidden);
        if (!open.isEmpty()) {
            throw new Trouble.Insecure(
                    what + " is open to other users ("
                            + PosixFilePermissions.toString(attributes.permissions())
                            + "); run: chmod go-rwx " + what);
        }
    }

    /** Who we are: the owner of our own process, else of a file that we make. */
    private static UserPrincipal me() throws IOException {
        Path self = Path.of("/proc/self");
        if (Files.exists(self)) {
            return Files.getOwner(self);
        }
        Path probe = Files.createTempFile("hotbridge", null);
        try {
            return Files.getOwner(probe);
        } finally {
            Files.delete(probe);
        }
    }
}
