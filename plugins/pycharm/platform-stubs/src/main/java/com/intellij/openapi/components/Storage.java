package com.intellij.openapi.components;

import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;

/**
 * Compile-only. Signatures from the IntelliJ Platform Plugin SDK, "Persisting State of
 * Components".
 */
@Retention(RetentionPolicy.RUNTIME)
public @interface Storage {
    String value() default "";

    RoamingType roamingType() default RoamingType.DEFAULT;
}
