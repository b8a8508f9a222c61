// The one line, the notices and the problems, step by step.
import assert from "node:assert/strict";
import { test } from "node:test";

import { DeployState } from "../src/core/deploy-state";
import { ProblemSet, utf16Column } from "../src/core/problem-set";
import { readDeploy, type Deploy } from "../src/core/protocol";

let count = 0;

function deploy(more: object = {}): Deploy {
  return readDeploy({
    id: `id-${++count}`,
    target: "dev",
    module: "crm.py",
    trigger: "save",
    state: "done",
    outcome: "deployed",
    document: { path: "/p/crm.py" },
    servers: [
      { name: "server1", state: "confirmed", services: ["crm.get"], seconds: 0.4 },
      { name: "server2", state: "confirmed", services: ["crm.get"], seconds: 0.5 },
    ],
    timings: { confirmed: 0.52 },
    ...more,
  });
}

function failed(more: object = {}): Deploy {
  return deploy({
    outcome: "failed",
    message: "failed on server1: No module named 'requestz'",
    diagnostics: [
      { path: "/p/crm.py", line: 3, severity: "error", message: "ImportError: requestz", server: "server1" },
    ],
    servers: [
      { name: "server1", state: "failed", services: [] },
      { name: "server2", state: "confirmed", services: [] },
    ],
    ...more,
  });
}

test("the line of one deploy, from the first word to the last", () => {
  const state = new DeployState();
  const id = "one";
  const waiting = [
    { name: "server1", state: "waiting" },
    { name: "server2", state: "waiting" },
  ];
  assert.equal(state.line(), undefined);
  state.update(deploy({ id, state: "recorded", outcome: undefined, servers: [] }));
  assert.equal(state.line()?.text, "$(sync~spin) crm.py → dev");
  state.update(deploy({ id, state: "delivered", outcome: undefined, servers: waiting }));
  assert.equal(state.line()?.text, "$(sync~spin) crm.py → dev 0/2");
  state.update(
    deploy({ id, state: "delivered", outcome: undefined, servers: [{ name: "server1", state: "confirmed" }, waiting[1]] }),
  );
  assert.equal(state.line()?.text, "$(sync~spin) crm.py → dev 1/2");
  assert.equal(state.line()?.busy, true);
  assert.equal(state.update(deploy({ id })), undefined, "success is quiet");
  const line = state.line();
  assert.equal(line?.text, "$(check) crm.py dev 2/2 0.5 s");
  assert.deepEqual([line.busy, line.background], [false, "none"]);
});

test("backgrounds only for failed and unconfirmed", () => {
  const of = (outcome: string) => {
    const state = new DeployState();
    state.update(deploy({ outcome, servers: [] }));
    return state.line()?.background;
  };
  assert.equal(of("failed"), "error");
  assert.equal(of("unconfirmed"), "warning");
  for (const outcome of ["deployed", "rejected", "conflict", "unreachable", "cancelled", "superseded", "new"]) {
    assert.equal(of(outcome), "none", outcome);
  }
});

test("only deployed shows as success", () => {
  for (const outcome of ["failed", "unconfirmed", "conflict", "rejected", "unreachable", "cancelled", "superseded", "wonderful", undefined]) {
    const state = new DeployState();
    state.update(deploy({ outcome }));
    assert.ok(!state.line()?.text.includes("$(check)"), outcome);
  }
});

test("five at once: the worst of them stays in sight", () => {
  const state = new DeployState();
  const ids = ["a", "b", "c", "d", "e"];
  for (const id of ids) {
    state.update(deploy({ id, module: `${id}.py`, state: "queued", outcome: undefined }));
  }
  assert.match(state.line()?.text ?? "", / \+4$/);
  for (const id of ids) {
    state.update(id === "b" ? failed({ id, module: "b.py" }) : deploy({ id, module: `${id}.py` }));
  }
  assert.equal(state.line()?.text, "$(error) b.py dev failed 1/2");
  // The next save is a new matter; what still fails is kept for the hover.
  state.update(deploy({ module: "a.py" }));
  assert.equal(state.line()?.text, "$(check) a.py dev 2/2 0.5 s");
  assert.deepEqual(state.stillFailing().map(({ module }) => module), ["b.py"]);
});

test("five that succeed are one line", () => {
  const state = new DeployState();
  for (const id of ["a", "b", "c"]) {
    state.update(deploy({ id, module: `${id}.py`, state: "queued", outcome: undefined }));
  }
  for (const id of ["a", "b", "c"]) {
    state.update(deploy({ id, module: `${id}.py` }));
  }
  assert.equal(state.line()?.text, "$(check) c.py +2 dev 2/2 0.5 s");
});

test("of several saves of one module the last one is the truth", () => {
  const state = new DeployState();
  for (const id of ["1", "2", "3"]) {
    state.update(deploy({ id, state: "queued", outcome: undefined }));
  }
  state.update(failed({ id: "1" }));
  state.update(deploy({ id: "2", outcome: "superseded" }));
  state.update(deploy({ id: "3" }));
  assert.equal(state.line()?.text, "$(check) crm.py dev 2/2 0.5 s");
});

