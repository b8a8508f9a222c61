package io.hotbridge.core.bridge;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import io.hotbridge.core.Trouble;
import io.hotbridge.core.Trouble.Connect.Failure;
import io.hotbridge.core.wire.Initialized;
import io.hotbridge.core.wire.Message;
import io.hotbridge.core.wire.Protocol;
import java.net.ConnectException;
import java.net.ProtocolException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpTimeoutException;
import java.net.http.WebSocket;
import java.net.http.WebSocketHandshakeException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledFuture;
import java.util.function.Consumer;

/**
 * One connection to the bridge: opened, proved, and gone when it ends. What to do then is the
 * client's part. All but the socket's own calls happen on the main thread.
 */
final class Connection {
    static final Duration HANDSHAKE = Duration.ofSeconds(10);
    private static final long PING_MS = 20_000;
    private static final int GOING_AWAY = 1001;

    /** Who we are. */
    record ClientName(String name, String version) {}

    /** A connection that is ready, and what the bridge said of itself. */
    record Opened(Connection connection, Initialized initialized) {}

    private record Waiting(CompletableFuture<JsonElement> answer, Future<?> timer) {}

    private final Threads threads;
    private final Map<Long, Waiting> waiting = new HashMap<>();
    private WebSocket socket;
    private CompletableFuture<?> sending = CompletableFuture.completedFuture(null);
    private long lastId;
    private Ended ended;
    private Trouble.Garbled broken;
    private boolean pinged;
    private ScheduledFuture<?> ping;
    private Consumer<Ended> whenEnded = how -> {};
    private Consumer<Message.Notification> whenNotified = notification -> {};

    private Connection(Threads threads) {
        this.threads = threads;
    }

    /**
     * Connects, introduces itself and has the bridge prove who it is. Fails with a {@link
     * Trouble.Connect}.
     */
    static CompletableFuture<Opened> open(
            HttpClient http, Threads threads, BridgeInfo info, ClientName me, Duration timeout) {
        Connection connection = new Connection(threads);
        return http.newWebSocketBuilder()
                .header("Authorization", "Bearer " + info.token())
                .subprotocols(Protocol.SUBPROTOCOL)
                .connectTimeout(timeout)
                .buildAsync(URI.create(info.url()), connection.new Receiver())
                .handleAsync(
                        (socket, error) -> {
                            if (error != null) {
                                throw upgradeError(info, Trouble.unwrap(error));
                            }
                            connection.begin(socket);
                            return connection.introduce(info, me, timeout);
                        },
                        threads.main())
                .thenCompose(opened -> opened)
                .exceptionallyCompose(
                        error -> {
                            connection.close();
                            return CompletableFuture.failedFuture(
                                    asConnect(Trouble.unwrap(error), connection.broken));
                        });
    }

    private void begin(WebSocket opened) {
        socket = opened;
        if (ended != null) {
            socket.abort(); // it went before we were told that it had come
            return;
        }
        ping = threads.later(PING_MS, this::keepAlive);
    }

    private CompletableFuture<Opened> introduce(
            BridgeInfo info, ClientName me, Duration timeout) {
        String nonce = Proof.nonce();
        JsonObject params =
                Protocol.params(
                        "client", Protocol.params("name", me.name(), "version", me.version()),
                        "protocol", Protocol.NUMBER,
                        "nonce", nonce);
        return request("initialize", params, timeout)
                .thenApply(
                        answer -> {
                            Initialized initialized = Protocol.readInitialized(answer);
                            if (initialized.protocol() != Protocol.NUMBER) {
                                throw new Trouble.Connect(
                                        Failure.PROTOCOL,
                                        "the bridge " + initialized.version()
                                                + " speaks protocol " + initialized.protocol()
                                                + ", and this plug-in speaks " + Protocol.NUMBER);
                            }
                            if (!Proof.matches(info.proof(), nonce, initialized.proof())) {
                                throw new Trouble.Connect(
                                        Failure.IMPOSTOR,
                                        "what listens at " + info.url()
                                                + " is not the bridge that wrote " + info.file()
                                                + "; nothing was sent to it");
                            }
                            return new Opened(this, initialized);
                        });
    }

    boolean isOpen() {
        return ended == null;
    }

    /** Tells what comes from now on; at once where it has ended already. */
    void listen(Consumer<Message.Notification> notified, Consumer<Ended> gone) {
        whenNotified = notified;
        whenEnded = gone;
        if (ended != null) {
            gone.accept(ended);
        }
    }

    /** Asks; without a timeout it waits as long as the connection lasts. */
    CompletableFuture<JsonElement> request(String method, JsonObject params, Duration timeout) {
        if (ended != null) {
            return CompletableFuture.failedFuture(
                    new Trouble.Lost("the bridge is not connected"));
        }
        long id = ++lastId;
        CompletableFuture<JsonElement> answer = new CompletableFuture<>();
        ScheduledFuture<?> timer =
                timeout == null
                        ? null
                        : threads.later(
                                timeout.toMillis(),
                                () -> {
                                    waiting.remove(id);
                                    answer.completeExceptionally(
                                            new Trouble.Lost(
                                                    "the bridge did not answer " + method
                                                            + " in time"));
                                });
        waiting.put(id, new Waiting(answer, timer));
        send(Protocol.encode(id, method, params));
        return answer;
    }

