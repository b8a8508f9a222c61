// A real VS Code (code-server) in a private place, and a person at it: a real
// Chromium that types, clicks and reads what is on the screen.
import { spawn } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { chromium } from "playwright-core";

import { PATIENCE, until } from "./wait.mjs";
import { EditorWindow } from "./window.mjs";

const FOLDER = process.env.HOTBRIDGE_EDITOR;
/** Where `run` had the editor's own installer unpack the .vsix. */
export const EXTENSIONS = process.env.HOTBRIDGE_EXTENSIONS;
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

function entry() {
  return path.join(FOLDER, "node_modules/code-server/out/node/entry.js");
}

export class Editor {
  /**
   * `home` is the person's home folder; `env` what the editor is started with.
   * Trusted, unless told otherwise.
   */
  static async start({ home, env, settings = {}, trust = true }) {
    const editor = new Editor();
    try {
      await editor.begin(home, env, { ...SETTINGS, ...settings }, trust);
      return editor;
    } catch (error) {
      await editor.stop();
      throw error;
    }
  }

  async begin(home, env, settings, trust) {
    const user = path.join(home, "user");
    fs.mkdirSync(path.join(user, "User"), { recursive: true });
    fs.writeFileSync(
      path.join(user, "User", "settings.json"),
      JSON.stringify(settings, null, 2),
    );
    const log = path.join(home, "editor.log");
    this.log = fs.openSync(log, "w");
    this.process = spawn(
      process.execPath,
      [
        entry(),
        "--auth", "none",
        "--bind-addr", "127.0.0.1:0",
        "--user-data-dir", user,
        "--extensions-dir", EXTENSIONS,
        "--disable-telemetry",
        "--disable-update-check",
        "--disable-getting-started-override",
        ...(trust ? ["--disable-workspace-trust"] : []),
      ],
      { env, cwd: home, stdio: ["ignore", this.log, this.log], detached: true },
    );
    this.url = await until(
      () => {
        const words = fs.readFileSync(log, "utf8");
        if (this.process.exitCode !== null) {
          throw new Error(`the editor ended at once:\n${words}`);
        }
        return /server listening on (http:\/\/127\.0\.0\.1:\d+)/.exec(words)?.[1];
      },
      () => `the editor's server:\n${fs.readFileSync(log, "utf8")}`,
    );
    this.browser = await chromium.launch({
      executablePath: BROWSERS.find((each) => fs.existsSync(each)),
      timeout: PATIENCE,
      args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--lang=en-US"],
    });
  }

  /** Opens a folder, or a workspace file, in a window of its own. */
  async open(what) {
    const context = await this.browser.newContext({
      viewport: { width: 1180, height: 720 },
      permissions: ["clipboard-read", "clipboard-write"],
    });
    const page = await context.newPage();
    page.setDefaultTimeout(PATIENCE);
    const kind = what.endsWith(".code-workspace") ? "workspace" : "folder";
    const begun = performance.now();
    await until(async () => {
      await page.goto(`${this.url}/?${kind}=${encodeURIComponent(what)}`);
      await page.locator(".monaco-workbench .part.statusbar").waitFor();
      await page.locator(".explorer-viewlet").waitFor();
      // On a busy machine a window may come up without what it was to open.
      return page.locator(".explorer-folders-view .explorer-item").first().waitFor({ timeout: 30_000 })
        .then(() => true, () => false);
    }, `a window with ${what}`);
    return new EditorWindow(page, what, performance.now() - begun);
  }

  async stop() {
    await this.browser?.close();
    if (this.process && this.process.exitCode === null) {
      const gone = new Promise((resolve) => {
        this.process.once("exit", resolve);
      });
      process.kill(-this.process.pid, "SIGTERM");
      const timer = setTimeout(() => process.kill(-this.process.pid, "SIGKILL"), 5_000);
      await gone;
      clearTimeout(timer);
    }
    if (this.log !== undefined) {
      fs.closeSync(this.log);
    }
  }
}

