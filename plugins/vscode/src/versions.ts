/** Versions of modules as read-only documents, and VS Code's own diff of them. */
import * as vscode from "vscode";

import type { BridgeClient } from "./core/bridge-client";
import { readSource } from "./core/protocol";
import { shortCommit } from "./core/words";

const { t } = vscode.l10n;

export const VERSION_SCHEME = "hotbridge";

export interface Version {
  target: string;
  module: string;
  commit: string;
}

export function versionUri({ target, module, commit }: Version): vscode.Uri {
  return vscode.Uri.from({
    scheme: VERSION_SCHEME,
    path: `/${target}/${module.replace(/(\.py)?$/, ` (${shortCommit(commit)})$1`)}`,
    query: JSON.stringify({ target, module, commit }),
  });
}

export class VersionDocuments implements vscode.TextDocumentContentProvider {
  constructor(private readonly client: BridgeClient) {}

  async provideTextDocumentContent(uri: vscode.Uri): Promise<string> {
    const { target, module, commit } = JSON.parse(uri.query) as Version;
    const answer = await this.client.request(
      "history/source",
      { target, module, commit },
      true,
    );
    return readSource(answer).source;
  }
}

export async function showVersion(version: Version): Promise<void> {
  await vscode.window.showTextDocument(versionUri(version), { preview: true });
}

export async function diffWithFile(
  version: Version,
  file: vscode.Uri,
  what = `${shortCommit(version.commit)} ${t("on {0}", version.target)}`,
): Promise<void> {
  const title = `${version.module} (${what}) ↔ ${t("your file")}`;
  await vscode.commands.executeCommand("vscode.diff", versionUri(version), file, title);
}

export async function diffVersions(from: Version, to: Version): Promise<void> {
  const title = `${from.module} (${shortCommit(from.commit)} ↔ ${shortCommit(to.commit)})`;
  await vscode.commands.executeCommand("vscode.diff", versionUri(from), versionUri(to), title);
}
