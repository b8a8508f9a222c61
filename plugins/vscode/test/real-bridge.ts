/** The real daemon with the stand-in servers, in a private place. */
import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import * as readline from "node:readline";

import { BridgeClient, type ClientOptions } from "../src/core/bridge-client";
import { findBridge, runBinary } from "../src/core/find-bridge";
import { temporaryFolder, until } from "./fake-bridge";

const ROOT = path.resolve(import.meta.dirname, "../../..");
export const PROGRAM = process.env["HOTBRIDGE"] ?? path.join(ROOT, "build/hotbridge");
const STAND_IN = path.join(ROOT, "examples/demo-server");
const PYTHON = fs.existsSync("/usr/bin/python3") ? "/usr/bin/python3" : "python3";

export class RealBridge {
  private readonly children: ChildProcess[] = [];
  private readonly clients: BridgeClient[] = [];

  private constructor(
    readonly home: string,
    readonly env: Record<string, string>,
  ) {}

  static async create(): Promise<RealBridge> {
    const home = fs.realpathSync(await temporaryFolder());
    const env: Record<string, string> = {
      HOME: home,
      PATH: "/usr/local/bin:/usr/bin:/bin",
      LANG: "C.UTF-8",
      GIT_CONFIG_NOSYSTEM: "1",
    };
    for (const name of ["CONFIG_HOME", "STATE_HOME", "RUNTIME_DIR"]) {
      env[`XDG_${name}`] = path.join(home, name.toLowerCase());
      fs.mkdirSync(env[`XDG_${name}`] ?? "", { mode: 0o700 });
    }
    fs.writeFileSync(
      path.join(home, ".gitconfig"),
      "[user]\n\tname = Ann Example\n\temail = ann@example.org\n",
    );
    return new RealBridge(home, env);
  }

  /** A target of stand-in servers that run. */
  async target(name: string, settings: Record<string, string> = {}): Promise<string[]> {
    const folder = path.join(this.home, `qs-${name}`);
    execFileSync(PYTHON, [STAND_IN, "create", folder, "--profile", "zato-3.2", "--servers", "2"]);
    const servers = [path.join(folder, "server1"), path.join(folder, "server2")];
    const child = spawn(PYTHON, [STAND_IN, "run", ...servers], {
      env: this.env,
      stdio: ["ignore", "pipe", "ignore"],
    });
    this.children.push(child);
    let ready = 0;
    readline.createInterface({ input: child.stdout }).on("line", () => (ready += 1));
    await until(() => ready === servers.length, "the stand-in servers");
    const file = path.join(this.env["XDG_CONFIG_HOME"] ?? "", "hotbridge/config");
    fs.mkdirSync(path.dirname(file), { recursive: true });
    const first = fs.existsSync(file) ? "" : `[bridge]\n\tdefaultTarget = ${name}\n`;
    const lines = [
      `[target "${name}"]`,
      ...servers.map((server) => `\tserver = ${server}`),
      ...Object.entries(settings).map(([key, value]) => `\t${key} = ${value}`),
    ];
    fs.appendFileSync(file, `${first}${lines.join("\n")}\n`);
    return servers;
  }

  turn(server: string, knob: string, value: string): void {
    execFileSync(PYTHON, [STAND_IN, "ctl", server, knob, value]);
  }

  client(options: Partial<ClientOptions> = {}): BridgeClient {
    const client = new BridgeClient({
      name: { name: "test", version: "1" },
      find: () => findBridge(this.env),
      start: async () => {
        await runBinary(PROGRAM, ["start", "--json"], 20_000, this.env);
      },
      log: () => undefined,
      ...options,
    });
    this.clients.push(client);
    return client;
  }

  run(...args: string[]): Promise<string> {
    return runBinary(PROGRAM, args, 30_000, this.env);
  }

  async kill(): Promise<void> {
    const info = await findBridge(this.env);
    if (info) {
      process.kill(info.pid, "SIGKILL");
    }
  }

  async end(): Promise<void> {
    for (const client of this.clients) {
      client.dispose();
    }
    if (await findBridge(this.env)) {
      await this.run("stop");
    }
    for (const child of this.children) {
      child.kill();
    }
    await until(
      () => this.children.every((child) => child.exitCode !== null || child.signalCode !== null),
      "the end of the servers",
    );
    fs.rmSync(this.home, { recursive: true, force: true, maxRetries: 5 });
  }
}
