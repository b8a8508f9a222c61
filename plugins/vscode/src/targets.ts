/** Which target a file goes to, and how one is chosen. */
import * as vscode from "vscode";

import type { BridgeClient } from "./core/bridge-client";
import { readTargets, type Target } from "./core/protocol";
import { runningServers } from "./core/words";
import { frontFile } from "./front";
import * as settings from "./settings";

const { t } = vscode.l10n;

/** The name of the target that a file goes to, as far as it is known. */
export function targetOf(client: BridgeClient, file: vscode.Uri): string | undefined {
  return settings.folderTarget(file) ?? client.targets.defaultTarget;
}

export function knownTarget(client: BridgeClient, name: string | undefined): Target | undefined {
  return client.targets.targets.find((target) => target.name === name);
}

export async function pickTarget(
  client: BridgeClient,
  title: string,
  current?: string,
): Promise<string | undefined> {
  const { targets } = readTargets(await client.request("targets/list", undefined, true));
  if (targets.length === 0) {
    const add = t("Add a Target");
    const choice = await vscode.window.showInformationMessage(
      t("Hotbridge has no target yet: add the Zato server, or the folder of servers, to deploy to."),
      add,
    );
    if (choice === add) {
      await vscode.commands.executeCommand("hotbridge.addTarget");
    }
    return undefined;
  }
  const items = targets.map((target) => ({
    label: target.name,
    description: describe(target, current),
    detail: [...target.problems, ...target.servers.flatMap((server) => server.problems)][0] ?? "",
    iconPath: new vscode.ThemeIcon(target.guard === "none" ? "server" : "shield"),
  }));
  const picked = await vscode.window.showQuickPick(items, { title, matchOnDescription: true });
  return picked?.label;
}

function describe(target: Target, current: string | undefined): string {
  const parts = [runningServers(target), t("on save: {0}", target.onSave)];
  if (target.guard === "confirm") {
    parts.push(t("asks before each deploy"));
  } else if (target.guard === "manual") {
    parts.push(t("never on save"));
  }
  if (target.name === current) {
    parts.push(t("this folder's"));
  } else if (target.default) {
    parts.push(t("default"));
  }
  return parts.join(" · ");
}

/** Asks for a folder where there are several, then for its target. */
export async function chooseFolderTarget(client: BridgeClient): Promise<void> {
  const active = frontFile();
  const folders = vscode.workspace.workspaceFolders ?? [];
  const folder =
    (active && vscode.workspace.getWorkspaceFolder(active)) ??
    (folders.length > 1 ? await vscode.window.showWorkspaceFolderPick() : folders[0]);
  if (!folder) {
    void vscode.window.showInformationMessage(
      t("Open a folder first: the target is chosen for a folder."),
    );
    return;
  }
  const current = targetOf(client, folder.uri);
  const name = await pickTarget(client, t("Where do saves in {0} go?", folder.name), current);
  if (name !== undefined) {
    await settings.setFolderTarget(folder, name);
  }
}
