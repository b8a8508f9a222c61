/** What the user has set. Read at each use, so that a change needs no restart. */
import * as vscode from "vscode";

const SECTION = "hotbridge";

function read<T>(name: string, fallback: T, scope?: vscode.Uri): T {
  return vscode.workspace.getConfiguration(SECTION, scope ?? null).get<T>(name) ?? fallback;
}

/** Machine scope: a workspace cannot set it, VS Code sees to that. */
export function binaryPath(): string {
  return read("path", "").trim();
}

export function startsBridge(): boolean {
  return read("startBridge", true);
}

/** The target of the folder that holds the file; undefined: the default one. */
export function folderTarget(file: vscode.Uri): string | undefined {
  return read("target", "", file).trim() || undefined;
}

export function showsCodeLens(file: vscode.Uri): boolean {
  return read("codeLens", true, file);
}

export function showsQuickDiff(file: vscode.Uri): boolean {
  return read("quickDiff", true, file);
}

export function notifies(): "all" | "failures" | "none" {
  return read<"all" | "failures" | "none">("notifications", "all");
}

export function onChange(
  names: readonly string[],
  listener: () => void,
): vscode.Disposable {
  return vscode.workspace.onDidChangeConfiguration((event) => {
    if (names.some((name) => event.affectsConfiguration(`${SECTION}.${name}`))) {
      listener();
    }
  });
}

export async function setFolderTarget(folder: vscode.WorkspaceFolder, target: string): Promise<void> {
  const several = (vscode.workspace.workspaceFolders?.length ?? 0) > 1;
  await vscode.workspace
    .getConfiguration(SECTION, folder.uri)
    .update(
      "target",
      target,
      several ? vscode.ConfigurationTarget.WorkspaceFolder : vscode.ConfigurationTarget.Workspace,
    );
}
