// Where saves go: guarded targets, other targets, conflicts, cancelling.
import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";

import { service } from "../lib/place.mjs";
import { picture, settle, suite, test } from "../lib/suite.mjs";
import { until } from "../lib/wait.mjs";

const all = suite("targets", async (place, shared) => {
  place.install();
  shared.dev = await place.servers("qs-1");
  shared.prod = await place.servers("qs-2", { servers: 1, profile: "zato-4" });
  place.target("dev", shared.dev.folders, { confirmTimeout: "120s" });
  place.target("prod", shared.prod.folders, { guard: "confirm", onSave: "always", confirmTimeout: "120s" });
  place.target("vault", shared.prod.folders, { guard: "manual", confirmTimeout: "120s" });
  for (const name of ["orders", "guarded", "moved", "slow", "queued", "shared", "quiet"]) {
    place.write(`${name}.py`, service(`${name}.get`));
  }
});

function deployed(servers, name) {
  const file = path.join(servers.pickup, name);
  return fs.existsSync(file) ? fs.readFileSync(file) : undefined;
}

test(all, "another target, once", async ({ window, place, prod }) => {
  await window.edit("orders.py", service("orders.get", "2"));
  await place.landed("orders.py");
  await window.command("Hotbridge: Deploy This Module to…");
  await window.pick("prod");
  await window.dialog().waitFor();
  assert.match(await window.dialog().textContent(), /prod asks before each deploy\. Deploy orders\.py\?/);
  await window.answerDialog("Deploy to prod");
  await window.says(/orders\.py prod 1\/1/);
  assert.deepEqual(deployed(prod, "orders.py"), place.read("orders.py"));
});

test(all, "the folder's target, chosen and kept in its settings", async ({ window, place }) => {
  await window.openFile("orders.py");
  await window.command("Hotbridge: Choose the Target of This Folder");
  await window.pick("prod");
  const file = path.join(place.project, ".vscode/settings.json");
  await until(() => fs.existsSync(file) && fs.readFileSync(file, "utf8").includes("prod"), "it");
  assert.deepEqual(JSON.parse(fs.readFileSync(file, "utf8")), { "hotbridge.target": "prod" });
});

test(all, "a target that asks: each save is asked for, and no is no", async ({ window, place, prod }) => {
  await window.openFile("guarded.py");
  await settle({ window, place }, { "hotbridge.target": "prod" }, "prod");
  await window.rewrite("guarded.py", service("guarded.get", "2"));
  await window.told("prod asks before each deploy. Deploy guarded.py?");
  assert.equal(await window.dialog().count(), 0, "a save does not take the keyboard");
  await picture(window, "guard");
  assert.equal(deployed(prod, "guarded.py"), undefined);
  // A newer save asks once more, and the older question goes.
  await window.rewrite("guarded.py", service("guarded.get", "3"));
  await until(async () => (await window.notifications()).length === 1, "one question");
  await window.answer("Deploy guarded.py?", "Deploy to prod");
  await place.landed("guarded.py", "prod");
  await window.says(/guarded\.py prod 1\/1/);
  assert.deepEqual(deployed(prod, "guarded.py"), place.read("guarded.py"));
  assert.equal(place.history("guarded.py", "prod").length, 1);
  await window.rewrite("guarded.py", service("guarded.get", "4"));
  await window.told("Deploy guarded.py?");
  await window.clearNotifications();
  await window.openFile("orders.py");
  assert.notDeepEqual(deployed(prod, "guarded.py"), place.read("guarded.py"));
  assert.equal(place.history("guarded.py", "prod").length, 1);
});

test(all, "a manual target: never on save, by the command it is", async ({ window, place, prod }) => {
  await window.openFile("moved.py");
  await settle({ window, place }, { "hotbridge.target": "vault" }, "vault");
  await window.rewrite("moved.py", service("moved.get", "2"));
  await window.command("Hotbridge: Deploy This Module to…");
  await window.pick("dev");
  await place.landed("moved.py");
  assert.deepEqual(place.history("moved.py", "vault"), []);
  await window.focusEditor();
  await window.press("Shift+Alt+D");
  await window.says(/moved\.py vault 1\/1/);
  assert.deepEqual(deployed(prod, "moved.py"), place.read("moved.py"));
});

