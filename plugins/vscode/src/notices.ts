/**
 * Failure and recovery, told once and with something to do about it; and the
 * question of a conflict. Success says nothing here.
 */
import * as vscode from "vscode";

import type { Notice } from "./core/deploy-state";
import type { Deploy } from "./core/protocol";
import { reason, tally } from "./core/words";
import type { Deployer } from "./deployer";
import * as settings from "./settings";
import { diffWithFile, showVersion } from "./versions";

const { t } = vscode.l10n;

export async function tell(notice: Notice, deployer: Deployer): Promise<void> {
  switch (notice.kind) {
    case "failure":
      if (settings.notifies() !== "none") {
        await tellFailure(notice.deploy, deployer);
      }
      break;
    case "recovery":
      if (settings.notifies() === "all") {
        await tellRecovery(notice.deploy);
      }
      break;
    case "conflict":
      await askConflict(notice.deploy, deployer, true);
      break;
  }
}

async function tellFailure(deploy: Deploy, deployer: Deployer): Promise<void> {
  const words = noLinks(`${deploy.module} → ${deploy.target}: ${reason(deploy)}`);
  const show = t("Show Problem");
  const again = t("Deploy Again");
  const log = t("Show Log");
  const problem = deploy.diagnostics.find((each) => each.path === deploy.document?.path);
  const actions = problem ? [show] : deployer.again(deploy.id) ? [again, log] : [log];
  const answer =
    deploy.outcome === "unconfirmed"
      ? await vscode.window.showWarningMessage(words, ...actions)
      : await vscode.window.showErrorMessage(words, ...actions);
  if (answer === show && problem) {
    const at = new vscode.Position((problem.line ?? 1) - 1, 0);
    await vscode.window.showTextDocument(vscode.Uri.file(problem.path), {
      selection: new vscode.Range(at, at),
    });
  } else if (answer === again) {
    await deployer.again(deploy.id)?.({});
  } else if (answer === log) {
    await vscode.commands.executeCommand("hotbridge.showLog");
  }
}

/** A server's words with a link in them stay words: VS Code would make it one. */
function noLinks(words: string): string {
  return words.replaceAll("](", "] (");
}

async function tellRecovery(deploy: Deploy): Promise<void> {
  const history = t("Show History");
  const answer = await vscode.window.showInformationMessage(
    t("{0} is live on {1} again, on {2} servers.", deploy.module, deploy.target, tally(deploy)),
    history,
  );
  if (answer === history) {
    await vscode.commands.executeCommand("hotbridge.showHistory", deploy.target, deploy.module);
  }
}

async function askConflict(deploy: Deploy, deployer: Deployer, asWell: boolean): Promise<void> {
  const difference = t("Show Difference");
  const anyway = t("Deploy Anyway");
  const cancel = t("Cancel");
  const again = deployer.again(deploy.id);
  const answer = await vscode.window.showWarningMessage(
    t(
      "{0} on {1} was changed by somebody else since it was last deployed from here. Nothing was written.",
      deploy.module,
      deploy.target,
    ),
    ...(asWell && deploy.found !== undefined ? [difference] : []),
    ...(again ? [anyway] : []),
    cancel,
  );
  if (answer === difference && deploy.found !== undefined) {
    const version = { target: deploy.target, module: deploy.module, commit: deploy.found };
    const file = deploy.document && vscode.Uri.file(deploy.document.path);
    await (file ? diffWithFile(version, file, t("on {0}, by somebody else", deploy.target)) : showVersion(version));
    await askConflict(deploy, deployer, false);
  } else if (answer === anyway) {
    await again?.({ force: true });
  }
}
