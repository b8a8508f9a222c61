// Bridges that are not, or are wrong, or go away: one clear error each,
// nothing sent that should not be, nothing hung.
import assert from "node:assert/strict";
import type { AddressInfo } from "node:net";
import { afterEach, test } from "node:test";

import { BridgeClient, type ClientOptions } from "../src/core/bridge-client";
import { Connection } from "../src/core/connection";
import { MissingBinaryError, type BridgeInfo } from "../src/core/find-bridge";
import { pauseAfter } from "../src/core/pauses";
import type { DeployRequest } from "../src/core/protocol";
import { FakeBridge, rawServer, until, type Answer } from "./fake-bridge";

const ME = { name: "test", version: "1" };
const SOURCE = "SECRET = 'of nobody else'\n";
const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) {
    await cleanup();
  }
});

async function fake(answer?: Answer): Promise<FakeBridge> {
  const bridge = await FakeBridge.start(answer);
  cleanups.push(() => bridge.stop());
  return bridge;
}

function client(options: Partial<ClientOptions>): BridgeClient {
  const one = new BridgeClient({
    name: ME,
    find: () => Promise.resolve(undefined),
    start: () => Promise.reject(new MissingBinaryError("not installed")),
    log: () => undefined,
    pause: () => 5,
    ...options,
  });
  cleanups.push(() => one.dispose());
  return one;
}

/** What is found is there; starting has the bridge found, and counts. */
function restartable(bridge: FakeBridge) {
  const found: { info: BridgeInfo | undefined; starts: number } = { info: bridge.info, starts: 0 };
  const one = client({
    find: () => Promise.resolve(found.info),
    start: () => {
      found.starts += 1;
      found.info = bridge.info;
      return Promise.resolve();
    },
  });
  return { one, found };
}

function request(more: Partial<DeployRequest> = {}): DeployRequest {
  return { id: crypto.randomUUID(), module: "a.py", source: SOURCE, trigger: "save", ...more };
}

function done(params: Record<string, unknown>, more: object = {}): object {
  return {
    result: {
      id: params["id"],
      target: "dev",
      module: params["module"],
      trigger: params["trigger"],
      state: "done",
      outcome: "deployed",
      ...more,
    },
  };
}

test("connects with the token, the subprotocol, and no Origin", async () => {
  const bridge = await fake();
  const { connection, initialized } = await Connection.open(bridge.info, ME);
  assert.equal(initialized.version, "0.0.0");
  assert.equal(bridge.headers[0]?.["authorization"], `Bearer ${bridge.token}`);
  assert.equal(bridge.headers[0]["sec-websocket-protocol"], "hotbridge.v1");
  assert.equal(bridge.headers[0]["origin"], undefined);
  assert.equal(bridge.headers[0]["sec-websocket-extensions"], undefined);
  connection.close();
});

test("an impostor is told nothing", async () => {
  const bridge: FakeBridge = await fake((message) =>
    bridge.hello(message, { proof: "00".repeat(32) }),
  );
  const one = client({
    find: () => Promise.resolve(bridge.info),
    start: () => Promise.resolve(),
  });
  await assert.rejects(one.deploy(request()), { name: "ConnectError", failure: "impostor" });
  assert.deepEqual([...new Set(bridge.requests.map(({ method }) => method))], ["initialize"]);
  assert.ok(!JSON.stringify(bridge.requests).includes("SECRET"));
  assert.ok(!JSON.stringify(bridge.requests).includes(bridge.key));
});

test("left over files: nobody is there, or somebody else, and a bridge is started", async () => {
  const impostor: FakeBridge = await fake((message) =>
    impostor.hello(message, { proof: "00".repeat(32) }),
  );
  const gone = await fake();
  const nobody = gone.info;
  await gone.stop();
  for (const leftOver of [impostor.info, nobody]) {
    const right: FakeBridge = await fake((message) =>
      message.method === "initialize" ? right.hello(message) : done(message.params),
    );
    const found = [leftOver];
    const one = client({
      find: () => Promise.resolve(found[0]),
      start: () => {
        found[0] = right.info;
        return Promise.resolve();
      },
    });
    const troubles: Error[] = [];
    one.troubled.on((error) => troubles.push(error));
    assert.equal((await one.deploy(request())).outcome, "deployed");
    assert.deepEqual(troubles, []);
    assert.ok(!JSON.stringify(impostor.requests).includes("SECRET"));
  }
});

test("one without a proof is an impostor", async () => {
  const bridge: FakeBridge = await fake((message) => bridge.hello(message, { proof: undefined }));
  await assert.rejects(Connection.open(bridge.info, ME), { failure: "impostor" });
});

