// A window of the editor, and a person at it.
import fs from "node:fs";
import path from "node:path";

import { PATIENCE, until } from "./wait.mjs";

/** One window; every method is something that a person does or sees. */
export class EditorWindow {
  constructor(page, folder, opened) {
    this.page = page;
    this.folder = folder;
    /** The milliseconds that it took to open. */
    this.opened = opened;
  }

  /** As a test finds it: no dialogs, no notifications, no open files. */
  async reset() {
    await this.page.keyboard.press("Escape");
    await this.closePanel();
    await this.command("View: Close All Editors");
    // What a test that failed left unsaved.
    const unsaved = this.dialog().locator(".monaco-button", { hasText: "Don't Save" });
    await until(async () => {
      await unsaved.first().click({ timeout: 200 }).catch(() => undefined);
      return (await this.page.locator(".tabs-container .tab").count()) === 0;
    }, "all editors to close");
    await this.clearNotifications();
  }

  async press(keys) {
    await this.page.keyboard.press(keys);
  }

  /** The input of the palette and of its relatives, once it is there. */
  async quickInput() {
    const input = this.page.locator(".quick-input-widget input.input");
    await input.waitFor();
    return input;
  }

  /** A row of theirs, by its whole label or by some words in it. */
  quickRow(words, whole = false) {
    const rows = this.page.locator(".quick-input-list .monaco-list-row");
    return (
      whole
        ? rows.filter({ has: this.page.getByText(words, { exact: true }) })
        : rows.filter({ hasText: words })
    ).first();
  }

  /** Opens the palette, or what else these keys open, and types there. */
  async ask(keys, text) {
    const input = this.page.locator(".quick-input-widget input.input");
    // A key that comes while the editor is busy with another is passed over.
    await until(async () => {
      await this.page.keyboard.press(keys);
      return input.waitFor({ timeout: 5_000 }).then(() => true, () => false);
    }, `what ${keys} opens`);
    await input.fill(text);
  }

  /** Asks, and takes what has just this name. */
  async choose(keys, text, name) {
    // A window that has just opened does not know all its commands and files
    // yet, and shows those that it knew when it was asked.
    await until(async () => {
      await this.ask(keys, text);
      try {
        await this.quickRow(name, true).click({ timeout: 5_000 });
        return true;
      } catch {
        await this.page.keyboard.press("Escape");
        return false;
      }
    }, `${name} to be there to choose`);
  }

  /** By the palette, as its words are there. */
  async command(words) {
    await this.choose("F1", `>${words}`, words);
  }

  /** Whether the palette offers a command. */
  async offers(words) {
    await this.ask("F1", `>${words}`);
    const rows = this.page.locator(".quick-input-list .monaco-list-row");
    await rows.first().waitFor();
    const found = await rows.filter({ has: this.page.getByText(words, { exact: true }) }).count();
    await this.page.keyboard.press("Escape");
    return found > 0;
  }

  async openFile(name) {
    await this.choose("Control+P", name, name);
    await this.tab(name).waitFor();
    await this.page.locator(".editor-group-container.active .monaco-editor textarea, .editor-group-container.active .native-edit-context").first().waitFor({ state: "attached" });
  }

  tab(name) {
    return this.page.locator(`.tabs-container .tab[data-resource-name="${name}"]`).first();
  }

  async isDirty(name) {
    return /\bdirty\b/.test((await this.tab(name).getAttribute("class")) ?? "");
  }

  /** Puts the cursor into the editor that is in front. */
  async focusEditor() {
    await this.page
      .locator(".editor-group-container.active .monaco-editor .view-lines")
      .last()
      .click({ position: { x: 300, y: 4 } });
    await until(
      () =>
        this.page.evaluate(
          () => document.activeElement?.closest(".editor-group-container.active .monaco-editor") !== null,
        ),
      "the cursor to be in the editor",
    );
  }

  /** Replaces all that is in the editor, by typing over it. */
  async replaceAll(text) {
    await this.focusEditor();
    await this.page.keyboard.press("Control+A");
    await this.page.keyboard.insertText(text);
  }

  async save() {
    await this.page.keyboard.press("Control+S");
  }

  /** Types all of an open file anew and saves it; it is on the disk then. */
  async rewrite(name, text, folder = this.folder) {
    await this.replaceAll(text);
    await this.save();
    const file = path.join(folder, name);
    await until(() => fs.readFileSync(file, "utf8") === text, `${file} to be saved`);
    await until(async () => !(await this.isDirty(name)), `the editor to know that ${name} is saved`);
  }

  async edit(name, text, folder = this.folder) {
    await this.openFile(name);
    await this.rewrite(name, text, folder);
  }

  statusItem() {
    return this.page.locator('.statusbar-item[id*="hotbridge.status"]');
  }

  /** Where the cursor is, as the status bar says it: "Ln 9, Col 5". */
  async cursor() {
    return (await this.page.locator('.statusbar-item[id="status.editor.selection"]').textContent()) ?? "";
  }

  /** What our item looks like; undefined where there is none. */
  async status() {
    return this.page.evaluate(() => {
      const item = document.querySelector('.statusbar-item[id*="hotbridge.status"]');
      if (!item || item.offsetParent === null) {
        return undefined;
      }
      const icon = item.querySelector(".codicon");
      const names = [...(icon?.classList ?? [])].filter((name) => /^codicon-(?!modifier)/.test(name));
      return {
        text: item.textContent.replace(/\s+/g, " ").trim(),
        icon: names[0]?.replace("codicon-", "") ?? "",
        spins: icon?.classList.contains("codicon-modifier-spin") ?? false,
        side: item.classList.contains("left") ? "left" : "right",
        kind: item.classList.contains("error-kind")
          ? "error"
          : item.classList.contains("warning-kind")
            ? "warning"
            : "none",
      };
    });
  }