test("failure and recovery, once each", () => {
  const state = new DeployState();
  assert.equal(state.update(failed())?.kind, "failure");
  assert.equal(state.update(failed()), undefined, "the same cause");
  assert.equal(
    state.update(failed({ diagnostics: [{ path: "/p/crm.py", severity: "error", message: "NameError: x" }] }))?.kind,
    "failure",
    "another cause",
  );
  assert.equal(state.update(deploy())?.kind, "recovery");
  assert.equal(state.update(deploy()), undefined);
});

test("one unreachable target is one cause for all its modules", () => {
  const state = new DeployState();
  const gone = (module: string) => deploy({ module, outcome: "unreachable", servers: [] });
  assert.equal(state.update(gone("a.py"))?.kind, "failure");
  assert.equal(state.update(gone("b.py")), undefined);
  assert.equal(state.update(deploy({ module: "a.py" })), undefined, "b.py still fails for it");
  assert.equal(state.update(deploy({ module: "b.py" }))?.kind, "recovery");
});

test("superseded and cancelled say nothing", () => {
  const state = new DeployState();
  assert.equal(state.update(deploy({ outcome: "superseded" })), undefined);
  assert.equal(state.update(deploy({ outcome: "cancelled" })), undefined);
  assert.deepEqual(state.stillFailing(), []);
});

test("the answer after the last change is not news", () => {
  const state = new DeployState();
  assert.equal(state.update(failed({ id: "x" }))?.kind, "failure");
  assert.equal(state.update(failed({ id: "x" })), undefined);
});

test("a late word: the outcome stays, the recovery is told", () => {
  const state = new DeployState();
  const servers = [{ name: "server1", state: "confirmed" }, { name: "server2", state: "stopped" }];
  assert.equal(state.update(deploy({ id: "l", outcome: "unconfirmed", servers }))?.kind, "failure");
  assert.equal(state.line()?.text, "$(warning) crm.py dev 1/2 unconfirmed");
  const notice = state.update(deploy({ id: "l", outcome: "unconfirmed", late: true, live: true }));
  assert.equal(notice?.kind, "recovery");
  assert.equal(state.line()?.text, "$(check) crm.py dev 2/2 live by now");
  assert.equal(state.line()?.background, "none");
});

test("what never became a deploy leaves no trace", () => {
  const state = new DeployState();
  state.update(deploy({ id: "q", state: "queued", outcome: undefined }));
  state.drop("q");
  assert.equal(state.line(), undefined);
});

test("thousands of deploys do not pile up", () => {
  const state = new DeployState();
  for (let i = 0; i < 5000; i++) {
    state.update(deploy());
  }
  assert.ok(state.line());
  assert.ok((state as unknown as { deploys: Map<string, Deploy> }).deploys.size <= 100);
});

test("problems go only with that file's success on that target", () => {
  const set = new ProblemSet();
  assert.deepEqual(set.update(failed()), ["/p/crm.py"]);
  assert.deepEqual(set.update(deploy({ module: "b.py", document: { path: "/p/b.py" } })), []);
  assert.deepEqual(set.update(deploy({ target: "prod" })), []);
  assert.deepEqual(set.update(deploy({ outcome: "unconfirmed" })), []);
  assert.deepEqual(set.update(deploy({ outcome: "superseded" })), []);
  assert.equal(set.of("/p/crm.py").length, 1);
  assert.deepEqual(set.update(deploy()), ["/p/crm.py"]);
  assert.deepEqual(set.of("/p/crm.py"), []);
});

test("problems of two targets stand side by side", () => {
  const set = new ProblemSet();
  set.update(failed());
  set.update(failed({ target: "prod" }));
  set.update(deploy({ target: "prod" }));
  assert.deepEqual(set.of("/p/crm.py").map(({ target }) => target), ["dev"]);
  assert.deepEqual(set.forgetTargets(new Set(["prod"])), ["/p/crm.py"]);
  assert.deepEqual(set.of("/p/crm.py"), []);
});

test("new problems take the place of the old, servers in one", () => {
  const set = new ProblemSet();
  set.update(failed());
  const both = ["server1", "server2"].map((server) => ({
    path: "/p/crm.py",
    line: 7,
    column: 2,
    severity: "error",
    message: "NameError: x",
    server,
  }));
  set.update(failed({ diagnostics: both }));
  assert.deepEqual(set.of("/p/crm.py"), [
    { target: "dev", severity: "error", message: "NameError: x", line: 7, column: 2, servers: ["server1", "server2"] },
  ]);
});

test("a path that is only the module's name is nowhere to be shown", () => {
  const set = new ProblemSet();
  const diagnostics = [{ path: "crm.py", line: 1, severity: "error", message: "x" }];
  assert.deepEqual(set.update(failed({ diagnostics, document: undefined })), []);
});

test("columns in code points are columns in the editor's units", () => {
  assert.equal(utf16Column("abc", 2), 2);
  assert.equal(utf16Column("😀😀x", 2), 4);
  assert.equal(utf16Column("ż😀x", 3), 4);
  assert.equal(utf16Column("ab", 9), 2);
});
