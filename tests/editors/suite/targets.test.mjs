// Where saves go: guarded targets, other targets, conflicts, cancelling.
import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";

import { service } from "../lib/place.mjs";
import { picture, suite, test } from "../lib/suite.mjs";
import { until } from "../lib/wait.mjs";

const all = suite("targets", async (place, shared) => {
  place.install();
  shared.dev = await place.servers("qs-1");
  shared.prod = await place.servers("qs-2", { servers: 1, profile: "zato-4" });
  place.target("dev", shared.dev.folders, { confirmTimeout: "10s" });
  place.target("prod", shared.prod.folders, { guard: "confirm", onSave: "always", confirmTimeout: "10s" });
  place.target("vault", shared.prod.folders, { guard: "manual", confirmTimeout: "10s" });
  for (const name of ["orders", "guarded", "moved", "slow", "queued", "shared"]) {
    place.write(`${name}.py`, service(`${name}.get`));
  }
});

function deployed(servers, name) {
  const file = path.join(servers.pickup, name);
  return fs.existsSync(file) ? fs.readFileSync(file) : undefined;
}

/** What the project's settings say of hotbridge. */
function settle(place, settings) {
  place.write(".vscode/settings.json", JSON.stringify(settings));
}

test(all, "another target, once", async ({ window, place, prod }) => {
  await window.edit("orders.py", service("orders.get", "2"));
  await window.says(/orders\.py dev 2\/2/);
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
  settle(place, { "hotbridge.target": "prod" });
  await window.edit("guarded.py", service("guarded.get", "2"));
  await window.told("prod asks before each deploy. Deploy guarded.py?");
  assert.equal(await window.dialog().count(), 0, "a save does not take the keyboard");
  await picture(window, "guard");
  assert.equal(deployed(prod, "guarded.py"), undefined);
  // A newer save asks once more, and the older question goes.
  await window.replaceAll(service("guarded.get", "3"));
  await window.save();
  await until(async () => !(await window.isDirty("guarded.py")), "the save");
  await window.answer("Deploy guarded.py?", "Deploy to prod");
  await window.says(/guarded\.py prod 1\/1/);
  assert.deepEqual(deployed(prod, "guarded.py"), place.read("guarded.py"));
  assert.equal(place.history("guarded.py", "prod").length, 1);
  await window.replaceAll(service("guarded.get", "4"));
  await window.save();
  await window.told("Deploy guarded.py?");
  await window.clearNotifications();
  await window.openFile("orders.py");
  assert.notDeepEqual(deployed(prod, "guarded.py"), place.read("guarded.py"));
  assert.equal(place.history("guarded.py", "prod").length, 1);
});

test(all, "a manual target: never on save, by the command it is", async ({ window, place, prod }) => {
  settle(place, { "hotbridge.target": "vault" });
  await window.edit("moved.py", service("moved.get", "2"));
  await until(async () => !(await window.isDirty("moved.py")), "the save");
  await window.command("Hotbridge: Deploy This Module to…");
  await window.pick("dev");
  await window.says(/moved\.py dev 2\/2/);
  assert.deepEqual(place.history("moved.py", "vault"), []);
  await window.focusEditor();
  await window.press("Shift+Alt+D");
  await window.says(/moved\.py vault 1\/1/);
  assert.deepEqual(deployed(prod, "moved.py"), place.read("moved.py"));
});

test(all, "a target that was removed: one message, and the way on", async ({ window, place, dev }) => {
  settle(place, { "hotbridge.target": "gone" });
  await window.edit("moved.py", service("moved.get", "5"));
  await window.answer("The target gone of this folder is not there any more", "Choose a Target");
  await window.pick("dev");
  await until(() => place.read(".vscode/settings.json").includes("dev"), "the choice");
  await window.clearNotifications();
  await window.edit("moved.py", service("moved.get", "6"));
  await window.says(/moved\.py dev 2\/2/);
  assert.deepEqual(deployed(dev, "moved.py"), place.read("moved.py"));
  assert.deepEqual(await window.notifications(), []);
});

test(all, "what waits can be cancelled, what is delivered cannot", async ({ window, place, dev }) => {
  settle(place, {});
  dev.turn("server1", "delay", "4");
  await window.edit("slow.py", service("slow.get", "2"));
  await window.says(/slow\.py → dev 0\/2/);
  await window.edit("queued.py", service("queued.get", "2"));
  await window.says(/slow\.py → dev \d\/2 \+1/);
  await window.command("Hotbridge: Cancel the Deploy Under Way");
  await window.pick("queued.py");
  await until(() => deployed(dev, "slow.py") !== undefined, "the first to be delivered");
  await window.command("Hotbridge: Cancel the Deploy Under Way");
  await window.told("It is too late to cancel");
  dev.turn("server1", "delay", "0");
  await window.says(/slow\.py dev 2\/2/);
  assert.equal(deployed(dev, "queued.py"), undefined);
  assert.deepEqual(place.history("queued.py"), []);
});

test(all, "somebody else changed it: asked, shown, and then deployed", async ({ window, place, dev }) => {
  settle(place, {});
  await window.edit("shared.py", service("shared.get", "2"));
  await window.says(/shared\.py dev 2\/2/);
  const theirs = service("shared.get", "'a colleague'");
  fs.writeFileSync(path.join(dev.pickup, "shared.py"), theirs);
  await window.openFile("shared.py");
  await window.replaceAll(service("shared.get", "'mine'"));
  await window.save();
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
  await window.says(/shared\.py dev 2\/2/);
  assert.deepEqual(deployed(dev, "shared.py"), place.read("shared.py"));
  const found = place.history("shared.py").find(({ trigger }) => trigger === "found");
  assert.ok(found, "their version is kept");
});
