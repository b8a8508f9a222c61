// Saving, and what is said of it.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";

import { MARKER, service } from "../lib/place.mjs";
import { picture, suite, test } from "../lib/suite.mjs";
import { until } from "../lib/wait.mjs";

const FIVE = ["customers", "invoices", "orders", "payments", "shipments"];

const all = suite("saving", async (place, shared) => {
  place.install();
  shared.servers = await place.servers("qs-1");
  place.target("dev", shared.servers.folders, { confirmTimeout: "120s" });
  place.write("crm_customer.py", service("crm.customer.get"));
  place.write("billing.py", service("billing.invoice"));
  place.write("stock_import.py", service("stock.import.csv"));
  place.write("helpers.py", service("helpers.rates").replace(`${MARKER}\n`, ""));
  place.write("reports.py", service("reports.daily"));
  place.write("drafts.py", service("drafts.get"));
  place.write("from_windows.py", `\uFEFF${service("from.windows").replaceAll("\n", "\r\n")}`);
  for (const name of FIVE) {
    place.write(`${name}.py`, service(`${name}.get`));
  }
});

function deployed(name) {
  const file = path.join(all.servers.pickup, name);
  return fs.existsSync(file) ? fs.readFileSync(file) : undefined;
}

test(all, "a person types, saves, and reads what both servers did", async ({ window, place }) => {
  await window.openFile("crm_customer.py");
  await window.rewrite("crm_customer.py", service("crm.customer.get", "'Maria Garcia'"));
  const line = await window.says(/crm_customer\.py dev 2\/2 \d+(\.\d)? m?s/);
  assert.equal(line.icon, "check");
  assert.equal(line.kind, "none");
  assert.equal(line.side, "left");
  assert.deepEqual(deployed("crm_customer.py"), place.read("crm_customer.py"));
  const [last] = place.history("crm_customer.py");
  assert.equal(last.outcome, "deployed");
  assert.equal(last.trigger, "save");
  const hover = await window.hover();
  const words = await hover.textContent();
  for (const word of ["server1", "server2", "confirmed", "crm.customer.get", "Deploy Again", "History"]) {
    assert.ok(words.includes(word), `${word} in ${words}`);
  }
  assert.match(words, /confirmed\s*\d+(\.\d)? m?s/);
  await picture(window, "deployed");
  await window.press("Escape");
  assert.deepEqual(await window.notifications(), [], "success is quiet");
});

test(all, "an action of the hover deploys again", async ({ window, place }) => {
  const before = place.history("crm_customer.py").length;
  const hover = await window.hover();
  await hover.locator("a", { hasText: "Deploy Again" }).click();
  await until(() => place.history("crm_customer.py").length === before + 1, "the deploy");
  assert.equal(place.history("crm_customer.py")[0].trigger, "manual");
});

test(all, "it spins quietly while servers work, and counts them", async ({ window, place, servers }) => {
  place.hold(servers.folders.slice(1));
  await window.edit("crm_customer.py", service("crm.customer.get", "'slow'"));
  const line = await window.says(/crm_customer\.py → dev 1\/2$/);
  assert.equal(line.icon, "sync");
  assert.ok(line.spins);
  assert.equal(line.kind, "none");
  place.release();
  await place.landed("crm_customer.py");
  await window.says(/crm_customer\.py dev 2\/2/);
  assert.deepEqual(await window.notifications(), []);
});

