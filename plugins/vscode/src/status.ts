/** The only writer of the status bar item. */
import * as path from "node:path";
import * as vscode from "vscode";

import type { BridgeClient } from "./core/bridge-client";
import type { DeployState } from "./core/deploy-state";
import type { Deploy } from "./core/protocol";
import { clock, firstLine, reason, runningServers, seconds, shortCommit } from "./core/words";
import { isModule } from "./deployer";
import { frontFile } from "./front";
import { knownTarget, targetOf } from "./targets";

const { t } = vscode.l10n;

/** A bridge that comes back sooner was never shown to be away. */
const AWAY_MS = 1500;

const BACKGROUNDS = {
  error: new vscode.ThemeColor("statusBarItem.errorBackground"),
  warning: new vscode.ThemeColor("statusBarItem.warningBackground"),
  none: undefined,
} as const;

const STATE_ICONS: Record<string, string> = {
  waiting: "loading~spin",
  confirmed: "check",
  failed: "error",
  silent: "question",
  stopped: "debug-stop",
  unreachable: "debug-disconnect",
};

export class Status implements vscode.Disposable {
  private readonly item: vscode.StatusBarItem;
  private readonly disposables: vscode.Disposable[] = [];
  private away = false;
  private awayTimer: NodeJS.Timeout | undefined;

  constructor(
    private readonly client: BridgeClient,
    private readonly state: DeployState,
  ) {
    this.item = vscode.window.createStatusBarItem(
      "hotbridge.status",
      vscode.StatusBarAlignment.Left,
      10,
    );
    this.item.name = "Hotbridge";
    this.disposables.push(
      this.item,
      client.stateChanged.on(() => this.noteAway()),
      client.targetsChanged.on(() => this.show()),
      vscode.window.onDidChangeActiveTextEditor(() => this.show()),
      vscode.window.tabGroups.onDidChangeTabs(() => this.show()),
      vscode.workspace.onDidGrantWorkspaceTrust(() => this.show()),
    );
    this.show();
  }

  /** Something that the line shows has changed. */
  show(): void {
    this.item.backgroundColor = undefined;
    this.item.command = "hotbridge.menu";
    if (!vscode.workspace.isTrusted) {
      this.showRestricted();
      return;
    }
    const line = this.state.line();
    const waiting = this.client.deploysUnderWay > 0 && this.client.state !== "ready";
    if (waiting && this.away) {
      this.item.text = `$(sync~spin) ${t("waits for the bridge")}`;
      this.item.tooltip = t("The bridge is away. The deploy is asked for again when it is back.");
      this.item.show();
    } else if (line) {
      this.item.text = line.text;
      this.item.backgroundColor = BACKGROUNDS[line.background];
      this.item.tooltip = this.hover(line.deploy);
      this.item.show();
    } else {
      this.showIdle();
    }
  }

  dispose(): void {
    clearTimeout(this.awayTimer);
    for (const disposable of this.disposables) {
      disposable.dispose();
    }
  }

  private showRestricted(): void {
    if (!activeModule()) {
      this.item.hide();
      return;
    }
    this.item.text = `$(shield) ${t("hotbridge: restricted")}`;
    this.item.tooltip = t("In Restricted Mode nothing is started and nothing is deployed.");
    this.item.command = "workbench.trust.manage";
    this.item.show();
  }

  private showIdle(): void {
    const file = activeModule();
    if (!file) {
      this.item.hide();
      return;
    }
    if (this.client.state !== "ready") {
      this.item.text = "$(debug-disconnect) hotbridge";
      this.item.tooltip = this.away
        ? t("The bridge is away. It is looked for again and again.")
        : t("The bridge is not running. It is started when there is something to deploy.");
    } else if (this.client.targets.targets.length === 0) {
      this.item.text = `$(plug) ${t("hotbridge: add a target")}`;
      this.item.tooltip = t("Choose the Zato servers that saved modules are deployed to.");
      this.item.command = "hotbridge.addTarget";
    } else {
      const name = targetOf(this.client, file);
      const target = knownTarget(this.client, name);
      this.item.text = `$(rocket) ${name ?? t("choose a target")}`;
      this.item.tooltip = target
        ? t("Saves here go to {0}: {1}", target.name, runningServers(target))
        : t("This folder has no target.");
      this.item.command = target ? "hotbridge.menu" : "hotbridge.chooseTarget";
    }
    this.item.show();
  }

