package io.hotbridge.core;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Locale;
import java.util.Objects;

/**
 * A module as it lies on the disk after a save: its exact bytes, byte order mark and line ends kept.
 * The editor's buffer is rarely the same. It reads a file: not for the thread of the user interface.
 */
record ModuleFile(Path path, byte[] bytes) {
    private static final int REST_TRIES = 10;
    private static final int REST_MS = 20;

    private static final int HEAD = 64 * 1024;

    /** What a message holds beside the source, at most. */
    private static final int ENVELOPE = 16 * 1024;

    /** What an escaped character is longer by, at most. */
    private static final int ESCAPED = 5;

    String name() {
        return path.getFileName().toString();
    }

    /**
     * The whole file: not while the next save of it is being written.
     *
     * @param messageMax the longest message that the bridge takes
     */
    static ModuleFile read(Path path, long messageMax) throws InterruptedException {
        String name = path.getFileName().toString();
        try {
            for (int tries = 1; ; tries++) {
                BasicFileAttributes before = attributes(path);
                if (!before.isRegularFile()) {
                    throw new Trouble.Unsendable(name + " is not a file");
                }
                if (before.size() > messageMax - ENVELOPE) {
                    throw tooLarge(name, before.size());
                }
                byte[] bytes = Files.readAllBytes(path);
                if (isSame(before, attributes(path), bytes.length) || tries == REST_TRIES) {
                    return new ModuleFile(path, bytes);
                }
                Thread.sleep(REST_MS);
            }
        } catch (NoSuchFileException e) {
            throw new Trouble.Unsendable(name + " cannot be read: it is not there any more");
        } catch (IOException e) {
            throw new Trouble.Unsendable(name + " cannot be read: " + e.getMessage());
        }
    }

    /** Whether the beginning of a file that cannot be sent has the marker. */
    static boolean headHasMarker(Path path) {
        try (InputStream stream = Files.newInputStream(path)) {
            return SaveRules.hasMarker(stream.readNBytes(HEAD));
        } catch (IOException e) {
            return false; // it is not there, so nobody waits for it
        }
    }

    private static BasicFileAttributes attributes(Path path) throws IOException {
        return Files.readAttributes(path, BasicFileAttributes.class);
    }

    private static boolean isSame(
            BasicFileAttributes before, BasicFileAttributes after, long length) {
        return before.lastModifiedTime().equals(after.lastModifiedTime())
                && Objects.equals(before.fileKey(), after.fileKey())
                && after.size() == length;
    }

    /**
     * The text that stands for exactly these bytes.
     *
     * @throws Trouble.Unsendable where there is none
     */
    String source(long messageMax) {
        String source;
        try {
            source =
                    StandardCharsets.UTF_8
                            .newDecoder()
                            .onMalformedInput(CodingErrorAction.REPORT)
                            .onUnmappableCharacter(CodingErrorAction.REPORT)
                            .decode(ByteBuffer.wrap(bytes))
                            .toString();
        } catch (CharacterCodingException e) {
            throw new Trouble.Unsendable(
                    name()
                            + " is not UTF-8, so it cannot be deployed; save it with the encoding"
                            + " UTF-8");
        }
        if (source.indexOf('\0') >= 0) {
            throw new Trouble.Unsendable(
                    name() + " holds a NUL byte, so it cannot be deployed");
        }
        if (encodedSize(source, bytes.length) > messageMax - ENVELOPE) {
            throw tooLarge(name(), bytes.length);
        }
        return source;
    }

    /** In a message a source is longer than on the disk: what is not plain is escaped. */
    private static long encodedSize(String source, long bytes) {
        long size = bytes;
        for (int at = 0; at < source.length(); at++) {
            char c = source.charAt(at);
            if (c < ' ' || c == '\u2028' || c == '\u2029') {
                size += ESCAPED;
            } else if (c == '"' || c == '\\') {
                size += 1;
            }
        }
        return size;
    }

    private static Trouble tooLarge(String name, long size) {
        return new Trouble.Unsendable(
                String.format(
                        Locale.ROOT,
                        "%s has %.1f MB, more than the bridge takes in one message",
                        name,
                        size / (double) (1 << 20)));
    }
}