test("another protocol is said in words", async () => {
  const older = await fake(() => ({
    error: {
      code: -32000,
      message: "protocol 1 is not spoken here, only 2: update the bridge",
      data: { reason: "unsupported-protocol", protocols: [2] },
    },
  }));
  await assert.rejects(Connection.open(older.info, ME), {
    failure: "protocol",
    message: /not spoken here/,
  });
  const newer: FakeBridge = await fake((message) => newer.hello(message, { protocol: 7 }));
  await assert.rejects(Connection.open(newer.info, ME), {
    failure: "protocol",
    message: /protocol 7/,
  });
});

const GARBAGE: [string, string | undefined][] = [
  ["closes at once", undefined],
  ["is a web server", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"],
  ["sends noise", "\u0000\u0001\u0002 no\r\n\r\n"],
  ["says nothing and ends", ""],
];

for (const [what, words] of GARBAGE) {
  test(`what listens ${what}: an error, and only one message`, async () => {
    const server = await rawServer(words);
    cleanups.push(() => server.close());
    const { port } = server.address() as AddressInfo;
    const info: BridgeInfo = {
      pid: process.pid,
      url: `ws://127.0.0.1:${port}/`,
      token: "t",
      proof: "ab".repeat(32),
      version: "",
      protocol: 1,
      file: "bridge.json",
    };
    let attempts = 0;
    const one = client({
      find: () => {
        attempts += 1;
        return Promise.resolve(info);
      },
    });
    const troubles: string[] = [];
    one.troubled.on(({ message }) => troubles.push(message));
    await assert.rejects(one.deploy(request()), { name: "ConnectError" });
    const then = attempts;
    await until(() => attempts > then + 3, "it goes on trying");
    assert.equal(troubles.length, 1, troubles.join("\n"));
  });
}

test("garbage after a good beginning", async () => {
  const bridge: FakeBridge = await fake((message, socket) => {
    if (message.method !== "initialize") {
      socket.send("{'not': json}");
      return undefined;
    }
    return bridge.hello(message);
  });
  const one = client({ find: () => Promise.resolve(bridge.info) });
  const troubles: string[] = [];
  one.troubled.on(({ message }) => troubles.push(message));
  await one.connect(false);
  await assert.rejects(one.request("targets/list"), { name: "ProtocolError" });
  void one.deploy(request()).catch(() => undefined);
  await until(() => troubles.length > 0, "it is told");
  assert.match(troubles[0] ?? "", /not JSON/);
});

test("a bridge that never answers the upgrade or initialize does not hang us", async () => {
  const silent = await fake(() => undefined);
  await assert.rejects(Connection.open(silent.info, ME, 100), { failure: "timeout" });
});

test("a wrong token: the file is read again", async () => {
  const bridge = await fake();
  let reads = 0;
  const stale = { ...bridge.info, url: "" };
  const server = await rawServer("HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n");
  cleanups.push(() => server.close());
  stale.url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const one = client({ find: () => Promise.resolve(reads++ === 0 ? stale : bridge.info) });
  const troubles: Error[] = [];
  one.troubled.on((error) => troubles.push(error));
  await one.connect(false);
  assert.equal(troubles.length, 0);
});

test("no program: said at once to who asked, and once to the rest", async () => {
  let starts = 0;
  const one = client({
    start: () => {
      starts += 1;
      return Promise.reject(new MissingBinaryError("not installed"));
    },
  });
  const troubles: Error[] = [];
  one.troubled.on((error) => troubles.push(error));
  await assert.rejects(one.deploy(request()), { name: "MissingBinaryError" });
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.equal(starts, 1, "it is not tried again until it is asked for");
  assert.equal(troubles.length, 1);
  await assert.rejects(one.deploy(request()), { name: "MissingBinaryError" });
  assert.equal(starts, 2);
});

test("a connection that goes: asked for again by the same id, with the same bytes", async () => {
  let lose = true;
  const bridge: FakeBridge = await fake((message, socket) => {
    if (message.method === "initialize") {
      return bridge.hello(message);
    }
    if (lose) {
      lose = false;
      socket.terminate();
      return undefined;
    }
    return done(message.params);
  });
  const one = client({ find: () => Promise.resolve(bridge.info) });
  await one.connect(false);
  const wanted = request();
  const deploy = await one.deploy(wanted);
  assert.equal(deploy.outcome, "deployed");
  const sent = bridge.requests.filter(({ method }) => method === "deploy");
  assert.equal(sent.length, 2);
  assert.deepEqual(sent[0]?.params, sent[1]?.params);
  assert.equal(sent[0]?.params["id"], wanted.id);
});

test("a save that never arrived is not deployed a minute later", async () => {
  let clock = 0;
  let there = false;
  const bridge: FakeBridge = await fake((message, socket) => {
    switch (message.method) {
      case "initialize":
        return bridge.hello(message);
      case "deploy":
        socket.terminate();
        clock += 61_000;
        there = true;
        return undefined;
      default:
        return {
          error: { code: -32000, message: "unknown", data: { reason: "unknown-deploy" } },
        };
    }
  });
  const one = client({ find: () => Promise.resolve(bridge.info), now: () => clock });
  await assert.rejects(one.deploy(request()), { name: "TooLateError", message: /Save it again/ });
  assert.ok(there);
  assert.equal(bridge.requests.filter(({ method }) => method === "deploy").length, 1);
});

test("before there is a bridge, the newest save of a module takes the place", async () => {
  const bridge: FakeBridge = await fake((message) =>
    message.method === "initialize" ? bridge.hello(message) : done(message.params),
  );
  const running: BridgeInfo[] = [];
  const one = client({
    find: () => Promise.resolve(running[0]),
    start: () => until(() => running.length > 0, "the start"),
  });
  const first = one.deploy(request({ source: "1\n" }));
  const other = one.deploy(request({ module: "b.py" }));
  const second = one.deploy(request({ source: "2\n" }));
  await assert.rejects(first, { name: "ReplacedError" });
  running.push(bridge.info);
  assert.equal((await second).outcome, "deployed");
  assert.equal((await other).module, "b.py");
  const sources = bridge.requests
    .filter(({ method, params }) => method === "deploy" && params["module"] === "a.py")
    .map(({ params }) => params["source"]);
  assert.deepEqual(sources, ["2\n"]);
});

test("busy and stopping are asked again with the same id", async () => {
  let refusals = 0;
  const bridge: FakeBridge = await fake((message) => {
    if (message.method === "initialize") {
      return bridge.hello(message);
    }
    refusals += 1;
    return refusals < 3
      ? {
          error: {
            code: -32000,
            message: "later",
            data: { reason: refusals === 1 ? "busy" : "stopping" },
          },
        }
      : done(message.params);
  });
  const one = client({ find: () => Promise.resolve(bridge.info) });
  assert.equal((await one.deploy(request())).outcome, "deployed");
  const ids = new Set(
    bridge.requests.filter((r) => r.method === "deploy").map((r) => r.params["id"]),
  );
  assert.equal(ids.size, 1);
});

test("a bridge that said goodbye is not started again unasked", async () => {
  const bridge: FakeBridge = await fake((message, socket) => {
    if (message.method === "bye") {
      socket.close(1001);
      return undefined;
    }
    return bridge.hello(message);
  });
  const { one, found } = restartable(bridge);
  await one.connect(true);
  found.info = undefined;
  await assert.rejects(one.request("bye"), { name: "ConnectionLostError" });
  await until(() => one.state === "off", "it is off");
  assert.equal(found.starts, 0);
  await one.connect(true);
  assert.equal(found.starts, 1);
});

test("one that was killed is started again", async () => {
  const bridge = await fake();
  const { one, found } = restartable(bridge);
  await one.connect(false);
  await new Promise((resolve) => setTimeout(resolve, 1100));
  found.info = undefined;
  bridge.cut();
  await until(() => found.starts === 1 && one.state === "ready", "it is back");
});

test("pauses grow, with chance in them, up to a limit", () => {
  const longest = () => 1;
  const pauses = [0, 1, 2, 3, 4].map((failures) => pauseAfter(failures, longest));
  assert.deepEqual(pauses, [100, 200, 400, 800, 1600]);
  assert.equal(pauseAfter(1000, longest), 10_000);
  assert.equal(pauseAfter(3, () => 0), 400);
});

test("what the bridge is too busy for gives way to a newer save", async () => {
  let busy = true;
  const bridge: FakeBridge = await fake((message) => {
    if (message.method === "initialize") {
      return bridge.hello(message);
    }
    return busy
      ? { error: { code: -32000, message: "later", data: { reason: "busy" } } }
      : done(message.params);
  });
  const one = client({ find: () => Promise.resolve(bridge.info) });
  const older = request({ source: "older" });
  const replaced = assert.rejects(one.deploy(older), { name: "ReplacedError" });
  await until(() => bridge.requests.some(({ params }) => params["id"] === older.id), "it to go out");
  await until(async () => {
    await one.request("anything").catch(() => undefined);
    return true;
  }, "the refusal to have come");
  busy = false;
  const newer = request({ source: "newer" });
  assert.equal((await one.deploy(newer)).outcome, "deployed");
  await replaced;
  const sent = bridge.requests.filter(({ method }) => method === "deploy");
  assert.deepEqual(sent.map(({ params }) => params["source"]), ["older", "newer"]);
});

test("what is asked for is given up when the extension is", async () => {
  const one = client({ start: () => new Promise(() => undefined) });
  const asked = one.deploy(request());
  one.dispose();
  await assert.rejects(asked, { name: "ConnectionLostError" });
  await assert.rejects(one.connect(true), { name: "ConnectionLostError" });
});
