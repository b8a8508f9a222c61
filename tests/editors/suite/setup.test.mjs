// From nothing: no program, then no target, then the first deploy.
import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";

import { MARKER, service } from "../lib/place.mjs";
import { picture, suite, test } from "../lib/suite.mjs";
import { until } from "../lib/wait.mjs";

const all = suite("setup", async (place, shared) => {
  shared.dev = await place.servers("zato/qs-1");
  place.write("crm.py", service("crm.get"));
  place.write("script.py", "print('not a service')\n");
});

test(all, "no program installed: one message, with the way to install it", async ({ window, place }) => {
  await window.edit("script.py", "print('still not a service')\n");
  await window.edit("crm.py", service("crm.get", "2"));
  await window.told("the program hotbridge is not installed");
  await picture(window, "not-installed");
  await window.rewrite("crm.py", service("crm.get", "3"));
  assert.equal((await window.notifications()).length, 1);
  await window.answer("is not installed", "How to Install");
  const walkthrough = window.page.locator(".gettingStartedContainer");
  for (const step of ["Install the bridge", "Add a target", "Deploy the example", "See an error"]) {
    await walkthrough.getByText(step, { exact: true }).first().waitFor({ state: "attached" });
  }
  await picture(window, "walkthrough");
  assert.ok(!fs.existsSync(path.join(place.env.XDG_STATE_HOME, "hotbridge")));
});

test(all, "no target: added by choosing a folder that was found", async ({ window, place }) => {
  place.install();
  await window.edit("crm.py", service("crm.get", "4"));
  await window.answer("Hotbridge has no target yet", "Add a Target");
  await window.pick("qs-1");
  await window.typeInto("dev");
  await window.told("dev is there");
  assert.match(fs.readFileSync(place.config, "utf8"), /\[target "dev"\]/);
  await window.openFile("crm.py");
  await window.says("dev");
  await window.rewrite("crm.py", service("crm.get", "5"));
  await place.landed("crm.py");
  await window.says(/crm\.py dev 2\/2/);
});

test(all, "the walkthrough's example, deployed and broken", async ({ window, place, dev }) => {
  await window.command("Hotbridge: Open the Example Service");
  await window.tab("hotbridge_example.py").waitFor();
  assert.ok(place.read("hotbridge_example.py").includes(MARKER));
  await window.save();
  await window.says(/hotbridge_example\.py dev 2\/2/);
  assert.ok(fs.existsSync(path.join(dev.pickup, "hotbridge_example.py")));
  await window.command("Hotbridge: Break the Example Service");
  await until(() => window.isDirty("hotbridge_example.py"), "the change");
  await window.save();
  await window.says("hotbridge_example.py not deployed");
  await until(async () => (await window.problems()).some((each) => each.includes("SyntaxError")), "the problem");
  assert.ok(!fs.readFileSync(path.join(dev.pickup, "hotbridge_example.py"), "utf8").includes("handle(self)\n"));
});

test(all, "the doctor, the log and the menu", async ({ window }) => {
  await window.openFile("crm.py");
  await window.command("Hotbridge: Run Doctor");
  await until(
    async () => (await window.page.locator(".part.panel .view-lines").allTextContents()).join(" ").replace(/\u00a0/g, " ").includes("has proved itself"),
    "the doctor's words",
  );
  const panel = window.page.locator(".part.panel");
  await window.closePanel();
  await panel.waitFor({ state: "hidden" });
  await window.command("Hotbridge: Show Log");
  await panel.locator(".view-lines", { hasText: "hotbridge" }).waitFor();
  await window.statusItem().click();
  await window.page.locator(".quick-input-list .monaco-list-row", { hasText: "Deploy crm.py" }).first().waitFor();
  await picture(window, "menu");
  await window.press("Escape");
});

test(all, "what cannot work yet is not offered", async ({ window }) => {
  await window.openFile("crm.py");
  assert.ok(!(await window.offers("Hotbridge: Open the Page")), "this bridge has no page");
  assert.ok(!(await window.offers("Hotbridge: Cancel the Deploy Under Way")), "nothing is under way");
  assert.ok(!(await window.offers("Hotbridge: Start the Bridge")), "it runs");
  assert.ok(await window.offers("Hotbridge: Deploy This Module"));
});