  /** Waits until the line says this (a text or a pattern). */
  async says(wanted, ms = PATIENCE) {
    let seen;
    const matches = (text) =>
      typeof wanted === "string" ? text.includes(wanted) : wanted.test(text);
    await until(
      async () => {
        seen = await this.status();
        return seen !== undefined && matches(seen.text);
      },
      () => `the status bar to say ${wanted}; it says ${JSON.stringify(seen)}`,
      ms,
    );
    return seen;
  }

  async hover() {
    await this.statusItem().hover();
    const hover = this.page.locator(".monaco-hover:visible").last();
    await hover.waitFor();
    return hover;
  }

  async problems() {
    const panel = this.page.locator(".markers-panel-container");
    if (!(await panel.isVisible())) {
      await this.page.keyboard.press("Control+Shift+M");
      await panel.waitFor();
    }
    const rows = await panel.locator(".monaco-list-row").allTextContents();
    return rows.map((row) => row.replace(/\s+/g, " ").trim());
  }

  async closePanel() {
    if (await this.page.locator(".part.panel").isVisible()) {
      await this.page.keyboard.press("Control+J");
    }
  }

  /** A notification on the screen: as it pops up, or in the list of them. */
  notification(words) {
    return this.page.locator(".notification-list-item:visible").filter({ hasText: words }).first();
  }

  /** Shows or hides the list of notifications. */
  async list(shown) {
    const center = this.page.locator(".notifications-center");
    const isThere = async () => (await center.isVisible()) === shown;
    // A notification that pops up just then can undo the click.
    await until(
      async () => {
        if (await isThere()) {
          return true;
        }
        await this.page.locator('.statusbar-item[id="status.notifications"] a').click();
        return until(isThere, "the list", 500).catch(() => false);
      },
      "the list of notifications",
    );
    return center;
  }

  /** The words of all notifications, those that have faded from sight too. */
  async notifications() {
    const center = await this.list(true);
    const words = await center.locator(".notification-list-item-message").allTextContents();
    await this.list(false);
    return words;
  }

  /** Waits for a notification, also one that has faded from sight. */
  async told(words, ms = PATIENCE) {
    const wanted = (each) => (typeof words === "string" ? each.includes(words) : words.test(each));
    const shown = await this.notification(words).waitFor({ timeout: 5_000 }).then(
      () => true,
      () => false,
    );
    let seen = [];
    await until(
      async () => {
        seen = shown ? [] : await this.notifications();
        return shown || seen.some(wanted);
      },
      () => `the notification ${words}; there are ${JSON.stringify(seen)}`,
      ms,
    );
  }

  async clearNotifications() {
    await this.command("Notifications: Clear All Notifications");
  }

  /** Presses a button of a notification, also of one that has faded. */
  async answer(words, button) {
    await this.told(words);
    const item = this.notification(words);
    await until(async () => {
      if (!(await item.isVisible())) {
        await this.list(true);
      }
      try {
        await item.hover({ timeout: 2_000 });
        await item.locator(".monaco-button", { hasText: button }).first().click({ timeout: 2_000 });
        return true;
      } catch {
        return false; // it faded just then
      }
    }, `the button ${button} of ${words}`);
    await this.list(false);
  }

  dialog() {
    return this.page.locator(".monaco-dialog-box");
  }

  async answerDialog(button) {
    await this.dialog().waitFor();
    await this.dialog().locator(".monaco-button", { hasText: button }).first().click();
    await this.dialog().waitFor({ state: "detached" });
  }

  async pick(words) {
    await this.quickRow(words).click();
  }

  /** What a quick pick offers, once it holds these words. */
  async choices(words) {
    await this.quickRow(words).waitFor();
    return this.page.locator(".quick-input-list .monaco-list-row").allTextContents();
  }

  /** Into a question; a file dialog fills in its own first, and follows. */
  async typeInto(text) {
    const input = await this.quickInput();
    await until(async () => {
      await input.fill(text);
      await this.page.waitForTimeout(500);
      return (await input.inputValue()) === text;
    }, `${text} to stay`);
    await until(async () => {
      const before = await input.inputValue().catch(() => undefined);
      if (before === text) {
        await this.page.keyboard.press("Enter");
        await this.page.waitForTimeout(500);
      }
      return !(await input.isVisible()) || (await input.inputValue()) !== text;
    }, `${text} to be taken`);
  }

  /** Drags its edge there. */
  async widenSidebar(x) {
    const box = await this.page.locator(".part.sidebar").boundingBox();
    await this.page.mouse.move(box.x + box.width, 400);
    await this.page.mouse.down();
    await this.page.mouse.move(x, 400, { steps: 5 });
    await this.page.mouse.up();
    await this.page.mouse.move(x + 200, 500); // its edge is not to glow
  }

  async lenses() {
    const texts = await this.page.locator(".monaco-editor .codelens-decoration").allTextContents();
    return texts.map((text) => text.replace(/\s+/g, " ").trim());
  }

  async shoot(file, options = {}) {
    fs.mkdirSync(path.dirname(file), { recursive: true });
    await this.page.screenshot({ path: file, ...options });
  }
}
