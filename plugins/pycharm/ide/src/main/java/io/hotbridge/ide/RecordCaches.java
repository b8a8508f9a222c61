package io.hotbridge.ide;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.runtime.ObjectMethods;

/**
 * Up to Java 18 the JDK remembers, for each of a record's three methods, the last type that it made
 * one for, and with it the class loader of that type . An IDE that runs on Java 17 could not
 * unload the plug-in for that. So that it remembers another type, it is asked for the methods of a
 * record that is none of ours.
 */
final class RecordCaches {
    private static final int LAST = 18;

    private RecordCaches() {}

    static void forgetOurs() {
        if (Runtime.version().feature() > LAST) {
            return;
        }
        makeOne("equals", boolean.class, Object.class);
        makeOne("hashCode", int.class);
        makeOne("toString", String.class);
    }

    private static void makeOne(String method, Class<?> result, Class<?>... parameters) {
        MethodHandle component = MethodHandles.identity(String.class);
        MethodType type =
                MethodType.methodType(result, String.class).appendParameterTypes(parameters);
        try {
            ObjectMethods.bootstrap(
                    MethodHandles.lookup(), method, type, String.class, "text", component);
        } catch (Throwable error) { // as it is declared
            throw new IllegalStateException("the JDK makes no " + method, error);
        }
    }
}
