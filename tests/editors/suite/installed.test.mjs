// What the editor's own installer made of the .vsix, and when it wakes up.
import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";

import { EXTENSIONS } from "../lib/editor.mjs";
import { service } from "../lib/place.mjs";
import { suite, test } from "../lib/suite.mjs";
import { until } from "../lib/wait.mjs";

/** How files begin that hold machine code: ELF, Windows, macOS, WebAssembly. */
const MACHINE_CODE = ["7f454c46", "4d5a", "cffaedfe", "feedfacf", "cafebabe", "0061736d"];
/** Of the time that a person waits for a window, the extension may take so much. */
const SHARE = 0.05;

const all = suite("installed", async (place, shared) => {
  place.install();
  shared.dev = await place.servers("qs-1");
  place.target("dev", shared.dev.folders, { confirmTimeout: "120s" });
  place.write("notes.txt", "Nothing of Python's.\n");
  place.write("crm.py", service("crm.get"));
});

/** The processor's ms for each activation, as the extension itself logs them. */
function ready(place) {
  return fs
    .readdirSync(path.join(place.home, "user/logs"), { recursive: true })
    .filter((name) => name.endsWith("Hotbridge.log"))
    .flatMap((name) => [
      ...fs.readFileSync(path.join(place.home, "user/logs", name), "utf8").matchAll(/ready in [\d.]+ ms, ([\d.]+) ms of the processor/g),
    ])
    .map(([, ms]) => Number(ms));
}

test(all, "it holds no program, and one bundle", async () => {
  const folder = fs.readdirSync(EXTENSIONS).find((name) => name.startsWith("hotbridge.hotbridge-"));
  const files = fs
    .readdirSync(path.join(EXTENSIONS, folder), { recursive: true, withFileTypes: true })
    .filter((each) => each.isFile())
    .map((each) => path.join(each.parentPath, each.name));
  assert.ok(files.length > 5);
  for (const file of files) {
    const begin = fs.readFileSync(file).subarray(0, 4).toString("hex");
    assert.ok(!MACHINE_CODE.some((magic) => begin.startsWith(magic)), file);
  }
  const code = files.filter((file) => /\.(js|mjs|cjs|node|wasm|py|sh|map)$/.test(file));
  assert.deepEqual(code.map((file) => path.basename(file)), ["extension.js"]);
});

test(all, "it sleeps until a Python file or a command of its own", async ({ window, place }) => {
  await window.openFile("notes.txt");
  await window.replaceAll("Still nothing.\n");
  await window.save();
  await until(() => place.read("notes.txt").includes("Still"), "the save");
  assert.deepEqual(ready(place), [], "it has not been woken");
  assert.equal(await window.status(), undefined, "and shows nothing");
  assert.equal(place.bridgePid(), undefined, "no bridge was started");
  await window.openFile("crm.py");
  await until(() => ready(place).length === 1, "the extension");
  await until(async () => (await window.status()) !== undefined, "its status bar item");
});

test(all, "a command of its own wakes it too, and it takes little of the time", async ({ editor, place }, context) => {
  const elsewhere = path.join(place.home, "elsewhere");
  fs.mkdirSync(elsewhere);
  fs.writeFileSync(path.join(elsewhere, "notes.txt"), "Nothing of Python's.\n");
  const opened = [all.window.opened];
  for (let i = 0; i < 2; i++) {
    const before = ready(place).length;
    const window = await editor.open(elsewhere);
    opened.push(window.opened);
    await window.command("Hotbridge: Show Log");
    await until(() => ready(place).length === before + 1, "the extension");
  }
  // The least of three: what else the editor does meanwhile is in the others.
  const own = Math.min(...ready(place));
  context.diagnostic(
    `activation: ${own.toFixed(1)} ms of the processor; a window: ${Math.min(...opened).toFixed(0)} ms`,
  );
  assert.ok(own < SHARE * Math.min(...opened), `${own} of ${opened.join(", ")} ms`);
});