test(all, "a syntax error: at its line, until that file is deployed", async ({ window, place }) => {
  const good = service("crm.customer.get", "18");
  await window.openFile("crm_customer.py");
  await window.rewrite("crm_customer.py", good.replace("def handle(self):", "def handle(self)"));
  const line = await window.says("crm_customer.py not deployed");
  assert.equal(line.kind, "none");
  const row = (rows) => rows.find((each) => each.includes("hotbridge dev"));
  await until(async () => row(await window.problems()), "the problem");
  assert.match(row(await window.problems()), /Ln 9, Col/);
  assert.notDeepEqual(deployed("crm_customer.py"), place.read("crm_customer.py"), "it never left");
  await window.told("crm_customer.py → dev");
  await picture(window, "syntax-error");
  await window.answer("crm_customer.py → dev", "Show Problem");
  await until(async () => (await window.cursor()).startsWith("Ln 9,"), "the cursor on the line");

  await window.edit("billing.py", service("billing.invoice", "2"));
  await place.landed("billing.py");
  await window.says(/billing\.py dev 2\/2/);
  assert.ok(row(await window.problems()), "other files leave it alone");

  await window.openFile("crm_customer.py");
  await window.rewrite("crm_customer.py", good);
  await window.says(/crm_customer\.py dev 2\/2/);
  await until(async () => !row(await window.problems()), "the problem to go");
  await window.told("is live on dev again");
  assert.equal((await window.notifications()).length, 1, "one failure, answered, and one recovery");
});

test(all, "an error at import: the servers' own words, at the line", async ({ window, place }) => {
  const good = service("stock.import.csv");
  const bad = good.replace("from zato", "import nosuchmodule\nfrom zato");
  await window.edit("stock_import.py", bad);
  const line = await window.says(/stock_import\.py dev failed/);
  assert.equal(line.kind, "error");
  assert.equal(line.icon, "error");
  const row = (rows) => rows.find((each) => each.includes("nosuchmodule"));
  await until(async () => row(await window.problems()), "the problem");
  const words = row(await window.problems());
  assert.match(words, /Ln 3, Col/);
  assert.match(words, /server1, server2/);
  await window.told("stock_import.py → dev");
  await picture(window, "failed");
  // The same trouble again is not news.
  await window.clearNotifications();
  await window.focusEditor();
  await window.press("Control+End");
  await window.page.keyboard.type("# still");
  await window.save();
  await until(() => place.read("stock_import.py").includes("# still"), "the save");
  await place.landed("stock_import.py");
  await window.says(/stock_import\.py dev failed/);
  assert.deepEqual(await window.notifications(), []);
  await window.rewrite("stock_import.py", good);
  await window.says(/stock_import\.py dev 2\/2/);
  await until(async () => !row(await window.problems()), "the problem to go");
});

test(all, "Save All with five deploys five", async ({ window, place }) => {
  for (const name of FIVE) {
    await window.openFile(`${name}.py`);
    await window.replaceAll(service(`${name}.get`, "5"));
  }
  await window.command("File: Save All");
  for (const name of FIVE) {
    await until(() => place.read(`${name}.py`).toString() === service(`${name}.get`, "5"), `${name}'s save`);
    await place.landed(`${name}.py`);
  }
  await window.says(/\+4 dev 2\/2/);
  for (const name of FIVE) {
    assert.deepEqual(deployed(`${name}.py`), place.read(`${name}.py`), name);
    assert.equal(place.history(`${name}.py`).length, 1, name);
  }
  await picture(window, "save-all");
});

test(all, "the saved document is deployed, not the active one", async ({ window, place }) => {
  const before = place.history("billing.py").length;
  await window.openFile("orders.py");
  await window.replaceAll(service("orders.get", "6"));
  await window.openFile("billing.py");
  await window.command("File: Save All");
  await until(() => place.read("orders.py").toString() === service("orders.get", "6"), "the save");
  await place.landed("orders.py");
  await window.says(/orders\.py dev 2\/2/);
  assert.deepEqual(deployed("orders.py"), place.read("orders.py"));
  assert.equal(place.history("billing.py").length, before);
});

test(all, "byte order mark and line ends arrive as they are on the disk", async ({ window, place }) => {
  await window.openFile("from_windows.py");
  await window.focusEditor();
  await window.press("Control+End");
  await window.page.keyboard.type("# end");
  await window.save();
  await until(() => place.read("from_windows.py").includes("# end"), "the save");
  await place.landed("from_windows.py");
  await window.says(/from_windows\.py dev 2\/2/);
  const bytes = place.read("from_windows.py");
  assert.equal(bytes.subarray(0, 3).toString("hex"), "efbbbf");
  assert.ok(bytes.includes("\r\n"));
  assert.deepEqual(deployed("from_windows.py"), bytes);
});

