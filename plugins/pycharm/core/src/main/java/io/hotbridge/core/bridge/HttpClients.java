package io.hotbridge.core.bridge;

import java.lang.reflect.InvocationTargetException;
import java.net.http.HttpClient;

/** The JDK's client, made for one purpose: this machine, no proxy, no redirect. */
final class HttpClients {
    private HttpClients() {}

    static HttpClient create(Threads threads) {
        return HttpClient.newBuilder()
                .executor(threads.waiting())
                .proxy(HttpClient.Builder.NO_PROXY)
                .followRedirects(HttpClient.Redirect.NEVER)
                .version(HttpClient.Version.HTTP_1_1)
                .build();
    }

    /**
     * Ends its thread. Java 21 has a method for that; before, the thread ends by itself soon after
     * the client is forgotten.
     */
    static void close(HttpClient http) {
        if (http == null) {
            return;
        }
        try {
            HttpClient.class.getMethod("shutdownNow").invoke(http);
        } catch (NoSuchMethodException e) {
            return; // Java 17 to 20
        } catch (IllegalAccessException | InvocationTargetException e) {
            throw new IllegalStateException("the JDK's own client cannot be closed", e);
        }
    }
}
