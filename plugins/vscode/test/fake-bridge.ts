/**
 * What is not a bridge, or not a good one: for what the real one never does.
 * Everything that the real one does is tested against the real one.
 */
import { createHmac, randomBytes } from "node:crypto";
import { rmSync } from "node:fs";
import * as fs from "node:fs/promises";
import type { AddressInfo } from "node:net";
import * as net from "node:net";
import * as os from "node:os";
import * as path from "node:path";
import { WebSocketServer, type WebSocket } from "ws";

import type { BridgeInfo } from "../src/core/find-bridge";

export interface Request {
  id: number;
  method: string;
  params: Record<string, unknown>;
}

/** Answers one request; undefined: no answer. */
export type Answer = (request: Request, socket: WebSocket) => object | undefined;

export class FakeBridge {
  readonly key = randomBytes(32).toString("hex");
  readonly token = randomBytes(32).toString("hex");
  readonly requests: Request[] = [];
  readonly headers: Record<string, unknown>[] = [];
  private constructor(
    private readonly server: WebSocketServer,
    private readonly answer: Answer,
  ) {
    server.on("connection", (socket, request) => {
      this.headers.push(request.headers);
      socket.on("message", (data) => {
        const message = JSON.parse((data as Buffer).toString()) as Request;
        this.requests.push(message);
        const result = this.answer(message, socket);
        if (result) {
          socket.send(JSON.stringify({ jsonrpc: "2.0", id: message.id, ...result }));
        }
      });
    });
  }

  static async start(answer?: Answer): Promise<FakeBridge> {
    const server = new WebSocketServer({ host: "127.0.0.1", port: 0 });
    await new Promise((resolve) => server.once("listening", resolve));
    const bridge: FakeBridge = new FakeBridge(
      server,
      answer ?? ((request) => bridge.hello(request)),
    );
    return bridge;
  }

  get info(): BridgeInfo {
    const { port } = this.server.address() as AddressInfo;
    return {
      pid: process.pid,
      url: `ws://127.0.0.1:${port}/`,
      token: this.token,
      proof: this.key,
      version: "0.0.0",
      protocol: 1,
      file: "bridge.json",
    };
  }

  /** The right answer to initialize. */
  hello(request: Request, more: object = {}): object | undefined {
    if (request.method !== "initialize") {
      return undefined;
    }
    const nonce = String(request.params["nonce"]);
    return {
      result: {
        server: { name: "hotbridge", version: "0.0.0" },
        protocol: 1,
        proof: createHmac("sha256", Buffer.from(this.key, "hex")).update(nonce).digest("hex"),
        limits: {},
        targets: [],
        ...more,
      },
    };
  }

  cut(): void {
    for (const socket of this.server.clients) {
      socket.terminate();
    }
  }

  async stop(): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

/** A port that says these bytes to whoever comes, or closes at once. */
export async function rawServer(words: string | undefined): Promise<net.Server> {
  const server = net.createServer((socket) => {
    socket.on("error", () => undefined);
    if (words === undefined) {
      socket.destroy();
    } else {
      socket.end(words);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server;
}

const folders: string[] = [];

process.on("exit", () => {
  for (const folder of folders) {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
});

/** Is gone when the tests of this file have ended. */
export async function temporaryFolder(): Promise<string> {
  const folder = await fs.mkdtemp(path.join(os.tmpdir(), "hotbridge-vscode-"));
  folders.push(folder);
  return folder;
}

export async function until(
  condition: () => boolean | Promise<boolean>,
  what: string,
  ms = 20_000,
): Promise<void> {
  const deadline = Date.now() + ms;
  while (!(await condition())) {
    if (Date.now() > deadline) {
      throw new Error(`waited ${ms} ms for: ${what}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
