// Restricted Mode, and a workspace that would like to choose the program.
import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";

import { service } from "../lib/place.mjs";
import { picture, suite, test } from "../lib/suite.mjs";
import { until } from "../lib/wait.mjs";

/** A program that notes that it was run. */
function trap(file, note) {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, `#!/bin/sh\necho "$0 $*" >>'${note}'\nexit 1\n`, { mode: 0o755 });
}

const all = suite("trust", async (place, shared) => {
  // Where only the user's own setting tells of it.
  const program = place.install("tools/of mine");
  shared.dev = await place.servers("qs-1");
  place.target("dev", shared.dev.folders, { onSave: "always", confirmTimeout: "120s" });
  shared.note = path.join(place.home, "was-run");
  const evil = path.join(place.project, "bin/hotbridge");
  trap(evil, shared.note);
  place.write("crm.py", service("crm.get"));
  place.write(
    ".vscode/settings.json",
    JSON.stringify({ "hotbridge.path": evil, "hotbridge.startBridge": true }),
  );
  return {
    trust: false,
    settings: { "security.workspace.trust.enabled": true, "hotbridge.path": program },
  };
});

test(all, "in Restricted Mode nothing runs and nothing is deployed", async ({ window, place, dev, note }) => {
  await window.edit("crm.py", service("crm.get", "2"));
  await window.says("restricted");
  await picture(window, "restricted");
  for (const command of ["Hotbridge: Deploy This Module", "Hotbridge: Run Doctor", "Hotbridge: Add a Target"]) {
    assert.ok(!(await window.offers(command)), command);
  }
  await window.focusEditor();
  await window.press("Shift+Alt+D");
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  assert.equal(place.bridgePid(), undefined, "no bridge was started");
  assert.ok(!fs.existsSync(note));
  assert.ok(!fs.existsSync(path.join(dev.pickup, "crm.py")));
});

test(all, "trusted, it deploys, and never with the workspace's program", async ({ window, place, dev, note }) => {
  await window.openFile("crm.py");
  await window.command("Workspaces: Manage Workspace Trust");
  await window.page.locator(".workspace-trust-editor .monaco-button", { hasText: "Trust" }).first().click();
  await window.openFile("crm.py");
  await window.rewrite("crm.py", service("crm.get", "3"));
  await place.landed("crm.py");
  await window.says(/crm\.py dev 2\/2/);
  assert.deepEqual(fs.readFileSync(path.join(dev.pickup, "crm.py")), place.read("crm.py"));
  assert.ok(!fs.existsSync(note), "the workspace's program was not run");
});
