package io.hotbridge.ide;

import com.intellij.DynamicBundle;
import org.jetbrains.annotations.PropertyKey;

/** The words of the IDE's half; those about deploys come from the core. */
public final class HotbridgeBundle extends DynamicBundle {
    static final String NAME = "messages.HotbridgeBundle";

    private static final HotbridgeBundle INSTANCE = new HotbridgeBundle();

    private HotbridgeBundle() {
        super(NAME);
    }

    public static String words(@PropertyKey(resourceBundle = NAME) String key, Object... values) {
        return INSTANCE.getMessage(key, values);
    }
}
