// A real VS Code (code-server) in a private place, and a person at it: a real
// Chromium that types, clicks and reads what is on the screen.
import { execFileSync, spawn } from "node:child_process";
import fs from "node:fs";
import net from "node:net";
import path from "node:path";
import assert from "node:assert/strict";
import { chromium } from "playwright-core";

import { until } from "./wait.mjs";

const FOLDER = process.env.HOTBRIDGE_EDITOR;
const VSIX = process.env.HOTBRIDGE_VSIX;
const BROWSERS = ["/usr/bin/chromium", "/usr/bin/google-chrome"];

const SETTINGS = {
  "workbench.startupEditor": "none",
  "workbench.tips.enabled": false,
  "workbench.colorTheme": "Default Dark Modern",
  "workbench.editor.enablePreview": false,
  "telemetry.telemetryLevel": "off",
  "extensions.ignoreRecommendations": true,
  "extensions.autoUpdate": false,
  "files.autoSave": "off",
  "files.simpleDialog.enable": true,
  "editor.minimap.enabled": false,
  "editor.fontSize": 14,
  "editor.quickSuggestions": { other: "off" },
  "editor.autoClosingBrackets": "never",
  "editor.autoClosingQuotes": "never",
  "editor.autoIndent": "none",
  "editor.acceptSuggestionOnEnter": "off",
  "window.menuBarVisibility": "compact",
  "window.commandCenter": false,
  "workbench.layoutControl.enabled": false,
  "security.workspace.trust.banner": "always",
  "security.workspace.trust.startupPrompt": "never",
  "chat.commandCenter.enabled": false,
  // A row that sticks to the top lies over the one that is to be clicked.
  "workbench.tree.enableStickyScroll": false,
};

/** The extension, unpacked by the editor's own installer, once a run. */
function installExtension(home) {
  const folder = path.join(home, "extensions");
  execFileSync(
    process.execPath,
    [entry(), "--install-extension", VSIX, "--extensions-dir", folder, "--user-data-dir", path.join(home, "user")],
    { stdio: "pipe" },
  );
  return folder;
}

function entry() {
  return path.join(FOLDER, "node_modules/code-server/out/node/entry.js");
}

