// A private place for one suite: a home with the real bridge, the stand-in
// servers and a project. Nothing of the user's own is read or written.
import { execFile, execFileSync, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import readline from "node:readline";

import { PATIENCE, until } from "./wait.mjs";

const ROOT = path.resolve(import.meta.dirname, "../../..");
export const PROGRAM = process.env.HOTBRIDGE ?? path.join(ROOT, "build/hotbridge");
const STAND_IN = path.join(ROOT, "examples/demo-server");
const PYTHON = fs.existsSync("/usr/bin/python3") ? "/usr/bin/python3" : "python3";

export const MARKER = "# zato: ide-deploy=True";

/** A module with one service, as a person would write it. */
export function service(name, answer = "17") {
  const title = name.split(/[.-]/).map((word) => word[0].toUpperCase() + word.slice(1)).join("");
  return `${MARKER}

from zato.server.service import Service


class ${title}(Service):
    name = '${name}'

    def handle(self):
        self.response.payload = {'answer': ${answer}}
`;
}

export class Place {
  constructor(name) {
    this.home = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), `hotbridge-${name}-`)));
    this.project = path.join(this.home, "project");
    this.children = [];
    this.held = [];
    this.env = { ...process.env };
    for (const variable of Object.keys(this.env)) {
      if (/^(XDG_|GIT_|VSCODE_|HOTBRIDGE|npm_)/.test(variable)) {
        delete this.env[variable];
      }
    }
    for (const [variable, folder] of [
      ["XDG_CONFIG_HOME", "config"],
      ["XDG_STATE_HOME", "state"],
      ["XDG_RUNTIME_DIR", "run"],
      ["XDG_DATA_HOME", "data"],
      ["XDG_CACHE_HOME", "cache"],
    ]) {
      this.env[variable] = path.join(this.home, folder);
      fs.mkdirSync(this.env[variable], { mode: 0o700 });
    }
    Object.assign(this.env, {
      HOME: this.home,
      PATH: "/usr/local/bin:/usr/bin:/bin",
      SHELL: "/bin/sh",
      LANG: "C.UTF-8",
      GIT_CONFIG_NOSYSTEM: "1",
      TZ: "UTC",
    });
    fs.writeFileSync(
      path.join(this.home, ".gitconfig"),
      "[user]\n\tname = Ann Example\n\temail = ann@example.org\n[init]\n\tdefaultBranch = main\n",
    );
    fs.mkdirSync(path.join(this.home, ".local/bin"), { recursive: true });
    fs.mkdirSync(this.project);
  }

  /** Puts the program where a user without root would; its path. */
  install(folder = ".local/bin") {
    const file = path.join(this.home, folder, "hotbridge");
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.symlinkSync(PROGRAM, file);
    return file;
  }

  /** An environment of stand-in servers that run. */
  async servers(name, { profile = "zato-3.2", servers = 2, run = servers } = {}) {
    const folder = path.join(this.home, name);
    if (!fs.existsSync(folder)) {
      execFileSync(PYTHON, [STAND_IN, "create", folder, "--profile", profile, "--servers", String(servers)], { env: this.env });
    }
    const folders = Array.from({ length: servers }, (_, i) => path.join(folder, `server${i + 1}`));
    await this.runServers(folder, folders.slice(0, run));
    return {
      folder,
      folders,
      pickup: path.join(folders[0], "pickup/incoming/services"),
      turn: (server, knob, value) =>
        execFileSync(PYTHON, [STAND_IN, "ctl", path.join(folder, server), knob, String(value)], { env: this.env }),
    };
  }

  async runServers(folder, folders) {
    const child = spawn(
      PYTHON,
      [STAND_IN, "run", ...folders],
      { env: this.env, stdio: ["ignore", "pipe", fs.openSync(path.join(this.home, "servers.log"), "a")] },
    );
    this.children.push(child);
    const ready = new Set();
    readline.createInterface({ input: child.stdout }).on("line", (line) => ready.add(line));
    await until(() => ready.size === folders.length, "the stand-in servers");
  }

  /** Servers that hang: nothing of them moves until they are released. */
  hold(folders) {
    for (const folder of folders) {
      const { pid, workers } = JSON.parse(
        execFileSync(PYTHON, [STAND_IN, "ctl", folder, "show"], { env: this.env, encoding: "utf8", timeout: PATIENCE }),
      );
      for (const each of [pid, ...workers]) {
        process.kill(each, "SIGSTOP");
        this.held.push(each);
      }
    }
  }

  release() {
    for (const pid of this.held.splice(0)) {
      process.kill(pid, "SIGCONT");
    }
  }

  /** A section of the configuration, written by hand as a person would. */
  target(name, folders, settings = {}) {
    const file = path.join(this.env.XDG_CONFIG_HOME, "hotbridge/config");
    fs.mkdirSync(path.dirname(file), { recursive: true });
    const lines = [
      `[target "${name}"]`,
      ...folders.map((folder) => `\tserver = ${folder}`),
      ...Object.entries(settings).map(([key, value]) => `\t${key} = ${value}`),
    ];
    const before = fs.existsSync(file)
      ? fs.readFileSync(file, "utf8")
      : `[bridge]\n\tdefaultTarget = ${name}\n`;
    fs.writeFileSync(file, `${before}${lines.join("\n")}\n`);
  }

  get config() {
    return path.join(this.env.XDG_CONFIG_HOME, "hotbridge/config");
  }

  /** A command of the program; what it prints, whatever its exit code. */
  hotbridge(...args) {
    try {
      return execFileSync(PROGRAM, args, { env: this.env, encoding: "utf8", timeout: PATIENCE, stdio: ["ignore", "pipe", "pipe"] });
    } catch (error) {
      return error.stdout || error.stderr;
    }
  }

  /** As above, while other things go on. */
  run(...args) {
    return new Promise((resolve) => {
      execFile(PROGRAM, args, { env: this.env, timeout: PATIENCE }, (_, stdout) => resolve(stdout));
    });
  }

  /** The deploys of a target, newest first, as the bridge lists them. */
  history(module, target = "dev") {
    const words = this.hotbridge("history", ...(module ? [module] : []), "--target", target, "-n", "100", "--json");
    const value = JSON.parse(words);
    return Array.isArray(value) ? value : value.deploys;
  }

  /** Waits until the file's bytes, as they are on the disk, have their outcome. */
  async landed(name, target = "dev", project = this.project) {
    const bytes = fs.readFileSync(path.join(project, name));
    const blob = createHash("sha1").update(`blob ${bytes.length}\0`).update(bytes).digest("hex");
    let last;
    await until(
      async () => {
        [last] = this.history(path.basename(name), target);
        return last?.blob === blob;
      },
      () => `${name} on ${target} to be as it was saved; its last deploy is ${JSON.stringify(last)}`,
    );
    return last;
  }

  bridgePid() {
    try {
      const lock = JSON.parse(fs.readFileSync(path.join(this.env.XDG_STATE_HOME, "hotbridge/lock"), "utf8"));
      return JSON.parse(fs.readFileSync(lock.bridge, "utf8")).pid;
    } catch {
      return undefined;
    }
  }

  killBridge() {
    process.kill(this.bridgePid(), "SIGKILL");
  }

  write(name, text) {
    const file = path.join(this.project, name);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, text);
    return file;
  }

  read(name) {
    return fs.readFileSync(path.join(this.project, name));
  }

  async end() {
    this.release();
    if (this.bridgePid() !== undefined) {
      this.hotbridge("stop");
    }
    for (const child of this.children) {
      if (child.exitCode === null) {
        child.kill("SIGTERM");
        await until(() => child.exitCode !== null || child.signalCode !== null, "the servers' end");
      }
    }
    if (!process.env.HOTBRIDGE_KEEP) {
      fs.rmSync(this.home, { recursive: true, force: true, maxRetries: 5 });
    }
  }
}
