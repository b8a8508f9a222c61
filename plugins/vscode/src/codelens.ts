/** Over each service: is this what the servers run, and the way to make it so. */
import * as path from "node:path";
import * as vscode from "vscode";

import type { BridgeClient } from "./core/bridge-client";
import { liveWords, type LiveWords } from "./core/live";
import { blobIds } from "./core/module-file";
import { findServices } from "./core/services";
import { isModule } from "./deployer";
import type { LiveCache } from "./live-cache";
import * as settings from "./settings";
import { knownTarget, targetOf } from "./targets";

const { t } = vscode.l10n;

export class ServiceLenses implements vscode.CodeLensProvider, vscode.Disposable {
  private readonly changes = new vscode.EventEmitter<void>();
  readonly onDidChangeCodeLenses = this.changes.event;
  private readonly disposables: vscode.Disposable[];

  constructor(
    private readonly client: BridgeClient,
    private readonly live: LiveCache,
  ) {
    this.disposables = [
      this.changes,
      live.changed.event(() => this.changes.fire()),
      settings.onChange(["codeLens", "target"], () => this.changes.fire()),
      vscode.languages.registerCodeLensProvider({ language: "python", scheme: "file" }, this),
    ];
  }

  async provideCodeLenses(document: vscode.TextDocument): Promise<vscode.CodeLens[]> {
    const { uri } = document;
    const target = targetOf(this.client, uri);
    if (!isModule(uri) || !settings.showsCodeLens(uri) || target === undefined) {
      return [];
    }
    const text = document.getText();
    const services = findServices(text);
    if (services.length === 0 || this.client.state !== "ready") {
      return [];
    }
    const module = path.basename(uri.fsPath);
    const live = await this.live.of(target, module);
    if (live === undefined) {
      return [];
    }
    const words = liveWords(
      live,
      blobIds(text),
      target,
      knownTarget(this.client, target)?.servers.length ?? 0,
    );
    return services.flatMap((service) => {
      const range = document.lineAt(service.line).range;
      return commands(words, uri, target, module).map(
        (command) => new vscode.CodeLens(range, command),
      );
    });
  }

  dispose(): void {
    for (const disposable of this.disposables) {
      disposable.dispose();
    }
  }
}

function commands(
  words: LiveWords,
  uri: vscode.Uri,
  target: string,
  module: string,
): vscode.Command[] {
  const first: vscode.Command =
    words.kind === "edited"
      ? {
          title: words.text,
          tooltip: t("Show the difference with what is live on {0}", target),
          command: "hotbridge.diffLive",
          arguments: [uri],
        }
      : {
          title: words.text,
          tooltip: t("Show what {0} was given", target),
          command: "hotbridge.showHistory",
          arguments: [target, module],
        };
  return [
    first,
    { title: t("Deploy"), command: "hotbridge.deploy", arguments: [uri] },
    { title: t("History"), command: "hotbridge.showHistory", arguments: [target, module] },
  ];
}
