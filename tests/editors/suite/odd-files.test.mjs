// Files that are not as one would like, and windows that share one.
import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";

import { MARKER, service } from "../lib/place.mjs";
import { suite, test } from "../lib/suite.mjs";
import { until } from "../lib/wait.mjs";

const all = suite("odd", async (place, shared) => {
  place.install();
  shared.dev = await place.servers("qs-1");
  shared.other = await place.servers("qs-2", { servers: 1 });
  place.target("dev", shared.dev.folders, { confirmTimeout: "120s" });
  place.target("other", shared.other.folders, { confirmTimeout: "120s" });
  place.write("latin.py", Buffer.from(`${MARKER}\nname = 'Zaj\xedc'\n`, "latin1"));
  place.write("two_windows.py", service("two.windows"));
  place.write("large.py", `${MARKER}\n${"# a line that makes the file long\n".repeat(64_000)}`);
  fs.mkdirSync(path.join(place.home, "elsewhere"));
  fs.writeFileSync(path.join(place.home, "elsewhere/lonely.py"), service("lonely.get"));
  place.write("sub/other_folder.py", service("other.folder"));
  fs.writeFileSync(
    path.join(place.home, "both.code-workspace"),
    JSON.stringify({ folders: [{ path: "project" }, { path: "second" }] }),
  );
  fs.mkdirSync(path.join(place.home, "second/.vscode"), { recursive: true });
  fs.writeFileSync(path.join(place.home, "second/.vscode/settings.json"), '{"hotbridge.target": "other"}');
  fs.writeFileSync(path.join(place.home, "second/second_one.py"), service("second.one"));
  place.write("first_one.py", service("first.one"));
  return { settings: { "files.defaultLanguage": "python", "[python]": { "files.encoding": "iso88591" } } };
});

test(all, "a file that is not UTF-8", async ({ window, place }) => {
  await window.openFile("latin.py");
  await window.focusEditor();
  await window.press("Control+End");
  await window.page.keyboard.type("# more");
  await window.save();
  await window.told("latin.py is not UTF-8");
  assert.ok(place.read("latin.py").includes(0xed), "the file is as it was saved");
  const words = await window.notifications();
  assert.equal(words.filter((each) => each.startsWith("Hotbridge")).length, 1, words.join("\n"));
  assert.deepEqual(place.history("latin.py"), []);
});

test(all, "a file of 2 MB", async ({ window, place, dev }) => {
  await window.openFile("large.py");
  await window.focusEditor();
  await window.press("Control+Home");
  await window.page.keyboard.type("# x\n");
  await window.save();
  await window.told("large.py → dev");
  assert.match((await window.notifications()).join(), /large/);
  assert.equal((await window.notifications()).length, 1);
  assert.ok(!fs.existsSync(path.join(dev.pickup, "large.py")));
  assert.ok(place.read("large.py").length > 2_000_000);
});

test(all, "a new file without a name", async ({ window, place, dev }) => {
  await window.command("File: New Untitled Text File");
  await window.page.keyboard.insertText(service("brand.new"));
  await window.command("Hotbridge: Deploy This Module");
  await window.dialog().waitFor();
  assert.match(await window.dialog().textContent(), /must be saved as a Python module/);
  await window.answerDialog("Save and Deploy");
  await window.typeInto(path.join(place.project, "brand_new.py"));
  await window.says(/brand_new\.py dev 2\/2/);
  assert.deepEqual(fs.readFileSync(path.join(dev.pickup, "brand_new.py")), place.read("brand_new.py"));
  assert.equal(place.history("brand_new.py").length, 1);
});

test(all, "a file outside any folder", async ({ window, place, other }) => {
  await window.command("File: Open File...");
  await window.typeInto(path.join(place.home, "elsewhere/lonely.py"));
  await window.tab("lonely.py").waitFor();
  await window.focusEditor();
  await window.press("Control+End");
  await window.page.keyboard.type("# x");
  await window.save();
  const words = "lonely.py is in none of the open folders";
  await window.answer(words, "Deploy to…");
  await window.pick("other");
  await window.says(/lonely\.py other 1\/1/);
  assert.ok(fs.existsSync(path.join(other.pickup, "lonely.py")));
});

test(all, "two windows on one file: deployed once, told once", async ({ window, editor, place }) => {
  const second = await editor.open(place.project);
  await second.openFile("two_windows.py");
  await window.openFile("two_windows.py");
  await window.rewrite("two_windows.py", service("two.windows").replace("from zato", "import nosuchmodule\nfrom zato"));
  await window.says(/two_windows\.py dev failed/);
  await second.says(/two_windows\.py dev failed/);
  await window.told("two_windows.py → dev");
  await until(
    async () => (await second.problems()).some((row) => row.includes("nosuchmodule")),
    "the problem in the other window",
  );
  assert.deepEqual(await second.notifications(), []);
  assert.equal(place.history("two_windows.py").length, 1);
  await until(
    async () => (await second.page.locator(".view-lines").last().textContent()).includes("nosuchmodule"),
    "the other window to show the file as it is",
  );
  await second.rewrite("two_windows.py", service("two.windows", "2"));
  await place.landed("two_windows.py");
  await window.says(/two_windows\.py dev 2\/2/);
  await second.says(/two_windows\.py dev 2\/2/);
  assert.equal(place.history("two_windows.py").length, 2);
});

test(all, "several folders, each with its own target", async ({ editor, place, dev, other }) => {
  const window = await editor.open(path.join(place.home, "both.code-workspace"));
  await window.edit("first_one.py", service("first.one", "2"), place.project);
  await window.says(/first_one\.py dev 2\/2/);
  await window.edit("second_one.py", service("second.one", "2"), path.join(place.home, "second"));
  await window.says(/second_one\.py other 1\/1/);
  assert.ok(fs.existsSync(path.join(dev.pickup, "first_one.py")));
  assert.ok(fs.existsSync(path.join(other.pickup, "second_one.py")));
  assert.ok(!fs.existsSync(path.join(dev.pickup, "second_one.py")));
});
