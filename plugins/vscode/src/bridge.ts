/** The client of this window, and the one message for each kind of trouble. */
import * as vscode from "vscode";

import { BridgeClient } from "./core/bridge-client";
import { ConnectError } from "./core/connection";
import {
  CommandError,
  configFile,
  findBridge,
  InsecureError,
  MissingBinaryError,
  startBridge,
} from "./core/find-bridge";
import * as settings from "./settings";

const { t } = vscode.l10n;

export function createClient(version: string, log: vscode.LogOutputChannel): BridgeClient {
  return new BridgeClient({
    name: { name: "vscode-hotbridge", version },
    find: () => findBridge(),
    start: () => {
      if (!settings.startsBridge()) {
        return Promise.reject(
          new CommandError(
            t("The bridge is not running, and the setting hotbridge.startBridge is off. Run: hotbridge start"),
            undefined,
          ),
        );
      }
      return startBridge(settings.binaryPath());
    },
    log: (words) => log.info(words),
  });
}

/** Whether the user has set hotbridge up: then it may be started unasked. */
export async function isConfigured(): Promise<boolean> {
  try {
    const stat = await vscode.workspace.fs.stat(vscode.Uri.file(configFile(process.env)));
    return stat.size > 0;
  } catch {
    return false;
  }
}

export function isConnectionTrouble(error: Error): boolean {
  return (
    error instanceof ConnectError ||
    error instanceof MissingBinaryError ||
    error instanceof InsecureError ||
    error instanceof CommandError
  );
}

/** Says what is wrong with the bridge; equal words replace those still shown. */
export async function showTrouble(error: Error): Promise<void> {
  if (error instanceof MissingBinaryError) {
    const install = t("How to Install");
    const path = t("Set Its Path");
    const choice = await vscode.window.showErrorMessage(
      t("Hotbridge cannot deploy: {0}.", error.message),
      install,
      path,
    );
    if (choice === install) {
      await vscode.commands.executeCommand("hotbridge.installHelp");
    } else if (choice === path) {
      await vscode.commands.executeCommand("workbench.action.openSettings", "hotbridge.path");
    }
    return;
  }
  const showLog = t("Show Log");
  const doctor = t("Run Doctor");
  const actions = error instanceof ConnectError && error.failure !== "protocol" ? [doctor] : [];
  const choice = await vscode.window.showErrorMessage(words(error), showLog, ...actions);
  if (choice === showLog) {
    await vscode.commands.executeCommand("hotbridge.showLog");
  } else if (choice === doctor) {
    await vscode.commands.executeCommand("hotbridge.doctor");
  }
}

function words(error: Error): string {
  if (error instanceof ConnectError && error.failure === "protocol") {
    return t("Hotbridge: {0}. Update the older of the two.", error.message);
  }
  if (error instanceof ConnectError) {
    return t("Hotbridge cannot speak with the bridge: {0}. It goes on trying.", error.message);
  }
  return t("Hotbridge: {0}", error.message);
}
