// The bridge comes and goes, and is not always what it should be.
import assert from "node:assert/strict";
import { createHmac, randomBytes } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { WebSocketServer } from "ws";

import { service } from "../lib/place.mjs";
import { picture, suite, test } from "../lib/suite.mjs";
import { until } from "../lib/wait.mjs";

const all = suite("bridge", async (place, shared) => {
  place.install();
  shared.dev = await place.servers("qs-1");
  place.target("dev", shared.dev.folders, { confirmTimeout: "120s" });
  for (const name of ["killed", "stopped", "wrong"]) {
    place.write(`${name}.py`, service(`${name}.get`));
  }
});

test(all, "killed in the middle of a deploy: back, and one deploy", async ({ window, place, dev }) => {
  place.hold(dev.folders);
  await window.edit("killed.py", service("killed.get", "2"));
  await window.says(/killed\.py → dev 0\/2/);
  const before = place.bridgePid();
  place.killBridge();
  await until(() => place.bridgePid() !== undefined && place.bridgePid() !== before, "the next bridge");
  place.release();
  await window.says(/killed\.py dev 2\/2/);
  assert.equal(place.history("killed.py").length, 1, "nothing was sent twice");
  assert.deepEqual(fs.readFileSync(path.join(dev.pickup, "killed.py")), place.read("killed.py"));
  assert.deepEqual(await window.notifications(), []);
});

test(all, "stopped on purpose: left alone until there is something to deploy", async ({ window, place }) => {
  await window.openFile("stopped.py");
  place.hotbridge("stop");
  await until(() => place.bridgePid() === undefined, "its end");
  await new Promise((resolve) => setTimeout(resolve, 3_000));
  assert.equal(place.bridgePid(), undefined);
  await window.rewrite("stopped.py", service("stopped.get", "2"));
  await window.says(/stopped\.py dev 2\/2/);
  await place.landed("stopped.py");
  assert.notEqual(place.bridgePid(), undefined);
  assert.deepEqual(await window.notifications(), []);
});

/** Something that says it is the bridge, where the bridge is looked for. */
async function pretend(place, answer) {
  const server = new WebSocketServer({ host: "127.0.0.1", port: 0 });
  await new Promise((resolve) => server.once("listening", resolve));
  const key = randomBytes(32).toString("hex");
  const seen = [];
  server.on("connection", (socket) => {
    socket.on("message", (data) => {
      seen.push(data.toString());
      answer(socket, JSON.parse(data.toString()), key);
    });
  });
  const folder = path.join(place.env.XDG_RUNTIME_DIR, "hotbridge");
  const file = path.join(folder, "bridge.json");
  fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
  fs.writeFileSync(
    file,
    JSON.stringify({
      pid: process.pid,
      url: `ws://127.0.0.1:${server.address().port}/`,
      token: "00".repeat(32),
      proof: key,
      version: "9.9.9",
      protocol: 1,
    }),
    { mode: 0o600 },
  );
  fs.writeFileSync(
    path.join(place.env.XDG_STATE_HOME, "hotbridge/lock"),
    JSON.stringify({ pid: process.pid, bridge: file }),
    { mode: 0o600 },
  );
  return {
    seen,
    end: async () => {
      if (fs.readFileSync(file, "utf8").includes(key)) {
        fs.rmSync(file);
      }
      for (const socket of server.clients) {
        socket.terminate();
      }
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const proof = (key, nonce) => createHmac("sha256", Buffer.from(key, "hex")).update(nonce).digest("hex");

const WRONG = [
  [
    "speaks a newer protocol",
    /not spoken here.*Update the older/,
    (socket, { id }) =>
      socket.send(
        JSON.stringify({
          jsonrpc: "2.0",
          id,
          error: {
            code: -32000,
            message: "protocol 1 is not spoken here, only 2",
            data: { reason: "unsupported-protocol", protocols: [2] },
          },
        }),
      ),
  ],
  [
    "speaks an older protocol",
    /speaks protocol 0/,
    (socket, { id, params }, key) =>
      socket.send(
        JSON.stringify({
          jsonrpc: "2.0",
          id,
          result: { server: { name: "hotbridge", version: "0.0.1" }, protocol: 0, proof: proof(key, params.nonce), limits: {}, targets: [] },
        }),
      ),
  ],
  ["answers garbage", /cannot speak with the bridge/, (socket) => socket.send("<html>no</html>")],
  ["closes at once", /cannot speak with the bridge/, (socket) => socket.terminate()],
];

for (const [what, words, answer] of WRONG) {
  test(all, `a bridge that ${what}: one message, nothing sent`, async ({ window, place }) => {
    place.hotbridge("stop");
    await until(() => place.bridgePid() === undefined, "the end of the real one");
    const other = await pretend(place, answer);
    try {
      await window.edit("wrong.py", service("wrong.get", `'${what}'`));
      await until(async () => (await window.notifications()).some((each) => words.test(each)), "the message");
      assert.ok(other.seen.length > 0);
      assert.ok(other.seen.every((each) => !each.includes("wrong.get")), "no source went out");
      await new Promise((resolve) => setTimeout(resolve, 2_000));
      assert.equal((await window.notifications()).length, 1);
    } finally {
      await other.end();
    }
    // And the next save finds the real one.
    await window.openFile("wrong.py");
    await window.rewrite("wrong.py", service("wrong.get", `'after: ${what}'`));
    await until(() => place.bridgePid() !== undefined, "the real one");
    assert.equal((await place.landed("wrong.py")).outcome, "deployed");
    await window.says(/wrong\.py dev 2\/2/);
  });
}

test(all, "a stranger where the bridge was: told nothing, and the bridge is started", async ({ window, place }) => {
  place.hotbridge("stop");
  await until(() => place.bridgePid() === undefined, "the end of the real one");
  const stranger = await pretend(place, (socket, { id }) =>
    socket.send(
      JSON.stringify({
        jsonrpc: "2.0",
        id,
        result: { server: { name: "hotbridge", version: "1" }, protocol: 1, proof: "00".repeat(32), limits: {}, targets: [] },
      }),
    ),
  );
  try {
    await window.edit("wrong.py", service("wrong.get", "'stranger'"));
    await until(() => place.bridgePid() !== undefined && place.bridgePid() !== process.pid, "the real one");
    assert.equal((await place.landed("wrong.py")).outcome, "deployed");
    await window.says(/wrong\.py dev 2\/2/);
    assert.ok(stranger.seen.length > 0);
    assert.ok(stranger.seen.every((each) => !each.includes("wrong.get")), "no source went out");
    assert.deepEqual(await window.notifications(), []);
  } finally {
    await stranger.end();
  }
});

test(all, "the token is nowhere but in the bridge's own file", async ({ window, place }) => {
  await window.edit("stopped.py", service("stopped.get", "'token'"));
  await place.landed("stopped.py");
  const lock = JSON.parse(fs.readFileSync(path.join(place.env.XDG_STATE_HOME, "hotbridge/lock"), "utf8"));
  const { token, proof: key } = JSON.parse(fs.readFileSync(lock.bridge, "utf8"));
  const files = fs
    .readdirSync(place.home, { recursive: true, withFileTypes: true })
    .filter((each) => each.isFile())
    .map((each) => path.join(each.parentPath, each.name));
  const holding = files.filter((file) => {
    const text = fs.readFileSync(file, "latin1");
    return text.includes(token) || text.includes(key);
  });
  assert.deepEqual(holding, [lock.bridge]);
  assert.ok(files.some((file) => file.endsWith("Hotbridge.log")), "the log was looked into");
});
