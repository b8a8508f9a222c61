/**
 * One connection to the bridge: opened, proved, and gone when it ends. What to
 * do then is bridge-client.ts's part.
 */
import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import WebSocket from "ws";

import { Signal } from "./events";
import type { BridgeInfo } from "./find-bridge";
import {
  encodeRequest,
  MESSAGE_MAX,
  parseMessage,
  PROTOCOL,
  ProtocolError,
  readInitialized,
  RequestError,
  SUBPROTOCOL,
  type Initialized,
} from "./protocol";

export type ConnectFailure =
  /** Nobody listens: bridge.json is left over, whatever its pid has become. */
  | "refused"
  /** The connection was closed before it was ready. */
  | "closed"
  /** The token is not the one in force: the bridge was started anew. */
  | "unauthorized"
  /** What answered has not the key of bridge.json. */
  | "impostor"
  /** The bridge speaks other protocols than ours. */
  | "protocol"
  /** What answered does not speak the protocol at all. */
  | "garbage"
  | "timeout";

export class ConnectError extends Error {
  override name = "ConnectError";
  constructor(
    readonly failure: ConnectFailure,
    message: string,
  ) {
    super(message);
  }
}

/** The connection ended before the answer came. */
export class ConnectionLostError extends Error {
  override name = "ConnectionLostError";
}

export interface ClientName {
  name: string;
  version: string;
}

export interface Ended {
  /** True where the bridge said goodbye: it was stopped, or replaced. */
  goodbye: boolean;
  reason: string;
}

const HANDSHAKE_MS = 10_000;
const PING_MS = 20_000;
const CLOSE_GOING_AWAY = 1001;

interface Waiting {
  resolve: (value: unknown) => void;
  reject: (error: Error) => void;
  timer: NodeJS.Timeout | undefined;
}

export class Connection {
  readonly ended = new Signal<Ended>();
  readonly notified = new Signal<{ method: string; params: Record<string, unknown> }>();
  private readonly waiting = new Map<number, Waiting>();
  private lastId = 0;
  private ending: Ended | undefined;
  private broken: ProtocolError | undefined;
  private pinged = false;
  private readonly ping: NodeJS.Timeout;

  private constructor(private readonly socket: WebSocket) {
    socket.on("message", (data, isBinary) => this.receive(data, isBinary));
    socket.on("pong", () => (this.pinged = false));
    socket.on("error", () => undefined); // "close" follows, and says enough
    socket.on("close", (code) => this.end(code));
    this.ping = setInterval(() => this.keepAlive(), PING_MS);
    this.ping.unref();
  }

  /** Connects, introduces itself and has the bridge prove who it is. */
  static async open(
    info: BridgeInfo,
    client: ClientName,
    timeout = HANDSHAKE_MS,
  ): Promise<{ connection: Connection; initialized: Initialized }> {
    const connection = new Connection(await upgrade(info, timeout));
    try {
      return { connection, initialized: await connection.introduce(info, client, timeout) };
    } catch (error) {
      connection.close();
      throw asConnectError(error, connection.broken);
    }
  }

  get isOpen(): boolean {
    return this.ending === undefined;
  }

  /** How it ended, once it has. */
  get over(): Ended | undefined {
    return this.ending;
  }

  /** Asks; without a timeout it waits as long as the connection lasts. */
  request(method: string, params?: object, timeout?: number): Promise<unknown> {
    if (this.ending) {
      return Promise.reject(new ConnectionLostError("the bridge is not connected"));
    }
    const id = ++this.lastId;
    return new Promise((resolve, reject) => {
      const timer =
        timeout === undefined
          ? undefined
          : setTimeout(() => {
              this.waiting.delete(id);
              reject(new ConnectionLostError(`the bridge did not answer ${method} in time`));
            }, timeout);
      this.waiting.set(id, { resolve, reject, timer });
      this.socket.send(encodeRequest(id, method, params));
    });
  }

  close(): void {
    this.socket.close(1000);
    setTimeout(() => this.socket.terminate(), 1000).unref();
    this.end(1000);
  }

