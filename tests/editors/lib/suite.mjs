// What the suites share: a place, an editor and a window for all its tests,
// and what there is to see when one fails.
import fs from "node:fs";
import path from "node:path";
import { after, before, test as nodeTest } from "node:test";

import { Editor } from "./editor.mjs";
import { Place } from "./place.mjs";
import { PATIENCE, until } from "./wait.mjs";

const PICTURES = process.env.HOTBRIDGE_PICTURES;
const FAILURES = process.env.HOTBRIDGE_FAILURES ?? "build/editor-failures";
/** A test waits for several conditions, each with a deadline of its own. */
const TEST_MS = 5 * PATIENCE;
const LINES = 60;

/**
 * `prepare(place)` lays out the place before the editor starts; it may give
 * options for Editor.start().
 */
export function suite(name, prepare) {
  const shared = { name, failed: false };
  before(async () => {
    shared.place = new Place(name);
    const options = (await prepare(shared.place, shared)) ?? {};
    shared.editor = await Editor.start({ home: shared.place.home, env: shared.place.env, ...options });
    shared.window = await shared.editor.open(shared.place.project);
  }, { timeout: TEST_MS });
  after(async () => {
    await shared.editor?.stop();
    if (shared.failed) {
      keepLogs(shared);
    }
    await shared.place?.end();
  }, { timeout: TEST_MS });
  return shared;
}

/** A test that leaves pictures of all windows when it fails; those that it
 * opened are closed after it. */
export function test(shared, name, body) {
  nodeTest(name, { timeout: TEST_MS }, async (context) => {
    try {
      await shared.window.reset();
      await body(shared, context);
    } catch (error) {
      shared.failed = true;
      shared.place.release();
      const pages = shared.editor?.browser.contexts().flatMap((each) => each.pages()) ?? [];
      for (const [i, page] of pages.entries()) {
        const file = path.join(FAILURES, `${context.name.replace(/[^\w]+/g, "-")}-${i}.png`);
        fs.mkdirSync(path.dirname(file), { recursive: true });
        await page.screenshot({ path: file }).catch(() => undefined);
        error.message += `\n(see ${file})`;
      }
      throw error;
    } finally {
      for (const context of shared.editor?.browser.contexts() ?? []) {
        if (context !== shared.window?.page.context()) {
          await context.close();
        }
      }
    }
  });
}

/**
 * Gives the project these settings, and waits until saves of the file in front
 * go to `target`; undefined: to none that there is.
 */
export async function settle({ window, place }, settings, target) {
  place.write(".vscode/settings.json", JSON.stringify(settings));
  await until(async () => {
    await window.command("Hotbridge: Deploy This Module to…");
    const rows = await window.choices("on save:");
    await window.press("Escape");
    const mine = rows.find((row) => row.includes("this folder's"));
    return target === undefined ? mine === undefined : mine?.startsWith(target);
  }, `saves to go to ${target ?? "nowhere"}`);
}

/** The logs of a suite that failed outlive its place; their ends are shown. */
function keepLogs({ name, place }) {
  const logs = fs
    .readdirSync(place.home, { recursive: true })
    .filter((each) => /(^|\/)(editor|servers|bridge|Hotbridge|remoteexthost|server)\.log$/.test(each));
  const kept = path.join(FAILURES, name);
  for (const log of logs) {
    const file = path.join(kept, log.replaceAll("/", "-"));
    fs.mkdirSync(kept, { recursive: true });
    fs.copyFileSync(path.join(place.home, log), file);
    if (/Hotbridge\.log$|bridge\.log$/.test(log)) {
      const lines = fs.readFileSync(file, "utf8").trimEnd().split("\n").slice(-LINES);
      console.error(`--- the last of ${log}\n${lines.join("\n")}`);
    }
  }
  console.error(`the logs of the suite ${name} are in ${kept}`);
}

/**
 * Keeps a picture for the pages that people read, when asked for; `sidebar`:
 * how wide that is to be.
 */
export async function picture(window, name, { sidebar, ...options } = {}) {
  if (PICTURES) {
    if (sidebar) {
      await window.widenSidebar(sidebar);
    }
    await window.page.waitForTimeout(1_000); // what moves comes to rest
    await window.shoot(path.join(PICTURES, `vscode-${name}.png`), options);
  }
}
