// The client against the real daemon and the stand-in servers.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import { after, before, test } from "node:test";

import { Connection } from "../src/core/connection";
import { findBridge } from "../src/core/find-bridge";
import { blobId } from "../src/core/module-file";
import {
  readDeploy,
  readDeploys,
  readLive,
  readSource,
  readTargets,
  type Deploy,
  type DeployRequest,
} from "../src/core/protocol";
import { until } from "./fake-bridge";
import { PROGRAM, RealBridge } from "./real-bridge";

const MARKER = "# zato: ide-deploy=True\n";
let bridge: RealBridge;
let servers: string[];

function source(name: string, answer = "1"): string {
  return `${MARKER}from zato.server.service import Service\n\n\nclass Get(Service):\n    name = '${name}'\n\n    def handle(self):\n        self.response.payload = ${answer}\n`;
}

function request(module: string, text: string, more: Partial<DeployRequest> = {}): DeployRequest {
  return {
    id: randomUUID(),
    module,
    source: text,
    trigger: "manual",
    document: { path: `/project/${module}` },
    ...more,
  };
}

before(async () => {
  assert.ok(fs.existsSync(PROGRAM), `there is no program at ${PROGRAM}: run make first`);
  bridge = await RealBridge.create();
  servers = await bridge.target("dev", { confirmTimeout: "10s" });
  await bridge.target("prod", { guard: "confirm", onSave: "always", confirmTimeout: "10s" });
});

after(() => bridge.end());

test("started, found, proved; the targets are told", async () => {
  const client = bridge.client();
  await client.connect(true);
  assert.equal(client.state, "ready");
  assert.deepEqual(client.targets.targets.map(({ name }) => name), ["dev", "prod"]);
  assert.equal(client.targets.defaultTarget, "dev");
  const { targets } = readTargets(await client.request("targets/list"));
  assert.deepEqual(targets[0]?.servers.map(({ running }) => running), ["yes", "yes"]);
  assert.equal(client.bridge?.limits.module, 1024 * 1024);
});

test("a deploy, step by step, until each server has said so", async () => {
  const client = bridge.client();
  await client.connect(true);
  const steps: Deploy[] = [];
  client.deployChanged.on((deploy) => steps.push(deploy));
  const text = `\uFEFF${source("steps.get")}`.replaceAll("\n", "\r\n");
  const wanted = request("steps.py", text);
  const deploy = await client.deploy(wanted);
  assert.equal(deploy.outcome, "deployed");
  assert.deepEqual(deploy.servers.map(({ state }) => state), ["confirmed", "confirmed"]);
  assert.deepEqual(deploy.servers[0]?.services, ["steps.get"]);
  assert.equal(deploy.blob, blobId(Buffer.from(text, "utf8")));
  assert.equal(steps[0]?.state, "recorded");
  assert.equal(steps.at(-1)?.state, "done");
  assert.deepEqual(deploy.document, { path: "/project/steps.py" });
  const pickup = path.join(servers[0] ?? "", "pickup/incoming/services/steps.py");
  assert.deepEqual(fs.readFileSync(pickup), Buffer.from(text, "utf8"));
});

test("the same id again is the same deploy", async () => {
  const client = bridge.client();
  const wanted = request("twice.py", source("twice.get"));
  const first = await client.deploy(wanted);
  const second = await client.deploy(wanted);
  assert.equal(second.commit, first.commit);
  const { deploys } = readDeploys(
    await client.request("history/list", { target: "dev", module: "twice.py" }),
  );
  assert.equal(deploys.length, 1);
});

test("the rules of a save are the bridge's", async () => {
  const client = bridge.client();
  const unmarked = source("rules.get").replace(MARKER, "");
  await assert.rejects(client.deploy(request("rules.py", unmarked, { trigger: "save" })), {
    reason: "not-on-save",
  });
  const guarded = request("rules.py", source("rules.get"), { trigger: "save", target: "prod" });
  await assert.rejects(client.deploy(guarded), { reason: "needs-confirmation" });
  await assert.rejects(client.deploy({ ...guarded, force: true }), { reason: "needs-confirmation" });
  const deploy = await client.deploy({ ...guarded, confirmed: true });
  assert.equal(deploy.outcome, "deployed");
  await assert.rejects(client.deploy(request("rules.py", "", { target: "none" })), {
    reason: "unknown-target",
  });
});

test("a syntax error: rejected, with line and column in code points", async () => {
  const client = bridge.client();
  const text = `${MARKER}x = '😀' 'ż' )\n`;
  const deploy = await client.deploy(request("syntax.py", text));
  assert.equal(deploy.outcome, "rejected");
  const [problem] = deploy.diagnostics;
  assert.equal(problem?.path, "/project/syntax.py");
  assert.equal(problem.line, 2);
  assert.equal(problem.column, 13);
});

test("2 MB: rejected, nothing written", async () => {
  const client = bridge.client();
  const deploy = await client.deploy(request("large.py", `# ${"x".repeat(2 * 1024 * 1024)}\n`));
  assert.equal(deploy.outcome, "rejected");
  assert.match(deploy.message ?? "", /1048576/);
});

