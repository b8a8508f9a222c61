// Where the bridge is looked for, and which files are not believed.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { beforeEach, test } from "node:test";

import { findBinary, findBridge, isAlive, runBinary } from "../src/core/find-bridge";
import { temporaryFolder, until } from "./fake-bridge";

let home: string;
let env: Record<string, string>;

beforeEach(async () => {
  home = await temporaryFolder();
  env = {
    HOME: home,
    XDG_STATE_HOME: path.join(home, "state"),
    XDG_RUNTIME_DIR: path.join(home, "runtime"),
  };
});

function bridgeJson(more: object = {}): string {
  return JSON.stringify({
    pid: process.pid,
    url: "ws://127.0.0.1:40123/",
    token: "t".repeat(64),
    proof: "ab".repeat(32),
    version: "0.1.0",
    protocol: 1,
    ...more,
  });
}

function write(file: string, text: string, mode = 0o600): string {
  fs.mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  fs.writeFileSync(file, text, { mode });
  fs.chmodSync(file, mode);
  return file;
}

const inState = () => path.join(home, "state", "hotbridge", "run", "bridge.json");
const inRuntime = () => path.join(home, "runtime", "hotbridge", "bridge.json");
const lock = () => path.join(home, "state", "hotbridge", "lock");

test("no files, no bridge", async () => {
  assert.equal(await findBridge(env), undefined);
});

test("found in the runtime folder and in the state folder", async () => {
  write(inState(), bridgeJson());
  assert.equal((await findBridge(env))?.file, inState());
  write(inRuntime(), bridgeJson());
  assert.equal((await findBridge(env))?.file, inRuntime());
});

test("the lock file has the last word", async () => {
  write(inRuntime(), bridgeJson({ version: "other" }));
  const named = write(path.join(home, "elsewhere", "bridge.json"), bridgeJson());
  write(lock(), JSON.stringify({ pid: process.pid, bridge: named }));
  assert.equal((await findBridge(env))?.file, named);
});

test("a lock that names a file that is gone is passed over", async () => {
  write(inState(), bridgeJson());
  write(lock(), JSON.stringify({ pid: 1, bridge: path.join(home, "gone.json") }));
  assert.equal((await findBridge(env))?.file, inState());
});

test("empty and relative variables count as not set", async () => {
  const file = path.join(home, ".local", "state", "hotbridge", "run", "bridge.json");
  write(file, bridgeJson());
  const found = await findBridge({ HOME: home, XDG_STATE_HOME: "", XDG_RUNTIME_DIR: "run" });
  assert.equal(found?.file, file);
});

test("a bridge whose process is gone is none", async () => {
  const child = spawn("true");
  await new Promise((resolve) => child.once("exit", resolve));
  assert.ok(child.pid !== undefined && !isAlive(child.pid));
  write(inState(), bridgeJson({ pid: child.pid }));
  assert.equal(await findBridge(env), undefined);
});

test("a bridge that was killed and is not yet gone from the list is none", async () => {
  // A program that knows of no child never asks for its end: a zombie.
  const parent = spawn("sh", ["-c", "sleep 60 & echo $!; exec sleep 60"]);
  try {
    const pid = await new Promise<number>((resolve) => {
      parent.stdout.once("data", (data: Buffer) => resolve(Number(data.toString())));
    });
    const command = () => fs.readFileSync(`/proc/${parent.pid}/comm`, "utf8").trim();
    await until(() => command() === "sleep", "the shell to be gone");
    process.kill(pid, "SIGKILL");
    const state = () => fs.readFileSync(`/proc/${pid}/stat`, "utf8");
    await until(() => state().includes(") Z "), "the zombie");
    assert.ok(isAlive(pid), "signals do not tell");
    write(inState(), bridgeJson({ pid }));
    assert.equal(await findBridge(env), undefined);
  } finally {
    parent.kill();
  }
});

test("damaged and half written files are no bridge", async () => {
  for (const text of [
    "",
    "{",
    "null",
    "[]",
    bridgeJson({ pid: "1" }),
    bridgeJson({ pid: -1 }),
    bridgeJson({ proof: "xyz" }),
    bridgeJson({ token: undefined }),
  ]) {
    write(inState(), text);
    assert.equal(await findBridge(env), undefined, text);
  }
});

test("the token goes to no other machine", async () => {
  for (const url of [
    "ws://example.org:80/",
    "ws://127.0.0.1.example.org:80/",
    "ws://127.0.0.1:80@example.org/",
    "wss://127.0.0.1:80/",
    "http://127.0.0.1:80/",
    "ws://127.0.0.2:80/",
  ]) {
    write(inState(), bridgeJson({ url }));
    await assert.rejects(findBridge(env), { name: "InsecureError" }, url);
  }
});

test("a file that others may read is not believed", async () => {
  write(inState(), bridgeJson(), 0o644);
  await assert.rejects(findBridge(env), /open to other users.*chmod/);
});

test("a folder that others may write to is not believed", async () => {
  write(inState(), bridgeJson());
  fs.chmodSync(path.dirname(inState()), 0o777);
  await assert.rejects(findBridge(env), { name: "InsecureError" });
});

test("a link is not followed", async () => {
  const real = write(path.join(home, "real.json"), bridgeJson());
  fs.mkdirSync(path.dirname(inState()), { recursive: true, mode: 0o700 });
  fs.symlinkSync(real, inState());
  await assert.rejects(findBridge(env), { name: "InsecureError" });
});

test("another user's file is not believed", { skip: process.getuid?.() !== 0 }, async () => {
  fs.chownSync(write(inState(), bridgeJson()), 1234, 1234);
  await assert.rejects(findBridge(env), /another user/);
});

test("the program: the setting, then PATH, never a relative folder", async () => {
  await assert.rejects(findBinary("", { HOME: home, PATH: "bin:." }), {
    name: "MissingBinaryError",
  });
  const onPath = write(path.join(home, "bin", "hotbridge"), "#!/bin/sh\necho $*\n", 0o755);
  assert.equal(await findBinary("", { HOME: home, PATH: `.:${path.dirname(onPath)}` }), onPath);
  const set = write(path.join(home, "my", "hb"), "#!/bin/sh\n", 0o755);
  assert.equal(await findBinary(set, env), set);
  assert.equal(await findBinary("~/my/hb", env), set);
  await assert.rejects(findBinary("hotbridge", env), /absolute/);
  await assert.rejects(findBinary(path.join(home, "nothing"), env), /no program/);
  assert.equal(await runBinary(onPath, ["a", "b c"]), "a b c\n");
});

test("a program's own words are its error", async () => {
  const program = write(path.join(home, "x"), "#!/bin/sh\necho why >&2\nexit 8\n", 0o755);
  await assert.rejects(runBinary(program, []), { message: "why", exitCode: 8 });
  const slow = write(path.join(home, "y"), "#!/bin/sh\nexec sleep 60\n", 0o755);
  await assert.rejects(runBinary(slow, [], 100), /in time/);
});
