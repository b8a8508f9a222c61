// What the suites share: a place, an editor and a window for all its tests,
// and a picture of the screen when one fails.
import fs from "node:fs";
import path from "node:path";
import { after, afterEach, before, beforeEach, test as nodeTest } from "node:test";

import { Editor } from "./editor.mjs";
import { Place } from "./place.mjs";

const PICTURES = process.env.HOTBRIDGE_PICTURES;
const FAILURES = process.env.HOTBRIDGE_FAILURES ?? "build/editor-failures";

/**
 * `prepare(place)` lays out the place before the editor starts; it may give
 * options for Editor.start().
 */
export function suite(name, prepare) {
  const shared = {};
  before(async () => {
    shared.place = new Place(name);
    const options = (await prepare(shared.place, shared)) ?? {};
    shared.editor = await Editor.start({ home: shared.place.home, env: shared.place.env, ...options });
    shared.window = await shared.editor.open(shared.place.project);
  });
  beforeEach(async () => {
    await shared.window.reset();
  });
  after(async () => {
    await shared.editor?.stop();
    await shared.place?.end();
  });
  return shared;
}

/** A test that leaves pictures of all windows when it fails. */
export function test(shared, name, body) {
  nodeTest(name, { timeout: 120_000 }, async (context) => {
    try {
      await body(shared);
    } catch (error) {
      const pages = shared.editor?.browser.contexts().flatMap((each) => each.pages()) ?? [];
      for (const [i, page] of pages.entries()) {
        const file = path.join(FAILURES, `${context.name.replace(/[^\w]+/g, "-")}-${i}.png`);
        fs.mkdirSync(path.dirname(file), { recursive: true });
        await page.screenshot({ path: file }).catch(() => undefined);
        error.message += `\n(see ${file})`;
      }
      throw error;
    }
  });
}

/** Keeps a picture for the pages that people read, when asked for. */
export async function picture(window, name, options) {
  if (PICTURES) {
    await window.page.waitForTimeout(1_000); // what moves comes to rest
    await window.shoot(path.join(PICTURES, `vscode-${name}.png`), options);
  }
}
