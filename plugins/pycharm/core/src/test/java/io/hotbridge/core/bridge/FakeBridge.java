package io.hotbridge.core.bridge;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import io.hotbridge.core.wire.Protocol;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * What is not a bridge, or not a good one: for what the real one never does. Everything that the
 * real one does is tested against the real one. A WebSocket server of a page, and one that says any
 * bytes.
 */
final class FakeBridge implements AutoCloseable {
    private static final String GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

    /** A request that came, and the way to answer it. */
    record Request(FakeBridge bridge, Peer peer, long id, String method, JsonObject params) {
        void result(JsonElement value) {
            JsonObject answer = new JsonObject();
            answer.addProperty("jsonrpc", "2.0");
            answer.addProperty("id", id);
            answer.add("result", value);
            peer.text(answer.toString());
        }

        void error(String reason, String message) {
            JsonObject error = Protocol.params("code", -32000, "message", message);
            error.add("data", Protocol.params("reason", reason));
            JsonObject answer = new JsonObject();
            answer.addProperty("jsonrpc", "2.0");
            answer.addProperty("id", id);
            answer.add("error", error);
            peer.text(answer.toString());
        }

        /** The right answer to initialize, with other members by pairs. */
        void hello(Object... more) {
            JsonObject result =
                    Protocol.params(
                            "protocol",
                            1,
                            "proof",
                            HexFormat.of()
                                    .formatHex(
                                            Proof.of(
                                                    KEY, params.get("nonce").getAsString())));
            result.add("server", Protocol.params("name", "hotbridge", "version", "0.0.0"));
            Protocol.params(more).entrySet().forEach(m -> result.add(m.getKey(), m.getValue()));
            result(result);
        }

        /** The deploy that was asked for is done. */
        void done() {
            JsonObject deploy =
                    Protocol.params(
                            "target", "dev",
                            "trigger", "save",
                            "state", "done",
                            "outcome", "deployed");
            deploy.add("id", params.get("id"));
            deploy.add("module", params.get("module"));
            result(deploy);
        }
    }

    interface Answer {
        void to(Request request);
    }

    static final String KEY = "ab".repeat(32);
    static final String TOKEN = "7".repeat(64);

    final List<Request> requests = new CopyOnWriteArrayList<>();
    final List<String> upgrades = new CopyOnWriteArrayList<>();
    private final ServerSocket server;
    private final List<Peer> peers = new CopyOnWriteArrayList<>();
    private final Answer answer;

    /** Answers each request so; initialize is answered right where this is null. */
    FakeBridge(Answer answer) throws IOException {
        this.answer = answer;
        server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        accept(socket -> serve(new Peer(socket)));
    }

    /** A port that says these bytes to whoever comes, and ends. */
    static FakeBridge raw(byte[] words) throws IOException {
        return new FakeBridge(words);
    }

    private FakeBridge(byte[] words) throws IOException {
        answer = null;
        server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        accept(
                socket -> {
                    socket.getOutputStream().write(words);
                    socket.close();
                });
    }

    private interface Work {
        void with(Socket socket) throws IOException;
    }

    private void accept(Work work) {
        start(
                () -> {
                    while (!server.isClosed()) {
                        Socket socket = server.accept();
                        start(() -> work.with(socket));
                    }
                });
    }

    private interface Io {
        void run() throws IOException;
    }

    private static void start(Io work) {
        Thread thread =
                new Thread(
                        () -> {
                            try {
                                work.run();
                            } catch (IOException | UncheckedIOException e) {
                                return; // the other side went, as tests have it
                            }
                        },
                        "fake-bridge");
        thread.setDaemon(true);
        thread.start();
    }

    BridgeInfo info() {
        return info(KEY, server.getLocalPort());
    }

    private static BridgeInfo info(String key, int port) {
        return new BridgeInfo(
                ProcessHandle.current().pid(),
                "ws://127.0.0.1:" + port + "/",
                TOKEN,
                key,
                "0.0.0",
                1,
                Path.of("bridge.json"));
    }

    List<Request> of(String method) {
        return requests.stream().filter(one -> one.method().equals(method)).toList();
    }

