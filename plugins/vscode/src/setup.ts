/** The way from nothing to the first deploy. */
import * as fs from "node:fs/promises";
import * as os from "node:os";
import * as path from "node:path";
import * as vscode from "vscode";

import { showTrouble } from "./bridge";
import type { BridgeClient } from "./core/bridge-client";
import { expandHome, findBinary, runBinary } from "./core/find-bridge";
import { EXAMPLE, EXAMPLE_BROKEN } from "./example";
import * as settings from "./settings";

const { t } = vscode.l10n;

const NAME = /^(?!.*\.\.)(?!.*\.lock$)(?!.*\.$)[a-z0-9][a-z0-9._-]{0,62}$/;
/** Folders below a likely place that are looked into, and how deep. */
const LOOKED_AT = 400;
const DEPTH = 3;
const DOCTOR_MS = 60_000;

/** Runs `hotbridge` and gives its words; says what is wrong where it cannot. */
export async function run(args: readonly string[], timeout?: number): Promise<string | undefined> {
  try {
    return await runBinary(await findBinary(settings.binaryPath()), args, timeout);
  } catch (error) {
    await showTrouble(error as Error);
    return undefined;
  }
}

export async function addTarget(client: BridgeClient): Promise<void> {
  try {
    await findBinary(settings.binaryPath());
  } catch (error) {
    await showTrouble(error as Error);
    return;
  }
  const folder = await pickFolder();
  const name = folder && (await askName(client, folder));
  if (!folder || !name) {
    return;
  }
  const added = await vscode.window.withProgress(
    { location: vscode.ProgressLocation.Notification, title: t("Adding {0}…", name) },
    () => run(["target", "add", name, folder]),
  );
  if (added === undefined) {
    return;
  }
  await client.connect(true).catch(() => undefined);
  await vscode.commands.executeCommand("setContext", "hotbridge.added", true);
  void vscode.window.showInformationMessage(
    t("{0} is there: save a module with the line \"# zato: ide-deploy=True\" to deploy it.", name),
  );
}

async function pickFolder(): Promise<string | undefined> {
  const browse = { label: `$(folder-opened) ${t("Another folder…")}`, folder: "" };
  const found = environments().then((folders) => [
    ...folders.map((folder) => ({
      label: `$(server-environment) ${shorten(folder)}`,
      description: t("Zato servers"),
      folder,
    })),
    browse,
  ]);
  const picked = await vscode.window.showQuickPick<{ label: string; folder: string }>(found, {
    title: t("Deploy to which Zato environment?"),
    placeHolder: t("A server's folder, or a folder of servers"),
  });
  if (!picked || picked.folder !== "") {
    return picked?.folder;
  }
  const opened = await vscode.window.showOpenDialog({
    canSelectFiles: false,
    canSelectFolders: true,
    openLabel: t("Deploy to These Servers"),
    defaultUri: vscode.Uri.file(os.homedir()),
  });
  return opened?.[0]?.fsPath;
}

async function askName(client: BridgeClient, folder: string): Promise<string | undefined> {
  const taken = new Set(client.targets.targets.map((target) => target.name));
  const suggestion = taken.has("dev") ? path.basename(folder).toLowerCase() : "dev";
  return vscode.window.showInputBox({
    title: t("What is this environment called?"),
    value: NAME.test(suggestion) ? suggestion : "",
    prompt: t("A short name, such as dev, test or prod"),
    validateInput: (value) => {
      if (!NAME.test(value)) {
        return t("Lower-case letters, digits, dots, dashes; it begins with a letter or digit.");
      }
      return taken.has(value) ? t("There is a target {0} already.", value) : undefined;
    },
  });
}

/** Folders that hold servers, where Zato's environments usually are. */
async function environments(): Promise<string[]> {
  const places = [
    ...(vscode.workspace.workspaceFolders ?? []).map((folder) => folder.uri.fsPath),
    expandHome("~/zato"),
    expandHome("~/env"),
    expandHome("~/environments"),
    "/opt/zato/env",
    "/opt/hot-deploy",
  ];
  const found = new Set<string>();
  let looked = 0;
  const look = async (folder: string, depth: number): Promise<void> => {
    if (looked++ > LOOKED_AT) {
      return;
    }
    if (await isServer(folder)) {
      found.add(path.dirname(folder));
      return;
    }
    if (depth === 0) {
      return;
    }
    const entries = await fs.readdir(folder, { withFileTypes: true }).catch(() => []);
    for (const entry of entries) {
      if (entry.isDirectory() && !entry.name.startsWith(".") && entry.name !== "node_modules") {
        await look(path.join(folder, entry.name), depth - 1);
      }
    }
  };
  for (const place of places) {
    await look(place, DEPTH);
  }
  return [...found];
}

async function isServer(folder: string): Promise<boolean> {
  return fs.access(path.join(folder, "config", "repo", "server.conf")).then(
    () => true,
    () => false,
  );
}

function shorten(folder: string): string {
  const home = os.homedir();
  return folder.startsWith(`${home}/`) ? `~${folder.slice(home.length)}` : folder;
}

/** The bridge's own look at everything, in the log. */
export async function doctor(log: vscode.LogOutputChannel): Promise<void> {
  try {
    const binary = await findBinary(settings.binaryPath());
    log.show(true);
    log.info("hotbridge doctor");
    const words = await runBinary(binary, ["doctor"], DOCTOR_MS).catch((error: Error) => {
      if (error.name === "MissingBinaryError") {
        throw error;
      }
      return error.message; // it says what is wrong, and exits with 1
    });
    for (const line of words.trimEnd().split("\n")) {
      log.info(line);
    }
  } catch (error) {
    await showTrouble(error as Error);
  }
}

export async function openPage(): Promise<void> {
  await run(["open"]);
}

/** Whether this bridge has a page to open: its help lists the command. */
export async function hasPage(): Promise<boolean> {
  try {
    const help = await runBinary(await findBinary(settings.binaryPath()), ["--help"], 5_000);
    return /^\s*(?:hotbridge\s+)?open\b/m.test(help);
  } catch {
    return false;
  }
}

/** Writes an example into the folder, unless it is there, and shows it. */
export async function openExample(broken: boolean): Promise<void> {
  const folder = vscode.workspace.workspaceFolders?.[0];
  if (!folder) {
    void vscode.window.showInformationMessage(t("Open a folder first: the example is put into it."));
    return;
  }
  const uri = vscode.Uri.joinPath(folder.uri, "hotbridge_example.py");
  if (broken) {
    const edit = new vscode.WorkspaceEdit();
    edit.createFile(uri, { ignoreIfExists: true });
    await vscode.workspace.applyEdit(edit);
    const document = await vscode.workspace.openTextDocument(uri);
    const whole = new vscode.WorkspaceEdit();
    const end = document.lineAt(document.lineCount - 1).range.end;
    whole.replace(uri, new vscode.Range(new vscode.Position(0, 0), end), EXAMPLE_BROKEN);
    await vscode.workspace.applyEdit(whole);
  } else {
    const there = await fs.access(uri.fsPath).then(
      () => true,
      () => false,
    );
    if (!there) {
      await vscode.workspace.fs.writeFile(uri, Buffer.from(EXAMPLE, "utf8"));
    }
  }
  await vscode.window.showTextDocument(uri, { preview: false });
}
