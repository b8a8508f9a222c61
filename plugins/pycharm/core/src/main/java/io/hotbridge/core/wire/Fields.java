package io.hotbridge.core.wire;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import io.hotbridge.core.Trouble;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.function.Function;

/**
 * The members of an object that the bridge sent. A member that is not there has an empty value; one
 * of the wrong type is refused, since what is made of it could be untrue.
 */
final class Fields {
    private final JsonObject object;

    Fields(JsonElement value, String what) {
        if (value == null || !value.isJsonObject()) {
            throw new Trouble.Garbled(what + " from the bridge is not an object");
        }
        object = value.getAsJsonObject();
    }

    boolean has(String name) {
        return object.has(name);
    }

    JsonElement get(String name) {
        return object.get(name);
    }

    String text(String name) {
        if (object.get(name) instanceof JsonPrimitive value && value.isString()) {
            return value.getAsString();
        }
        throw new Trouble.Garbled("the bridge sent no text for \"" + name + "\"");
    }

    String text(String name, String absent) {
        return has(name) ? text(name) : absent;
    }

    OptionalDouble number(String name) {
        if (!has(name)) {
            return OptionalDouble.empty();
        }
        if (object.get(name) instanceof JsonPrimitive value && value.isNumber()) {
            double number = value.getAsDouble();
            if (Double.isFinite(number)) {
                return OptionalDouble.of(number);
            }
        }
        throw new Trouble.Garbled("the bridge sent no number for \"" + name + "\"");
    }

    int integer(String name) {
        OptionalDouble value = number(name);
        if (value.isEmpty() || value.getAsDouble() != Math.rint(value.getAsDouble())) {
            throw new Trouble.Garbled("the bridge sent no whole number for \"" + name + "\"");
        }
        return (int) value.getAsDouble();
    }

    /** From 1; anything else that is a number is 0, which means that it is not known. */
    int position(String name) {
        double value = number(name).orElse(0);
        return value >= 1 && value <= Integer.MAX_VALUE && value == Math.rint(value)
                ? (int) value
                : 0;
    }

    boolean flag(String name) {
        return object.get(name) instanceof JsonPrimitive value
                && value.isBoolean()
                && value.getAsBoolean();
    }

    /** An object of optional members; where it is none, one without members. */
    Fields inner(String name) {
        JsonElement value = object.get(name);
        return new Fields(
                value != null && value.isJsonObject() ? value : new JsonObject(), name);
    }

    <T> List<T> list(String name, Function<JsonElement, T> reader) {
        if (!has(name)) {
            return List.of();
        }
        if (!(object.get(name) instanceof JsonArray array)) {
            throw new Trouble.Garbled("the bridge sent no list for \"" + name + "\"");
        }
        List<T> list = new ArrayList<>(array.size());
        for (JsonElement item : array) {
            list.add(reader.apply(item));
        }
        return list;
    }

    List<String> texts(String name) {
        return list(name, item -> item).stream()
                .filter(item -> item instanceof JsonPrimitive value && value.isString())
                .map(JsonElement::getAsString)
                .toList();
    }
}
