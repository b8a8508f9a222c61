/**
 * Marks in the margin for what was changed since the deployed version. VS Code
 * takes an original only from a source control, so each folder with a module
 * that is live gets one, without an input box.
 */
import * as path from "node:path";
import * as vscode from "vscode";

import type { BridgeClient } from "./core/bridge-client";
import { readSource, type Live } from "./core/protocol";
import { isModule } from "./deployer";
import type { LiveCache } from "./live-cache";
import * as settings from "./settings";
import { targetOf } from "./targets";

export const LIVE_SCHEME = "hotbridge-live";

interface LiveQuery {
  target: string;
  module: string;
}

export class QuickDiff implements vscode.Disposable, vscode.TextDocumentContentProvider {
  private readonly changes = new vscode.EventEmitter<vscode.Uri>();
  readonly onDidChange = this.changes.event;
  private readonly controls = new Map<string, vscode.SourceControl>();
  /** Files that had nothing live when VS Code asked: it does not ask again. */
  private readonly unanswered = new Set<string>();
  /** Originals that were asked for. */
  private readonly given = new Set<string>();
  private readonly disposables: vscode.Disposable[];
  private disposed = false;

  constructor(
    private readonly client: BridgeClient,
    private readonly live: LiveCache,
  ) {
    this.disposables = [
      this.changes,
      vscode.workspace.registerTextDocumentContentProvider(LIVE_SCHEME, this),
      live.changed.event(() => void this.refresh()),
      settings.onChange(["quickDiff", "target"], () => this.reset()),
      vscode.window.onDidChangeVisibleTextEditors(() => void this.refresh()),
    ];
  }

  async provideTextDocumentContent(uri: vscode.Uri): Promise<string> {
    const { target, module } = JSON.parse(uri.query) as LiveQuery;
    const newest = newestOf((await this.live.of(target, module)) ?? []);
    if (!newest) {
      return "";
    }
    const answer = await this.client.request("history/source", {
      target,
      module,
      commit: newest.commit,
    });
    return readSource(answer).source.replace(/^\uFEFF/, "");
  }

  /** The version that is live, for a file; undefined where there is none. */
  async original(file: vscode.Uri): Promise<vscode.Uri | undefined> {
    const target = targetOf(this.client, file);
    if (!isModule(file) || target === undefined) {
      return undefined;
    }
    const module = path.basename(file.fsPath);
    if (!(await this.live.of(target, module))?.length) {
      return undefined;
    }
    return vscode.Uri.from({
      scheme: LIVE_SCHEME,
      path: `/${target}/${module}`,
      query: JSON.stringify({ target, module } satisfies LiveQuery),
    });
  }

  dispose(): void {
    this.disposed = true;
    this.clear();
    for (const disposable of this.disposables) {
      disposable.dispose();
    }
  }

  private async refresh(): Promise<void> {
    for (const each of this.given) {
      this.changes.fire(vscode.Uri.parse(each, true));
    }
    for (const editor of vscode.window.visibleTextEditors) {
      const { uri } = editor.document;
      const folder = vscode.workspace.getWorkspaceFolder(uri);
      if (!folder || !settings.showsQuickDiff(uri) || !(await this.original(uri))) {
        continue;
      }
      if (this.disposed) {
        return;
      }
      const key = folder.uri.toString();
      if (this.unanswered.delete(uri.toString())) {
        this.controls.get(key)?.dispose();
        this.controls.delete(key);
      }
      if (!this.controls.has(key)) {
        this.controls.set(key, this.control(folder));
      }
    }
  }

  private control(folder: vscode.WorkspaceFolder): vscode.SourceControl {
    const control = vscode.scm.createSourceControl("hotbridge", "Hotbridge", folder.uri);
    control.inputBox.visible = false;
    control.quickDiffProvider = {
      provideOriginalResource: async (uri) => {
        if (!settings.showsQuickDiff(uri)) {
          return undefined;
        }
        const original = await this.original(uri);
        if (original) {
          this.given.add(original.toString());
        } else if (isModule(uri)) {
          this.unanswered.add(uri.toString());
        }
        return original;
      },
    };
    return control;
  }

  private reset(): void {
    this.clear();
    void this.refresh();
  }

  private clear(): void {
    for (const control of this.controls.values()) {
      control.dispose();
    }
    this.controls.clear();
    this.unanswered.clear();
    this.given.clear();
  }
}

function newestOf(live: readonly Live[]): Live | undefined {
  return [...live].sort((a, b) => Date.parse(b.time) - Date.parse(a.time))[0];
}