test("history, source, live, rollback", async () => {
  const client = bridge.client();
  const first = await client.deploy(request("back.py", source("back.get", "1")));
  const second = await client.deploy(request("back.py", source("back.get", "2")));
  const { deploys } = readDeploys(
    await client.request("history/list", { target: "dev", module: "back.py", limit: 1 }),
  );
  assert.equal(deploys[0]?.commit, second.commit);
  const old = readSource(
    await client.request("history/source", { target: "dev", module: "back.py", commit: first.commit }),
  );
  assert.equal(old.source, source("back.get", "1"));
  const back = await client.rollback({ id: randomUUID(), target: "dev", module: "back.py" });
  assert.equal(back.outcome, "deployed");
  assert.equal(back.trigger, "rollback");
  const live = readLive(await client.request("history/live", { target: "dev", module: "back.py" }));
  assert.deepEqual([...new Set(live.map(({ blob }) => blob))], [first.blob]);
  assert.equal(live.length, 2);
});

test("killed in the middle: back by itself, one deploy", async () => {
  const client = bridge.client();
  await client.connect(true);
  bridge.turn(servers[0] ?? "", "delay", "2");
  const wanted = request("killed.py", source("killed.get"));
  const delivered = new Promise<void>((resolve) => {
    client.deployChanged.on(({ id, state }) => {
      if (id === wanted.id && state === "delivered") {
        resolve();
      }
    });
  });
  const deploy = client.deploy(wanted);
  await delivered;
  await bridge.kill();
  bridge.turn(servers[0] ?? "", "delay", "0");
  assert.equal((await deploy).outcome, "deployed");
  const { deploys } = readDeploys(
    await client.request("history/list", { target: "dev", module: "killed.py" }),
  );
  assert.equal(deploys.length, 1);
});

test("killed before it was asked: nothing is lost, nothing is doubled", async () => {
  const client = bridge.client();
  await client.connect(true);
  const wanted = [1, 2, 3, 4].map((n) => request(`storm${n}.py`, source(`storm${n}.get`)));
  const deploys = wanted.map((each) => client.deploy(each));
  await bridge.kill();
  const done = await Promise.all(deploys);
  assert.deepEqual([...new Set(done.map(({ outcome }) => outcome))], ["deployed"]);
  for (const { module } of wanted) {
    const list = readDeploys(await client.request("history/list", { target: "dev", module }));
    assert.equal(list.deploys.length, 1, module);
  }
});

test("a newer save replaces the one that waits", async () => {
  const client = bridge.client();
  await client.connect(true);
  bridge.turn(servers[0] ?? "", "delay", "2");
  const first = client.deploy(request("storm.py", source("storm.get", "0"), { trigger: "save" }));
  await until(async () => {
    const deploys = readDeploys(await client.request("history/list", { target: "dev" }));
    return deploys.deploys.length > 0;
  }, "the bridge");
  const rest = [1, 2, 3].map((n) =>
    client.deploy(request("storm.py", source("storm.get", String(n)), { trigger: "save" })),
  );
  bridge.turn(servers[0] ?? "", "delay", "0");
  const outcomes = (await Promise.all([first, ...rest])).map(({ outcome }) => outcome);
  assert.equal(outcomes.at(-1), "deployed");
  assert.ok(outcomes.includes("superseded"), outcomes.join(" "));
});

test("cancelled while it waits", async () => {
  const client = bridge.client();
  await client.connect(true);
  bridge.turn(servers[0] ?? "", "delay", "2");
  const front = request("front.py", source("front.get"));
  const first = client.deploy(front);
  const waiting = request("waits.py", source("waits.get"));
  const second = client.deploy(waiting);
  await until(async () => {
    const answer = await client.request("deploy/get", { id: waiting.id }).catch(() => undefined);
    return answer !== undefined && readDeploy(answer).state !== "done";
  }, "it to wait");
  const cancelled = await client.cancel(waiting.id);
  assert.equal(cancelled?.outcome, "cancelled");
  assert.equal((await second).outcome, "cancelled");
  await assert.rejects(client.cancel(front.id), { reason: "too-late" });
  bridge.turn(servers[0] ?? "", "delay", "0");
  assert.equal((await first).outcome, "deployed");
});

test("targets that change are told", async () => {
  const client = bridge.client();
  await client.connect(true);
  await bridge.run("target", "add", "extra", servers[0] ?? "");
  await until(() => client.targets.targets.some(({ name }) => name === "extra"), "the new target");
  await bridge.run("target", "remove", "extra");
  await until(() => client.targets.targets.length === 2, "it to go");
});

test("stopped on purpose: known, and not started again unasked", async () => {
  const client = bridge.client();
  await client.connect(true);
  await bridge.run("stop");
  await until(() => client.state === "off", "it is off");
  assert.equal(await findBridge(bridge.env), undefined);
  const deploy = await client.deploy(request("again.py", source("again.get")));
  assert.equal(deploy.outcome, "deployed");
});

test("a wrong token is refused", async () => {
  const client = bridge.client();
  await client.connect(true);
  const info = await findBridge(bridge.env);
  assert.ok(info);
  await assert.rejects(
    Connection.open({ ...info, token: "0".repeat(64) }, { name: "x", version: "1" }),
    { failure: "unauthorized" },
  );
  await assert.rejects(
    Connection.open({ ...info, proof: "00".repeat(32) }, { name: "x", version: "1" }),
    { failure: "impostor" },
  );
});
