// The golden messages that every program of the protocol reads.
import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { test } from "node:test";

import {
  encodeRequest,
  parseMessage,
  readDeploy,
  readDeployChanged,
  readDeploys,
  readInitialized,
  readLive,
  readSource,
  readTarget,
  readTargets,
} from "../src/core/protocol";
import { findBridge } from "../src/core/find-bridge";
import { temporaryFolder } from "./fake-bridge";

const WIRE = path.resolve(import.meta.dirname, "../../../tests/wire");

interface Manifest {
  valid: { file: string; method: string; id?: unknown; params?: object }[];
  invalid: { file: string; code: number }[];
  bridge: { file: string; kind: string }[];
}

const manifest = JSON.parse(
  fs.readFileSync(path.join(WIRE, "manifest.json"), "utf8"),
) as Manifest;

const READERS: Record<string, (value: unknown) => unknown> = {
  initialize: readInitialized,
  deploy: readDeploy,
  "deploy/get": readDeploy,
  "deploy/cancel": readDeploy,
  rollback: readDeploy,
  "targets/list": readTargets,
  "targets/test": readTarget,
  "history/list": readDeploys,
  "history/source": readSource,
  "history/live": readLive,
  "history/diff": (value) => value,
};

function golden(file: string): string {
  return fs.readFileSync(path.join(WIRE, file), "utf8").replace(/\n$/, "");
}

for (const { file, kind } of manifest.bridge) {
  test(`reads ${file} (${kind})`, () => {
    const message = parseMessage(golden(file));
    if (message.kind === "error") {
      assert.equal(kind, "error");
      assert.notEqual(message.error.message, "");
    } else if (message.kind === "notification") {
      assert.equal(message.method, kind);
      if (kind === "deploy/changed") {
        readDeployChanged(message.params);
      } else if (kind === "targets/changed") {
        readTargets(message.params);
      }
    } else {
      const reader = READERS[kind];
      assert.ok(reader, `no reader for ${kind}`);
      reader(message.value);
    }
  });
}

for (const { file, method, id, params } of manifest.valid) {
  // As understood, upper case has become lower, and limits are filled in;
  // what we write ourselves is written as it is understood.
  if (typeof id !== "number" || !["deploy", "rollback", "deploy/get"].includes(method)) {
    continue;
  }
  test(`writes ${file}`, () => {
    const ours = JSON.parse(encodeRequest(id, method, params)) as { params: object };
    const theirs = JSON.parse(golden(file)) as { params: object };
    assert.deepEqual({ ...theirs, params }, { ...ours });
    for (const [name, value] of Object.entries(params ?? {})) {
      if (typeof value === "string" && name === "source") {
        assert.equal((theirs.params as Record<string, unknown>)[name], value);
      }
    }
  });
}

test("unknown words and members are taken as they are", () => {
  const deploy = readDeploy({
    target: "dev",
    module: "a.py",
    state: "dreaming",
    outcome: "transcended",
    servers: [{ name: "s", state: "humming", mood: 3 }],
    more: { of: "it" },
  });
  assert.equal(deploy.state, "dreaming");
  assert.equal(deploy.outcome, "transcended");
  assert.equal(deploy.servers[0]?.state, "humming");
  assert.deepEqual(deploy.diagnostics, []);
});

test("what is not the protocol is refused", () => {
  for (const text of ["", "[]", "null", "3", '"x"', "{}", '{"jsonrpc":"1.0"}', "{'a':1}"]) {
    assert.throws(() => parseMessage(text), { name: "ProtocolError" }, text);
  }
  assert.throws(() => parseMessage('{"jsonrpc":"2.0","id":1}'), { name: "ProtocolError" });
  assert.throws(() => readDeploy({ target: 3, module: "a.py", state: "done" }), {
    name: "ProtocolError",
  });
  assert.throws(() => readDeploy(null), { name: "ProtocolError" });
});

test("the files of a bridge are read as the golden ones are", async () => {
  const folder = await temporaryFolder();
  const run = path.join(folder, "hotbridge", "run");
  fs.mkdirSync(run, { recursive: true, mode: 0o700 });
  const there = fs.readdirSync(path.join(WIRE, "files"));
  assert.ok(there.includes("lock") || there.includes("lock.json"), there.join(" "));
  const text = golden("files/bridge.json").replace(/"pid": ?\d+/, `"pid": ${process.pid}`);
  fs.writeFileSync(path.join(run, "bridge.json"), text, { mode: 0o600 });
  const info = await findBridge({ XDG_STATE_HOME: folder, HOME: folder });
  const expected = JSON.parse(text) as Record<string, unknown>;
  assert.ok(info);
  const { file: _, ...rest } = info;
  assert.deepEqual(rest, expected);
});