  private noteAway(): void {
    clearTimeout(this.awayTimer);
    if (this.client.state === "ready") {
      this.away = false;
    } else if (!this.away) {
      this.awayTimer = setTimeout(() => {
        this.away = true;
        this.show();
      }, AWAY_MS);
    }
    this.show();
  }

  private hover(deploy: Deploy): vscode.MarkdownString {
    const text = new vscode.MarkdownString("", true);
    text.isTrusted = {
      enabledCommands: [
        "hotbridge.deploy",
        "hotbridge.deployTo",
        "hotbridge.cancel",
        "hotbridge.showHistory",
        "hotbridge.showLog",
      ],
    };
    text.appendMarkdown(`**${plain(deploy.module)} → ${plain(deploy.target)}**  \n`);
    text.appendMarkdown(`${plain(summary(deploy))}\n\n`);
    if (deploy.servers.length > 0) {
      text.appendMarkdown(serverTable(deploy));
    }
    for (const warning of deploy.warnings) {
      text.appendMarkdown(`$(warning) ${plain(warning.message)}\n\n`);
    }
    const others = this.state
      .stillFailing()
      .filter((each) => each.module !== deploy.module || each.target !== deploy.target);
    if (others.length > 0) {
      const names = others.map((each) => `${each.module} → ${each.target}`).join(", ");
      text.appendMarkdown(`$(error) ${plain(t("Still failing: {0}", names))}\n\n`);
    }
    text.appendMarkdown(`---\n\n${actions(deploy)}`);
    return text;
  }
}

function summary(deploy: Deploy): string {
  const parts = [reason(deploy)];
  const time = clock(deploy.finished ?? deploy.started);
  parts.push([time, deploy.commit && shortCommit(deploy.commit), deploy.trigger]
    .filter(Boolean)
    .join(" · "));
  return parts.join(" · ");
}

function serverTable(deploy: Deploy): string {
  const rows = deploy.servers.map((server) => {
    const icon = `$(${STATE_ICONS[server.state] ?? "question"}) ${plain(server.name)}`;
    const time = server.seconds === undefined ? "" : seconds(server.seconds);
    const words = server.services.join(", ") || firstLine(server.message ?? "");
    return `| ${icon} | ${plain(server.state)} | ${time} | &nbsp; ${plain(words)} |`;
  });
  return [
    `| ${t("Server")} | ${t("State")} | ${t("Time")} | &nbsp; ${t("Services")} |`,
    "| :-- | :-- | --: | :-- |",
    ...rows,
    "\n",
  ].join("\n");
}

function actions(deploy: Deploy): string {
  const links: string[] = [];
  const file = deploy.document?.path;
  if (deploy.state !== "done" && deploy.id !== undefined) {
    links.push(link("circle-slash", t("Cancel"), "hotbridge.cancel", [deploy.id]));
  } else if (file !== undefined) {
    const uri = vscode.Uri.file(file).toString();
    links.push(link("rocket", t("Deploy Again"), "hotbridge.deploy", [uri]));
    links.push(link("target", t("Deploy to…"), "hotbridge.deployTo", [uri]));
  }
  links.push(
    link("history", t("History"), "hotbridge.showHistory", [deploy.target, deploy.module]),
    link("output", t("Log"), "hotbridge.showLog", []),
  );
  return links.join(" &nbsp; ");
}

function link(icon: string, words: string, command: string, args: unknown[]): string {
  return `[$(${icon}) ${words}](command:${command}?${encodeURIComponent(JSON.stringify(args))})`;
}

/** Text of others as markdown that shows it as it is. */
function plain(text: string): string {
  return text.replace(/[\\`*_{}[\]()#+\-!|<>~$&]/g, "\\$&").replace(/[\r\n]+/g, " ");
}

function activeModule(): vscode.Uri | undefined {
  const uri = frontFile();
  return uri && isModule(uri) && path.isAbsolute(uri.fsPath) ? uri : undefined;
}
