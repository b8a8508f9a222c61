/** What can be done with a version: open, compare, restore, copy its commit. */
import * as vscode from "vscode";

import type { Deploy } from "./core/protocol";
import { clock, shortCommit, tally } from "./core/words";
import type { Deployer } from "./deployer";
import { versionOf, type HistoryView, type Node } from "./history-view";
import { diffVersions, diffWithFile, showVersion } from "./versions";

const { t } = vscode.l10n;

type Handler = (node?: Node, selected?: readonly Node[]) => unknown;

export function registerHistoryCommands(
  view: HistoryView,
  deployer: Deployer,
  register: (command: string, handler: Handler) => void,
): void {
  register("hotbridge.history.refresh", () => view.refresh());
  register("hotbridge.history.showAll", () => view.showAll(true));
  register("hotbridge.history.showDelivered", () => view.showAll(false));
  register("hotbridge.history.more", async (node) => node && view.more(node));
  register("hotbridge.history.open", async (node) => {
    const deploy = deployOf(node);
    const version = deploy && versionOf(deploy);
    if (version) {
      await showVersion(version);
    }
  });
  register("hotbridge.history.diffFile", (node) => compareWithFile(deployOf(node)));
  register("hotbridge.history.diffVersion", (node, selected) =>
    compareVersions(view, deployOf(node), selected ?? []),
  );
  register("hotbridge.history.restore", (node) => restore(deployer, deployOf(node)));
  register("hotbridge.history.copyCommit", async (node) => {
    const commit = deployOf(node)?.commit;
    if (commit !== undefined) {
      await vscode.env.clipboard.writeText(commit);
    }
  });
}

function deployOf(node: Node | undefined): Deploy | undefined {
  return node?.kind === "deploy" ? node.deploy : undefined;
}

async function compareWithFile(deploy: Deploy | undefined): Promise<void> {
  const version = deploy && versionOf(deploy);
  if (!version) {
    return;
  }
  const file = await fileOf(deploy);
  if (file) {
    await diffWithFile(version, file);
  } else {
    void vscode.window.showInformationMessage(
      t("No {0} is in the open folders; here is the version by itself.", deploy.module),
    );
    await showVersion(version);
  }
}

/** The file that was deployed, else one of its name in the open folders. */
async function fileOf(deploy: Deploy): Promise<vscode.Uri | undefined> {
  const sent = deploy.document && vscode.Uri.file(deploy.document.path);
  if (sent && vscode.workspace.getWorkspaceFolder(sent) && (await exists(sent))) {
    return sent;
  }
  const found = await vscode.workspace.findFiles(`**/${deploy.module}`, null, 20);
  if (found.length <= 1) {
    return found[0];
  }
  const items = found.map((uri) => ({ label: vscode.workspace.asRelativePath(uri), uri }));
  const title = t("Compare with which {0}?", deploy.module);
  return (await vscode.window.showQuickPick(items, { title }))?.uri;
}

async function exists(uri: vscode.Uri): Promise<boolean> {
  try {
    await vscode.workspace.fs.stat(uri);
    return true;
  } catch {
    return false;
  }
}

/** Two that are selected, or the one and another that is asked for. */
async function compareVersions(
  view: HistoryView,
  deploy: Deploy | undefined,
  selected: readonly Node[],
): Promise<void> {
  const first = deploy && versionOf(deploy);
  if (!first) {
    return;
  }
  const chosen = selected
    .map(deployOf)
    .filter((each): each is Deploy => each !== undefined && each.module === deploy.module);
  const other =
    chosen.length === 2 ? chosen.find((each) => each !== deploy) : await pickVersion(view, deploy);
  const second = other && versionOf(other);
  if (second) {
    const older = (deploy.started ?? "") <= (other.started ?? "");
    await (older ? diffVersions(first, second) : diffVersions(second, first));
  }
}

async function pickVersion(view: HistoryView, deploy: Deploy): Promise<Deploy | undefined> {
  const versions = await view.versions(deploy.target, deploy.module);
  const items = versions
    .filter((each) => each.commit !== deploy.commit)
    .map((each) => ({
      label: clock(each.finished ?? each.started),
      description: [each.outcome ?? each.trigger, tally(each), shortCommit(each.commit ?? "")]
        .filter(Boolean)
        .join(" · "),
      deploy: each,
    }));
  const title = t("Compare {0} with which version?", shortCommit(deploy.commit ?? ""));
  const picked = await vscode.window.showQuickPick(items, { title, matchOnDescription: true });
  return picked?.deploy;
}

async function restore(deployer: Deployer, deploy: Deploy | undefined): Promise<void> {
  const version = deploy && versionOf(deploy);
  if (!version) {
    return;
  }
  const yes = t("Restore on {0}", version.target);
  const answer = await vscode.window.showWarningMessage(
    t("Deploy {0} to {1} as it was in {2}?", version.module, version.target, shortCommit(version.commit)),
    {
      modal: true,
      detail: t(
        "The servers get the version of {0}. Your own file stays as it is.",
        clock(deploy.finished ?? deploy.started),
      ),
    },
    yes,
  );
  if (answer === yes) {
    await deployer.rollback(version.target, version.module, version.commit);
  }
}