test(all, "a target that was removed: one message, and the way on", async ({ window, place, dev }) => {
  place.target("gone", dev.folders);
  await window.openFile("moved.py");
  await settle({ window, place }, { "hotbridge.target": "gone" }, "gone");
  place.hotbridge("target", "remove", "gone");
  await settle({ window, place }, { "hotbridge.target": "gone" }, undefined);
  const before = deployed(dev, "moved.py");
  await window.rewrite("moved.py", service("moved.get", "5"));
  const words = "The target gone of this folder is not there any more";
  await window.told(words);
  assert.equal((await window.notifications()).length, 1);
  assert.deepEqual(deployed(dev, "moved.py"), before, "it went nowhere else");
  await window.answer(words, "Choose a Target");
  await window.pick("dev");
  await until(() => place.read(".vscode/settings.json").includes("dev"), "the choice");
  await window.clearNotifications();
  await window.openFile("moved.py");
  await settle({ window, place }, { "hotbridge.target": "dev" }, "dev");
  await window.rewrite("moved.py", service("moved.get", "6"));
  await place.landed("moved.py");
  await window.says(/moved\.py dev 2\/2/);
  assert.deepEqual(deployed(dev, "moved.py"), place.read("moved.py"));
  assert.deepEqual(await window.notifications(), []);
});

test(all, "what waits can be cancelled, what is delivered cannot", async ({ window, place, dev }) => {
  await window.openFile("slow.py");
  await settle({ window, place }, {}, "dev");
  place.hold(dev.folders);
  await window.rewrite("slow.py", service("slow.get", "2"));
  await window.says(/slow\.py → dev 0\/2/);
  await window.edit("queued.py", service("queued.get", "2"));
  await window.says(/slow\.py → dev \d\/2 \+1/);
  await window.command("Hotbridge: Cancel the Deploy Under Way");
  await window.pick("queued.py");
  await until(() => deployed(dev, "slow.py") !== undefined, "the first to be delivered");
  await window.command("Hotbridge: Cancel the Deploy Under Way");
  await window.told("It is too late to cancel");
  place.release();
  await place.landed("slow.py");
  await window.says(/slow\.py dev 2\/2/);
  assert.equal(deployed(dev, "queued.py"), undefined);
  assert.deepEqual(place.history("queued.py"), []);
});

test(all, "somebody else changed it: asked, shown, and then deployed", async ({ window, place, dev }) => {
  await window.openFile("shared.py");
  await settle({ window, place }, {}, "dev");
  await window.rewrite("shared.py", service("shared.get", "2"));
  await place.landed("shared.py");
  const theirs = service("shared.get", "'a colleague'");
  fs.writeFileSync(path.join(dev.pickup, "shared.py"), theirs);
  await window.openFile("shared.py");
  await window.rewrite("shared.py", service("shared.get", "'mine'"));
  const words = "shared.py on dev was changed by somebody else";
  await window.told(words);
  await picture(window, "conflict");
  assert.equal(deployed(dev, "shared.py").toString(), theirs, "nothing was written");
  await window.answer(words, "Show Difference");
  const diff = window.page.locator(".monaco-diff-editor");
  await diff.waitFor();
  await until(async () => (await diff.textContent()).includes("colleague"), "their version");
  assert.ok((await diff.textContent()).includes("mine"));
  await picture(window, "conflict-diff");
  await window.answer(words, "Deploy Anyway");
  await place.landed("shared.py");
  await window.says(/shared\.py dev 2\/2/);
  assert.deepEqual(deployed(dev, "shared.py"), place.read("shared.py"));
  const found = place.history("shared.py").find(({ trigger }) => trigger === "found");
  assert.ok(found, "their version is kept");
});

test(all, "somebody else changed it, and it stays theirs", async ({ window, place, dev }) => {
  await window.edit("shared.py", service("shared.get", "'before'"));
  await place.landed("shared.py");
  const theirs = service("shared.get", "'a colleague again'");
  fs.writeFileSync(path.join(dev.pickup, "shared.py"), theirs);
  await window.rewrite("shared.py", service("shared.get", "'mine once more'"));
  await window.answer("shared.py on dev was changed by somebody else", "Cancel");
  assert.deepEqual(await window.notifications(), []);
  assert.equal(deployed(dev, "shared.py").toString(), theirs);
});

test(all, "a target that takes no saves: silent, until the command asks", async ({ window, place, dev }) => {
  place.target("quiet", dev.folders, { onSave: "never" });
  await window.openFile("quiet.py");
  await settle({ window, place }, { "hotbridge.target": "quiet" }, "quiet");
  await window.rewrite("quiet.py", service("quiet.get", "2"));
  await window.press("Shift+Alt+D");
  assert.equal((await place.landed("quiet.py", "quiet")).trigger, "manual");
  assert.equal(place.history("quiet.py", "quiet").length, 1);
  assert.deepEqual(await window.notifications(), []);
});
