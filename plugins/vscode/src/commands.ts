/** The commands, each a line or two; what they do is in the parts. */
import * as vscode from "vscode";

import { showTrouble } from "./bridge";
import type { BridgeClient } from "./core/bridge-client";
import type { DeployState } from "./core/deploy-state";
import { RequestError } from "./core/protocol";
import { isModule, type Deployer } from "./deployer";
import { frontFile } from "./front";
import { registerHistoryCommands } from "./history-commands";
import type { HistoryView } from "./history-view";
import { addTarget, doctor, openExample, openPage } from "./setup";
import { chooseFolderTarget, targetOf } from "./targets";

const { t } = vscode.l10n;

export interface Parts {
  client: BridgeClient;
  deployer: Deployer;
  state: DeployState;
  log: vscode.LogOutputChannel;
  history: HistoryView;
}

export function registerCommands(parts: Parts): vscode.Disposable {
  const { client, deployer, log } = parts;
  const disposables: vscode.Disposable[] = [];
  const register = (name: string, handler: (...args: never[]) => unknown): void => {
    disposables.push(
      vscode.commands.registerCommand(name, (...args: unknown[]) =>
        trusted(log, () => (handler as (...args: unknown[]) => unknown)(...args)),
      ),
    );
  };

  register("hotbridge.deploy", (what?: unknown) => withFile(what, (uri) => deployer.deploy(uri)));
  register("hotbridge.deployTo", (what?: unknown) =>
    withFile(what, (uri) => deployer.deployTo(uri)),
  );
  register("hotbridge.chooseTarget", () => chooseFolderTarget(client));
  register("hotbridge.addTarget", () => addTarget(client));
  register("hotbridge.cancel", (id?: unknown) =>
    cancel(parts, typeof id === "string" ? id : undefined),
  );
  register("hotbridge.showHistory", (target?: unknown, module?: unknown) =>
    showHistory(parts, target, module),
  );
  register("hotbridge.start", () => client.connect(true));
  register("hotbridge.doctor", () => doctor(log));
  register("hotbridge.openPage", () => openPage());
  register("hotbridge.showLog", () => log.show());
  register("hotbridge.openExample", () => openExample(false));
  register("hotbridge.breakExample", () => openExample(true));
  register("hotbridge.installHelp", () =>
    vscode.commands.executeCommand(
      "workbench.action.openWalkthrough",
      { category: "hotbridge.hotbridge#start", step: "hotbridge.hotbridge#start#install" },
      false,
    ),
  );
  register("hotbridge.menu", () => menu(parts));
  registerHistoryCommands(parts.history, deployer, register);
  return vscode.Disposable.from(...disposables);
}

/** In Restricted Mode a command does nothing but say so. */
async function trusted(log: vscode.LogOutputChannel, work: () => unknown): Promise<void> {
  if (!vscode.workspace.isTrusted) {
    const manage = t("Manage Trust");
    const answer = await vscode.window.showInformationMessage(
      t("In Restricted Mode nothing is started and nothing is deployed."),
      manage,
    );
    if (answer === manage) {
      await vscode.commands.executeCommand("workbench.trust.manage");
    }
    return;
  }
  try {
    await work();
  } catch (error) {
    log.error(error as Error);
    if (error instanceof RequestError) {
      void vscode.window.showErrorMessage(t("Hotbridge: {0}", error.message));
    } else {
      await showTrouble(error as Error);
    }
  }
}

/** A command gets its file from a menu, a link, or the active editor. */
async function withFile(what: unknown, work: (uri: vscode.Uri) => Promise<void>): Promise<void> {
  const uri =
    what instanceof vscode.Uri
      ? what
      : typeof what === "string"
        ? vscode.Uri.parse(what, true)
        : frontFile();
  if (!uri) {
    void vscode.window.showInformationMessage(t("Open a Python module first."));
    return;
  }
  await work(uri);
}

async function cancel({ client, state }: Parts, id?: string): Promise<void> {
  const waiting = state.underWay().filter((deploy) => deploy.id !== undefined);
  let chosen = id ?? (waiting.length === 1 ? waiting[0]?.id : undefined);
  if (chosen === undefined && waiting.length > 1) {
    const items = waiting.map((deploy) => ({
      label: `${deploy.module} → ${deploy.target}`,
      description: deploy.state,
      id: deploy.id,
    }));
    chosen = (await vscode.window.showQuickPick(items, { title: t("Cancel which deploy?") }))?.id;
  }
  if (chosen === undefined) {
    return;
  }
  try {
    const deploy = await client.cancel(chosen);
    if (deploy && deploy.outcome !== "cancelled") {
      void vscode.window.showInformationMessage(
        t("There is nothing to cancel: {0} is {1} already.", deploy.module, deploy.outcome ?? deploy.state),
      );
    }
  } catch (error) {
    if (!(error instanceof RequestError)) {
      throw error;
    }
    void vscode.window.showInformationMessage(
      error.reason === "too-late"
        ? t("It is too late to cancel: the servers have the file. Restore an older version instead.")
        : error.message,
    );
  }
}

async function showHistory(parts: Parts, target: unknown, module: unknown): Promise<void> {
  const view = parts.history;
  const file = frontFile();
  const name =
    typeof target === "string" ? target : file && targetOf(parts.client, file);
  if (name === undefined) {
    await vscode.commands.executeCommand("hotbridge.history.focus");
    return;
  }
  const base = file && isModule(file) ? file.path.split("/").pop() : undefined;
  await view.reveal(name, typeof module === "string" ? module : base);
}

/** What a click on the status bar offers. */
async function menu({ client, state }: Parts): Promise<void> {
  const file = frontFile();
  const here = file && isModule(file) ? file.path.split("/").pop() : undefined;
  const item = (icon: string, label: string, command: string, shown: boolean) =>
    shown ? [{ label: `$(${icon}) ${label}`, command }] : [];
  const ready = client.state === "ready";
  const items = [
    ...item("circle-slash", t("Cancel the deploy under way"), "hotbridge.cancel", state.isBusy()),
    ...item("rocket", t("Deploy {0}", here ?? ""), "hotbridge.deploy", here !== undefined),
    ...item("target", t("Deploy {0} to…", here ?? ""), "hotbridge.deployTo", here !== undefined),
    ...item("history", t("Show the history"), "hotbridge.showHistory", ready),
    ...item("warning", t("Show the problems"), "workbench.actions.view.problems", true),
    ...item("server", t("Choose the target of this folder"), "hotbridge.chooseTarget", ready),
    ...item("add", t("Add a target"), "hotbridge.addTarget", true),
    ...item("debug-start", t("Start the bridge"), "hotbridge.start", !ready),
    ...item("pulse", t("Run doctor"), "hotbridge.doctor", true),
    ...item("output", t("Show the log"), "hotbridge.showLog", true),
  ];
  const picked = await vscode.window.showQuickPick(items, { title: "Hotbridge" });
  if (picked) {
    await vscode.commands.executeCommand(picked.command);
  }
}