async function freePort() {
  const server = net.createServer();
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

export class Editor {
  /**
   * `home` is the person's home folder; `env` what the editor is started with.
   * Trusted, unless told otherwise.
   */
  static async start({ home, env, settings = {}, trust = true }) {
    const editor = new Editor();
    editor.home = home;
    const user = path.join(home, "user");
    fs.mkdirSync(path.join(user, "User"), { recursive: true });
    fs.writeFileSync(
      path.join(user, "User", "settings.json"),
      JSON.stringify({ ...SETTINGS, ...settings }, null, 2),
    );
    const extensions = installExtension(home);
    const port = await freePort();
    editor.url = `http://127.0.0.1:${port}`;
    editor.log = fs.openSync(path.join(home, "editor.log"), "w");
    editor.process = spawn(
      process.execPath,
      [
        entry(),
        "--auth", "none",
        "--bind-addr", `127.0.0.1:${port}`,
        "--user-data-dir", user,
        "--extensions-dir", extensions,
        "--disable-telemetry",
        "--disable-update-check",
        "--disable-getting-started-override",
        ...(trust ? ["--disable-workspace-trust"] : []),
      ],
      { env, cwd: home, stdio: ["ignore", editor.log, editor.log], detached: true },
    );
    await until(
      async () => (await fetch(`${editor.url}/healthz`).catch(() => undefined))?.ok,
      "the editor's server",
      60_000,
    );
    editor.browser = await chromium.launch({
      executablePath: BROWSERS.find((each) => fs.existsSync(each)),
      args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--lang=en-US"],
    });
    return editor;
  }

  /** Opens a folder, or a workspace file, in a window of its own. */
  async open(what) {
    const context = await this.browser.newContext({
      viewport: { width: 1180, height: 720 },
      permissions: ["clipboard-read", "clipboard-write"],
    });
    const page = await context.newPage();
    const kind = what.endsWith(".code-workspace") ? "workspace" : "folder";
    await page.goto(`${this.url}/?${kind}=${encodeURIComponent(what)}`);
    await page.locator(".monaco-workbench .part.statusbar").waitFor({ timeout: 60_000 });
    await page.locator(".explorer-viewlet, .empty-view").first().waitFor({ timeout: 60_000 });
    return new EditorWindow(page, what);
  }

  async stop() {
    await this.browser?.close();
    if (this.process && this.process.exitCode === null) {
      const gone = new Promise((resolve) => this.process.once("exit", resolve));
      process.kill(-this.process.pid, "SIGTERM");
      const timer = setTimeout(() => process.kill(-this.process.pid, "SIGKILL"), 5_000);
      await gone;
      clearTimeout(timer);
    }
    fs.closeSync(this.log);
  }
}

/** One window; every method is something that a person does or sees. */
export class EditorWindow {
  constructor(page, folder) {
    this.page = page;
    this.folder = folder;
  }

  async close() {
    await this.page.context().close();
  }

  /** As a test finds it: no dialogs, no notifications, no open files. */
  async reset() {
    await this.page.keyboard.press("Escape");
    await this.closePanel();
    await this.command("View: Close All Editors");
    await this.clearNotifications();
  }

  async press(keys) {
    await this.page.keyboard.press(keys);
  }

  /** By the palette, as its words are there. */
  async command(words) {
    await this.page.keyboard.press("F1");
    const input = this.page.locator(".quick-input-widget input.input");
    await input.waitFor();
    await input.fill(`>${words}`);
    const row = this.page
      .locator(".quick-input-list .monaco-list-row")
      .filter({ hasText: words })
      .first();
    await row.waitFor();
    await row.click();
  }

  /** Whether the palette offers a command. */
  async offers(words) {
    await this.page.keyboard.press("F1");
    const input = this.page.locator(".quick-input-widget input.input");
    await input.waitFor();
    await input.fill(`>${words}`);
    const rows = this.page.locator(".quick-input-list .monaco-list-row");
    await rows.first().waitFor();
    const found = await rows.filter({ hasText: words }).count();
    await this.page.keyboard.press("Escape");
    return found > 0;
  }

  async openFile(name) {
    await this.page.keyboard.press("Control+P");
    const input = this.page.locator(".quick-input-widget input.input");
    await input.waitFor();
    await input.fill(name);
    await this.page.locator(".quick-input-list .monaco-list-row").filter({ hasText: name }).first().click();
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

  async edit(name, text) {
    await this.openFile(name);
    await this.replaceAll(text);
    await this.save();
  }

  statusItem() {
    return this.page.locator('.statusbar-item[id*="hotbridge.status"]');
  }

  /** { text, icon, kind } of our item; undefined where there is none. */
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
        kind: item.classList.contains("error-kind")
          ? "error"
          : item.classList.contains("warning-kind")
            ? "warning"
            : "none",
      };
    });
  }

  /** Waits until the line says this (a text or a pattern). */
  async says(wanted, ms = 20_000) {
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
  async told(words, ms = 30_000) {
    const wanted = (each) => (typeof words === "string" ? each.includes(words) : words.test(each));
    const item = this.notification(words);
    const shown = await item.waitFor({ timeout: Math.min(ms, 5_000) }).then(
      () => true,
      () => false,
    );
    await until(
      async () => shown || (await this.notifications()).some(wanted),
      () => `the notification ${words}`,
      ms,
    );
  }

  async clearNotifications() {
    await this.command("Notifications: Clear All Notifications");
  }

  /** Presses a button of a notification. */
  async answer(words, button) {
    await this.told(words);
    if (!(await this.notification(words).isVisible())) {
      await this.list(true);
    }
    const item = this.notification(words);
    await item.hover();
    await item.locator(".monaco-button", { hasText: button }).first().click();
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
    const row = this.page.locator(".quick-input-list .monaco-list-row").filter({ hasText: words }).first();
    await row.waitFor({ timeout: 30_000 });
    await row.click();
  }

  async typeInto(text) {
    const input = this.page.locator(".quick-input-widget input.input");
    await input.waitFor();
    await this.page.waitForTimeout(500); // a file dialog fills in its own first
    await input.fill(text);
    await this.page.waitForTimeout(500); // and follows what is typed
    assert.equal(await input.inputValue(), text);
    await this.page.keyboard.press("Enter");
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
