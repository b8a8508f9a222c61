package io.hotbridge.core.bridge;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.HexFormat;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** That what answers is the bridge which wrote bridge.json. */
final class Proof {
    private static final int NONCE_BYTES = 32;
    private static final String ALGORITHM = "HmacSHA256";

    private Proof() {}

    static String nonce() {
        byte[] bytes = new byte[NONCE_BYTES];
        new SecureRandom().nextBytes(bytes);
        return HexFormat.of().formatHex(bytes);
    }

    /** In constant time; an answer without a proof proves nothing. */
    static boolean matches(String key, String nonce, String answer) {
        byte[] given;
        try {
            given = HexFormat.of().parseHex(answer);
        } catch (IllegalArgumentException e) {
            return false;
        }
        return MessageDigest.isEqual(of(key, nonce), given);
    }

    static byte[] of(String key, String nonce) {
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(new SecretKeySpec(HexFormat.of().parseHex(key), ALGORITHM));
            return mac.doFinal(nonce.getBytes(StandardCharsets.UTF_8));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this Java has no " + ALGORITHM, e);
        }
    }
}