test(all, "without the marker a save is silent, and the key deploys", async ({ window, place }) => {
  await window.edit("helpers.py", `${service("helpers.rates").replace(`${MARKER}\n`, "")}# more\n`);
  // A later save that does deploy shows that this one had its turn.
  await window.edit("billing.py", service("billing.invoice", "3"));
  await place.landed("billing.py");
  assert.deepEqual(place.history("helpers.py"), []);
  assert.deepEqual(await window.notifications(), []);
  await window.openFile("helpers.py");
  await window.focusEditor();
  await window.press("Shift+Alt+D");
  await window.says(/helpers\.py dev 2\/2/);
  assert.equal(place.history("helpers.py")[0].trigger, "manual");
});

test(all, "a file that is not saved is saved first, and deployed once", async ({ window, place }) => {
  const before = place.history("billing.py").length;
  await window.openFile("billing.py");
  await window.replaceAll(service("billing.invoice", "4"));
  await window.press("Shift+Alt+D");
  await window.dialog().waitFor();
  assert.match(await window.dialog().textContent(), /billing\.py has changes that are not saved/);
  await window.answerDialog("Cancel");
  assert.ok(await window.isDirty("billing.py"));
  await window.focusEditor();
  await window.press("Shift+Alt+D");
  await window.answerDialog("Save and Deploy");
  await until(() => place.history("billing.py").length === before + 1, "the deploy");
  await window.says(/billing\.py dev 2\/2/);
  assert.deepEqual(deployed("billing.py"), place.read("billing.py"));
  assert.equal(place.history("billing.py")[0].trigger, "manual");
  assert.equal(place.history("billing.py").length, before + 1);
});

test(all, "changes from outside the editor deploy nothing", async ({ window, place }) => {
  const git = (...args) => execFileSync("git", args, { cwd: place.project, env: place.env, stdio: "pipe" });
  git("init", "-q");
  git("add", ".");
  git("commit", "-qm", "first");
  place.write("reports.py", service("reports.daily", "'main'"));
  git("commit", "-qam", "second");
  await window.openFile("reports.py");
  git("checkout", "-q", "HEAD~1", "--", "reports.py");
  await until(
    async () => !(await window.page.locator(".view-lines").last().textContent()).includes("main"),
    "the editor to show it",
  );
  await window.edit("billing.py", service("billing.invoice", "5"));
  await place.landed("billing.py");
  assert.deepEqual(place.history("reports.py"), []);
  assert.equal(deployed("reports.py"), undefined);
});

test(all, "auto-save does not storm: the newest of the waiting goes out", async ({ window, place, servers }) => {
  place.hold(servers.folders);
  await window.edit("billing.py", service("billing.invoice", "6"));
  await window.says(/billing\.py → dev 0\/2/);
  place.write(".vscode/settings.json", '{"files.autoSave": "afterDelay", "files.autoSaveDelay": 50}');
  await window.openFile("drafts.py");
  await window.focusEditor();
  for (let i = 0; i < 12; i++) {
    await window.press("Control+A");
    await window.page.keyboard.insertText(service("drafts.get", `${i}`));
    await until(() => place.read("drafts.py").includes(`'answer': ${i}}`), "the auto-save");
    await until(async () => !(await window.isDirty("drafts.py")), "the save");
  }
  await window.says(/billing\.py → dev 0\/2 \+1$/);
  assert.equal(deployed("drafts.py"), undefined, "all of them wait");
  place.write(".vscode/settings.json", "{}");
  place.release();
  await place.landed("drafts.py");
  await window.says(/drafts\.py( \+1)? dev 2\/2/);
  assert.deepEqual(deployed("drafts.py"), place.read("drafts.py"));
  assert.equal(place.history("drafts.py").length, 1, "one of twelve saves was delivered");
  assert.deepEqual(await window.notifications(), []);
});