    /** One after the other, as the socket wants it; nobody waits for it. */
    private void send(String text) {
        sending =
                sending.thenComposeAsync(sent -> socket.sendText(text, true), threads.waiting())
                        .whenCompleteAsync(
                                (sent, error) -> {
                                    if (error != null) {
                                        end(false, "the connection was cut");
                                    }
                                },
                                threads.main());
    }

    void close() {
        end(false, "the connection was closed");
    }

    private void keepAlive() {
        if (ended != null) {
            return;
        }
        if (pinged) {
            end(false, "the bridge is silent");
            return;
        }
        pinged = true;
        // A ping that cannot be sent is one that is not answered.
        socket.sendPing(ByteBuffer.allocate(0)).exceptionally(error -> null);
        ping = threads.later(PING_MS, this::keepAlive);
    }

    private void receive(String text) {
        if (ended != null) {
            return;
        }
        Message message;
        try {
            message = Protocol.parse(text);
        } catch (Trouble.Garbled e) {
            breakOff(e);
            return;
        }
        if (message instanceof Message.Notification notification) {
            whenNotified.accept(notification);
        } else if (message instanceof Message.Result result) {
            answered(result.id(), answer -> answer.complete(result.value()));
        } else if (message instanceof Message.Failure failure) {
            answered(failure.id(), answer -> answer.completeExceptionally(failure.error()));
        }
    }

    private void answered(long id, Consumer<CompletableFuture<JsonElement>> how) {
        Waiting one = waiting.remove(id);
        if (one != null) {
            stop(one.timer());
            how.accept(one.answer());
        }
    }

    private void breakOff(Trouble.Garbled why) {
        broken = why;
        end(false, why.getMessage());
    }

    private void end(boolean goodbye, String reason) {
        if (ended != null) {
            return;
        }
        ended = new Ended(goodbye, reason);
        stop(ping);
        if (socket != null) {
            socket.abort();
        }
        Map<Long, Waiting> left = Map.copyOf(waiting);
        waiting.clear();
        left.values()
                .forEach(
                        one -> {
                            stop(one.timer());
                            one.answer()
                                    .completeExceptionally(
                                            broken != null ? broken : new Trouble.Lost(reason));
                        });
        whenEnded.accept(ended);
    }

    private static void stop(Future<?> timer) {
        if (timer != null) {
            timer.cancel(false);
        }
    }

    private static Trouble.Connect upgradeError(BridgeInfo info, Throwable error) {
        if (error instanceof WebSocketHandshakeException refused) {
            int status = refused.getResponse().statusCode();
            return status == 401
                    ? new Trouble.Connect(Failure.UNAUTHORIZED, "the bridge was started anew")
                    : new Trouble.Connect(
                            Failure.GARBAGE,
                            "what listens at " + info.url() + " answered with HTTP " + status);
        }
        Failure failure =
                error instanceof HttpTimeoutException
                        ? Failure.TIMEOUT
                        : error instanceof ConnectException
                                ? Failure.REFUSED
                                : error instanceof ProtocolException
                                        ? Failure.GARBAGE
                                        : Failure.CLOSED;
        String why = error.getMessage() == null ? "" : ": " + error.getMessage();
        return new Trouble.Connect(failure, "no bridge answers at " + info.url() + why);
    }

    private static Trouble asConnect(Throwable error, Trouble.Garbled broken) {
        if (error instanceof Trouble.Connect connect) {
            return connect;
        }
        if (error instanceof Trouble.Refused refused) {
            return refused.is("unsupported-protocol")
                    ? new Trouble.Connect(Failure.PROTOCOL, refused.getMessage())
                    : new Trouble.Connect(
                            Failure.GARBAGE,
                            "the bridge refused to begin: " + refused.getMessage());
        }
        if (broken != null || error instanceof Trouble.Garbled) {
            return new Trouble.Connect(
                    Failure.GARBAGE, (broken != null ? broken : error).getMessage());
        }
        String words = String.valueOf(error.getMessage());
        return new Trouble.Connect(
                words.contains("in time") ? Failure.TIMEOUT : Failure.CLOSED, words);
    }

    /** Called by the socket, one call at a time; hands on to the main thread. */
    private final class Receiver implements WebSocket.Listener {
        private StringBuilder text = new StringBuilder();

        @Override
        public CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
            if (text.length() + data.length() > Protocol.MESSAGE_MAX) {
                String words = "the bridge sent a message that is too long";
                threads.main().execute(() -> breakOff(new Trouble.Garbled(words)));
                return null; // and no more is asked for
            }
            text.append(data);
            if (last) {
                String whole = text.toString();
                text = new StringBuilder();
                threads.main().execute(() -> receive(whole));
            }
            from.request(1);
            return null;
        }

        @Override
        public CompletionStage<?> onBinary(WebSocket from, ByteBuffer data, boolean last) {
            String words = "the bridge sent a binary message";
            threads.main().execute(() -> breakOff(new Trouble.Garbled(words)));
            return null;
        }

        @Override
        public CompletionStage<?> onPong(WebSocket from, ByteBuffer data) {
            threads.main().execute(() -> pinged = false);
            from.request(1);
            return null;
        }

        @Override
        public CompletionStage<?> onClose(WebSocket from, int code, String reason) {
            threads.main()
                    .execute(
                            () ->
                                    end(
                                            code == GOING_AWAY,
                                            "the connection was closed (" + code + ")"));
            return null;
        }

        @Override
        public void onError(WebSocket from, Throwable error) {
            threads.main().execute(() -> end(false, "the connection was cut"));
        }
    }
}
