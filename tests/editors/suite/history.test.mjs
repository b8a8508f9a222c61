// What was deployed: the view, versions, differences, going back, the margin
// and the line over each service.
import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";

import { service } from "../lib/place.mjs";
import { picture, settle, suite, test } from "../lib/suite.mjs";
import { until } from "../lib/wait.mjs";

const all = suite("history", async (place, shared) => {
  place.install();
  shared.dev = await place.servers("qs-1");
  place.target("dev", shared.dev.folders, { confirmTimeout: "120s" });
  place.write("crm.py", service("crm.get", "'first'"));
  place.write("many.py", service("many.get"));
  place.write("other.py", service("other.get"));
  const old = await place.servers("qs-old", { servers: 1 });
  place.target("old", old.folders);
  // A second each, meanwhile: no two versions of a module share one.
  shared.many = (async () => {
    for (let i = 0; i < 27; i++) {
      const file = path.join(place.home, "many.py");
      fs.writeFileSync(file, service("many.get", String(i)));
      await place.run("deploy", file, "--target", "old");
    }
  })();
});

function rows(window) {
  return window.page.locator(".pane-body .monaco-list[aria-label*='istory'] .monaco-list-row");
}

async function texts(window) {
  return (await rows(window).allTextContents()).map((text) => text.replace(/\s+/g, " ").trim());
}

function row(window, words) {
  return rows(window).filter({ hasText: words }).first();
}

async function showView(window) {
  await window.command("Hotbridge: Focus on History View");
  await rows(window).first().waitFor();
  await window.press("Home");
  await row(window, "dev").waitFor();
}

/** Opens a node that is closed. */
async function expand(window, words) {
  const node = row(window, words);
  await node.waitFor();
  if ((await node.getAttribute("aria-expanded")) !== "true") {
    await node.click();
  }
}

async function menu(window, words, entry) {
  await row(window, words).click({ button: "right" });
  const action = window.page.locator(".context-view .action-label", { hasText: entry }).first();
  await action.hover();
  // A menu passes over a click that comes right after it was opened.
  await until(async () => {
    await window.page.waitForTimeout(200);
    await action.click({ timeout: 500 }).catch(() => undefined);
    return !(await action.isVisible());
  }, "the menu to take it");
}

test(all, "each deploy of a module, newest first, with its servers", async ({ window, place }) => {
  await window.edit("crm.py", service("crm.get", "'second'"));
  await place.landed("crm.py");
  await window.edit("crm.py", service("crm.get", "'third'").replace("from zato", "import nosuchmodule\nfrom zato"));
  await window.says(/crm\.py dev failed/);
  await window.edit("crm.py", service("crm.get", "'fourth'"));
  await place.landed("crm.py");
  await window.says(/crm\.py dev 2\/2/);
  await showView(window);
  await expand(window, "crm.py");
  await until(async () => (await texts(window)).filter((each) => / · save$/.test(each)).length === 3, "three deploys");
  const deploys = (await texts(window)).filter((each) => / · save$/.test(each));
  assert.match(deploys[0], /^\d\d:\d\d ?deployed · 2\/2 · [0-9a-f]{7} · save$/);
  assert.match(deploys[1], /failed · 0\/2/);
  assert.match(deploys[2], /deployed · 2\/2/);
  await row(window, "deployed · 2/2").click();
  await until(async () => (await texts(window)).some((each) => /^server1 ?confirmed · .* · crm\.get$/.test(each)), "its servers");
  await window.clearNotifications();
  await picture(window, "history", { sidebar: 500 });
});

test(all, "a version opens read-only, and compares with the file", async ({ window }) => {
  await window.openFile("crm.py");
  await showView(window);
  await expand(window, "crm.py");
  const old = (await texts(window)).filter((each) => / · save$/.test(each)).pop();
  await menu(window, old, "Open This Version");
  await until(
    async () => (await window.page.locator(".editor-group-container.active .view-lines").last().textContent()).includes("second"),
    "the old version",
  );
  await window.focusEditor();
  await window.page.keyboard.type("x");
  assert.ok(!(await window.page.locator(".tab.active.dirty").count()), "it is read-only");
  await menu(window, old, "Compare with the File");
  const diff = window.page.locator(".monaco-diff-editor");
  await diff.waitFor();
  await until(async () => /second/.test(await diff.textContent()) && /fourth/.test(await diff.textContent()), "both sides");
  await picture(window, "diff");
});

test(all, "two versions compare, and a commit is copied", async ({ window, place }) => {
  await showView(window);
  await expand(window, "crm.py");
  const deploys = (await texts(window)).filter((each) => / · save$/.test(each));
  await menu(window, deploys[0], "Compare with Another Version");
  await window.pick("failed");
  const diff = window.page.locator(".monaco-diff-editor");
  await diff.waitFor();
  await until(async () => /nosuchmodule/.test(await diff.textContent()) && /fourth/.test(await diff.textContent()), "both versions");
  await menu(window, deploys[0], "Copy Commit");
  const copied = await until(
    async () => {
      const text = await window.page.evaluate(() => navigator.clipboard.readText());
      return /^[0-9a-f]{40}$/.test(text) && text;
    },
    "the commit",
  );
  assert.equal(copied, place.history("crm.py")[0].commit);
});