    /** All connections end, without a word. */
    void cut() {
        peers.forEach(Peer::cut);
    }

    @Override
    public void close() throws IOException {
        server.close();
        cut();
    }

    private void serve(Peer peer) throws IOException {
        upgrades.add(peer.upgrade());
        peers.add(peer);
        while (true) {
            String text = peer.read();
            JsonObject message = Protocol.parseJson(text).getAsJsonObject();
            JsonElement params = message.get("params");
            Request request =
                    new Request(
                            this,
                            peer,
                            message.get("id").getAsLong(),
                            message.get("method").getAsString(),
                            params == null ? new JsonObject() : params.getAsJsonObject());
            requests.add(request);
            if (answer == null) {
                request.hello();
            } else {
                answer.to(request);
            }
        }
    }

    /** One connection, on the server's side. */
    static final class Peer {
        private final Socket socket;
        private final DataInputStream in;
        private final OutputStream out;

        Peer(Socket socket) throws IOException {
            this.socket = socket;
            in = new DataInputStream(socket.getInputStream());
            out = socket.getOutputStream();
        }

        /** The request's head. */
        String upgrade() throws IOException {
            StringBuilder head = new StringBuilder();
            while (!head.toString().endsWith("\r\n\r\n")) {
                head.append((char) in.readUnsignedByte());
            }
            String key =
                    head.toString()
                            .lines()
                            .filter(line -> line.toLowerCase().startsWith("sec-websocket-key:"))
                            .findFirst()
                            .orElseThrow()
                            .split(":", 2)[1]
                            .strip();
            out.write(
                    ("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                                    + "Connection: Upgrade\r\nSec-WebSocket-Protocol: hotbridge.v1\r\n"
                                    + "Sec-WebSocket-Accept: "
                                    + accepted(key)
                                    + "\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            return head.toString();
        }

        private static String accepted(String key) {
            try {
                byte[] digest =
                        MessageDigest.getInstance("SHA-1")
                                .digest((key + GUID).getBytes(StandardCharsets.US_ASCII));
                return Base64.getEncoder().encodeToString(digest);
            } catch (java.security.NoSuchAlgorithmException e) {
                throw new IllegalStateException(e);
            }
        }

        /** The next message; pings are answered on the way. */
        String read() throws IOException {
            ByteArrayOutputStream message = new ByteArrayOutputStream();
            while (true) {
                int first = in.readUnsignedByte();
                long length = in.readUnsignedByte() & 0x7f;
                if (length == 126) {
                    length = in.readUnsignedShort();
                } else if (length == 127) {
                    length = in.readLong();
                }
                byte[] mask = in.readNBytes(4);
                byte[] data = in.readNBytes((int) length);
                for (int i = 0; i < data.length; i++) {
                    data[i] ^= mask[i % 4];
                }
                int kind = first & 0x0f;
                if (kind == 8) {
                    throw new EOFException();
                } else if (kind == 9) {
                    frame(10, true, data);
                } else if (kind != 10) {
                    message.write(data);
                    if ((first & 0x80) != 0) {
                        return message.toString(StandardCharsets.UTF_8);
                    }
                }
            }
        }

        void text(String text) {
            frame(1, true, text.getBytes(StandardCharsets.UTF_8));
        }

        /** A frame of this kind; what cannot be sent any more is not. */
        synchronized void frame(int kind, boolean last, byte[] data) {
            ByteBuffer head = ByteBuffer.allocate(10);
            head.put((byte) ((last ? 0x80 : 0) | kind));
            if (data.length < 126) {
                head.put((byte) data.length);
            } else if (data.length < 65536) {
                head.put((byte) 126).putShort((short) data.length);
            } else {
                head.put((byte) 127).putLong(data.length);
            }
            try {
                out.write(head.array(), 0, head.position());
                out.write(data);
                out.flush();
            } catch (IOException e) {
                cut();
            }
        }

        void goodbye(int code) {
            frame(8, true, ByteBuffer.allocate(2).putShort((short) code).array());
        }

        void cut() {
            try {
                if (!socket.isClosed()) {
                    socket.setSoLinger(true, 0);
                }
                socket.close();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