  private async introduce(
    info: BridgeInfo,
    client: ClientName,
    timeout: number,
  ): Promise<Initialized> {
    const nonce = randomBytes(32).toString("hex");
    const answer = await this.request("initialize", { client, protocol: PROTOCOL, nonce }, timeout);
    const initialized = readInitialized(answer);
    if (initialized.protocol !== PROTOCOL) {
      throw new ConnectError(
        "protocol",
        `the bridge ${initialized.version} speaks protocol ${initialized.protocol}, ` +
          `and this extension speaks ${PROTOCOL}`,
      );
    }
    if (!proves(info.proof, nonce, initialized.proof)) {
      throw new ConnectError(
        "impostor",
        `what listens at ${info.url} is not the bridge that wrote ${info.file}; ` +
          "nothing was sent to it",
      );
    }
    return initialized;
  }

  private receive(data: WebSocket.RawData, isBinary: boolean): void {
    try {
      if (isBinary) {
        throw new ProtocolError("the bridge sent a binary message");
      }
      const message = parseMessage((data as Buffer).toString("utf8"));
      if (message.kind === "notification") {
        this.notified.fire(message);
        return;
      }
      const id = message.id;
      const waiting = id === undefined ? undefined : this.waiting.get(id);
      if (id === undefined || !waiting) {
        return;
      }
      this.waiting.delete(id);
      clearTimeout(waiting.timer);
      if (message.kind === "error") {
        waiting.reject(message.error);
      } else {
        waiting.resolve(message.value);
      }
    } catch (error) {
      this.broken = error as ProtocolError;
      this.socket.terminate();
    }
  }

  private keepAlive(): void {
    if (this.pinged) {
      this.socket.terminate();
      return;
    }
    this.pinged = true;
    this.socket.ping();
  }

  private end(code: number): void {
    if (this.ending) {
      return;
    }
    clearInterval(this.ping);
    const reason = this.broken?.message ?? `the connection was closed (${code})`;
    this.ending = { goodbye: code === CLOSE_GOING_AWAY, reason };
    const waiting = [...this.waiting.values()];
    this.waiting.clear();
    for (const { reject, timer } of waiting) {
      clearTimeout(timer);
      reject(this.broken ?? new ConnectionLostError(reason));
    }
    this.ended.fire(this.ending);
    this.ended.clear();
    this.notified.clear();
  }
}

/** The socket, open; it fails with a ConnectError. */
function upgrade(info: BridgeInfo, timeout: number): Promise<WebSocket> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(info.url, [SUBPROTOCOL], {
      headers: { Authorization: `Bearer ${info.token}` },
      perMessageDeflate: false,
      maxPayload: MESSAGE_MAX,
      handshakeTimeout: timeout,
      followRedirects: false,
    });
    socket.once("open", () => {
      socket.removeAllListeners();
      resolve(socket);
    });
    socket.once("unexpected-response", (request, response) => {
      request.destroy();
      reject(
        response.statusCode === 401
          ? new ConnectError("unauthorized", "the bridge was started anew")
          : new ConnectError(
              "garbage",
              `what listens at ${info.url} answered with HTTP ${response.statusCode}`,
            ),
      );
    });
    socket.once("error", (error: NodeJS.ErrnoException) => {
      socket.on("error", () => undefined);
      reject(
        new ConnectError(
          failureOf(error.code),
          `no bridge answers at ${info.url}: ${error.message}`,
        ),
      );
    });
  });
}

/** Without a code of the system's, it is the answer that was wrong. */
function failureOf(code: string | undefined): ConnectFailure {
  if (code === "ECONNREFUSED") {
    return "refused";
  }
  return code === undefined || code.startsWith("HPE_") ? "garbage" : "closed";
}

/** In constant time; an answer without a proof proves nothing. */
function proves(key: string, nonce: string, answer: string | undefined): boolean {
  const right = createHmac("sha256", Buffer.from(key, "hex")).update(nonce, "utf8").digest();
  const given = Buffer.from(answer ?? "", "hex");
  return given.length === right.length && timingSafeEqual(given, right);
}

function asConnectError(error: unknown, broken: ProtocolError | undefined): ConnectError {
  if (error instanceof ConnectError) {
    return error;
  }
  if (error instanceof RequestError) {
    return error.reason === "unsupported-protocol"
      ? new ConnectError("protocol", error.message)
      : new ConnectError("garbage", `the bridge refused to begin: ${error.message}`);
  }
  if (error instanceof ProtocolError || broken) {
    return new ConnectError("garbage", (broken ?? (error as Error)).message);
  }
  const message = error instanceof Error ? error.message : String(error);
  return new ConnectError(message.includes("in time") ? "timeout" : "closed", message);
}