test(all, "the line over a service, and the margin", async ({ window, place }) => {
  await window.openFile("crm.py");
  await until(async () => (await window.lenses()).some((each) => /live on 2\/2 · \d\d:\d\d · [0-9a-f]{7}/.test(each)), "live");
  assert.equal(await window.page.locator(".dirty-diff-glyph").count(), 0, "nothing to mark");
  await window.replaceAll(service("crm.get", "'fifth'"));
  await until(async () => (await window.lenses()).some((each) => each.includes("edited since")), "edited");
  await until(
    async () => (await window.page.locator(".dirty-diff-glyph").count()) > 0,
    "a mark in the margin",
  );
  await picture(window, "codelens");
  await window.page.locator(".codelens-decoration a", { hasText: "edited since" }).click();
  const diff = window.page.locator(".monaco-diff-editor");
  await diff.waitFor();
  await until(async () => /fourth/.test(await diff.textContent()) && /fifth/.test(await diff.textContent()), "the difference with what is live");
  await window.command("View: Close Editor");
  await window.page.locator(".codelens-decoration a", { hasText: "Deploy" }).click();
  await window.answerDialog("Save and Deploy");
  await until(() => place.read("crm.py").toString() === service("crm.get", "'fifth'"), "the save");
  assert.equal((await place.landed("crm.py")).trigger, "manual");
  await until(async () => (await window.lenses()).some((each) => /live on 2\/2/.test(each)), "live again");
  await until(async () => (await window.page.locator(".dirty-diff-glyph").count()) === 0, "the mark to go");
});

test(all, "the line over a service leads to the history, and can be turned off", async ({ window, place }) => {
  await window.openFile("crm.py");
  await window.page.locator(".codelens-decoration a", { hasText: "History" }).click();
  await until(async () => (await row(window, "crm.py").getAttribute("aria-expanded")) === "true", "the module, opened");
  place.write(".vscode/settings.json", '{"hotbridge.codeLens": false}');
  await until(async () => (await window.lenses()).length === 0, "it to go");
  place.write(".vscode/settings.json", "{}");
  await until(async () => (await window.lenses()).length > 0, "it to come back");
});

test(all, "an older version is restored, once it was asked for", async ({ window, place, dev }) => {
  await window.openFile("crm.py");
  const mine = place.read("crm.py");
  await showView(window);
  await expand(window, "crm.py");
  const old = (await texts(window)).filter((each) => /deployed.* · save$/.test(each)).pop();
  await menu(window, old, "Restore This Version");
  await window.dialog().waitFor();
  assert.match(await window.dialog().textContent(), /Deploy crm\.py to dev as it was in [0-9a-f]{7}\?/);
  await window.answerDialog("Cancel");
  await menu(window, old, "Restore This Version");
  await window.answerDialog("Restore on dev");
  await until(() => place.history("crm.py")[0].trigger === "rollback", "the rollback");
  await window.says(/crm\.py dev 2\/2/);
  assert.ok(fs.readFileSync(path.join(dev.pickup, "crm.py"), "utf8").includes("second"));
  assert.deepEqual(place.read("crm.py"), mine, "the file of the user stays");
  await until(async () => (await window.lenses()).some((each) => each.includes("edited since")), "the file is not what is live");
  await until(async () => (await texts(window)).some((each) => each.includes("rollback")), "it in the view");
});

test(all, "a stopped server is named, and confirms when it has started", async ({ window, place }) => {
  const both = await place.servers("qs-late", { profile: "zato-4", run: 1 });
  place.target("late", both.folders, { confirmTimeout: "5s" });
  await window.openFile("other.py");
  await settle({ window, place }, { "hotbridge.target": "late" }, "late");
  await window.rewrite("other.py", service("other.get", "2"));
  const line = await window.says(/other\.py late 1\/2 unconfirmed/);
  assert.equal(line.kind, "warning");
  await window.told("other.py → late");
  await until(async () => (await window.lenses()).some((each) => /live on 1\/2/.test(each)), "the one that has it");
  assert.match((await window.notifications()).join("\n"), /server2/);
  await picture(window, "unconfirmed");
  await place.runServers(both.folder, both.folders.slice(1));
  await until(async () => (await window.lenses()).some((each) => /live on 2\/2/.test(each)), "the other one too");
  const later = await window.says(/other\.py late 2\/2 live by now/);
  assert.equal(later.kind, "none");
  await window.told("other.py is live on late again");
  assert.equal(place.history("other.py", "late")[0].outcome, "unconfirmed", "an outcome stays");
});

test(all, "long histories come in pages", async ({ window, many }) => {
  await many;
  await showView(window);
  await expand(window, "many.py");
  await until(async () => {
    await rows(window).last().hover();
    await window.page.mouse.wheel(0, 400);
    return (await row(window, "Show more…").count()) > 0;
  }, "the end of the first page");
  await row(window, "Show more…").click();
  await until(async () => (await row(window, "Show more…").count()) === 0, "the rest");
});
