/** Targets, their modules, and each module's deploys, newest first, by pages. */
import * as vscode from "vscode";

import type { BridgeClient } from "./core/bridge-client";
import { readDeploys, readLive, type Deploy, type ServerResult } from "./core/protocol";
import {
  clock,
  firstLine,
  outcomeIcon,
  reason,
  runningServers,
  seconds,
  serverLine,
  shortCommit,
  tally,
} from "./core/words";
import type { Version } from "./versions";

const { t } = vscode.l10n;

const PAGE = 25;
/** Deploys of a target that are read to learn the names of its modules. */
const NAMES = 500;

export type Node =
  | { kind: "target"; target: string }
  | { kind: "module"; target: string; module: string; last: Deploy | undefined }
  | { kind: "deploy"; deploy: Deploy }
  | { kind: "server"; deploy: Deploy; server: ServerResult }
  | { kind: "more"; target: string; module: string };

interface Pages {
  deploys: Deploy[];
  next?: string;
}

const COLORS: Record<string, string> = {
  check: "testing.iconPassed",
  pass: "testing.iconPassed",
  error: "testing.iconFailed",
  warning: "list.warningForeground",
};

export class HistoryView implements vscode.TreeDataProvider<Node>, vscode.Disposable {
  private readonly changes = new vscode.EventEmitter<Node | undefined>();
  readonly onDidChangeTreeData = this.changes.event;
  private readonly tree: vscode.TreeView<Node>;
  private readonly pages = new Map<string, Promise<Pages>>();
  private readonly nodes = new Map<string, Node>();
  private readonly disposables: { dispose(): void }[];
  private all = false;

  constructor(private readonly client: BridgeClient) {
    this.tree = vscode.window.createTreeView("hotbridge.history", {
      treeDataProvider: this,
      canSelectMany: true,
      showCollapseAll: true,
    });
    this.disposables = [
      this.changes,
      this.tree,
      client.stateChanged.on(() => this.refresh()),
      client.targetsChanged.on(() => this.refresh()),
    ];
  }

  refresh(): void {
    this.pages.clear();
    this.changes.fire(undefined);
  }

  /** Also what never reached the servers: rejected, cancelled, superseded. */
  showAll(all: boolean): void {
    this.all = all;
    void vscode.commands.executeCommand("setContext", "hotbridge.historyAll", all);
    this.refresh();
  }

  update(deploy: Deploy): void {
    if (deploy.state !== "done") {
      return;
    }
    this.pages.delete(key(deploy.target, deploy.module));
    const module = this.nodes.get(key(deploy.target, deploy.module));
    if (module?.kind === "module" && !deploy.late) {
      module.last = deploy;
    }
    // A module's first deploy adds a line of its own below its target.
    this.changes.fire(module ?? this.nodes.get(key(deploy.target)));
  }

  async more(node: Node): Promise<void> {
    if (node.kind !== "more") {
      return;
    }
    const at = key(node.target, node.module);
    const before = await this.pages.get(at);
    if (before?.next === undefined) {
      return;
    }
    const next = await this.list(node.target, node.module, PAGE, before.next);
    this.pages.set(at, Promise.resolve({ ...next, deploys: [...before.deploys, ...next.deploys] }));
    this.changes.fire(this.nodes.get(at));
  }

  /** Shows a module in the view, opened. */
  async reveal(target: string, module?: string): Promise<void> {
    await vscode.commands.executeCommand("hotbridge.history.focus");
    if (module !== undefined && !this.nodes.has(key(target, module))) {
      await this.getChildren();
      await this.getChildren({ kind: "target", target });
    }
    const node = this.nodes.get(key(target, module));
    if (node) {
      await this.tree.reveal(node, { select: true, focus: true, expand: true });
    }
  }

  /** Every version of a module that there is to choose from. */
  async versions(target: string, module: string): Promise<Deploy[]> {
    const { deploys } = await this.list(target, module, NAMES);
    return deploys.filter((deploy) => deploy.commit !== undefined);
  }

  getParent(node: Node): Node | undefined {
    switch (node.kind) {
      case "target":
        return undefined;
      case "module":
        return this.nodes.get(key(node.target));
      case "more":
        return this.nodes.get(key(node.target, node.module));
      case "deploy":
        return this.nodes.get(key(node.deploy.target, node.deploy.module));
      case "server":
        return { kind: "deploy", deploy: node.deploy };
    }
  }

  async getChildren(node?: Node): Promise<Node[]> {
    if (this.client.state !== "ready") {
      return [];
    }
    switch (node?.kind) {
      case undefined:
        return this.client.targets.targets.map(({ name }) =>
          this.keep(key(name), { kind: "target", target: name }),
        );
      case "target":
        return this.modules(node.target);
      case "module":
        return this.deploys(node.target, node.module);
      case "deploy":
        return node.deploy.servers.map((server) => ({
          kind: "server",
          deploy: node.deploy,
          server,
        }));
      default:
        return [];
    }
  }

  getTreeItem(node: Node): vscode.TreeItem {
    switch (node.kind) {
      case "target":
        return this.targetItem(node.target);
      case "module":
        return moduleItem(node.target, node.module, node.last);
      case "deploy":
        return deployItem(node.deploy);
      case "server":
        return serverItem(node.server);
      case "more": {
        const item = new vscode.TreeItem(t("Show more…"));
        item.command = { title: "", command: "hotbridge.history.more", arguments: [node] };
        return item;
      }
    }
  }

  dispose(): void {
    for (const disposable of this.disposables) {
      disposable.dispose();
    }
  }

  private keep(at: string, node: Node): Node {
    const known = this.nodes.get(at);
    if (known) {
      return Object.assign(known, node);
    }
    this.nodes.set(at, node);
    return node;
  }

  private async modules(target: string): Promise<Node[]> {
    const [{ deploys }, live] = await Promise.all([
      this.list(target, undefined, NAMES),
      this.client.request("history/live", { target }).then(readLive),
    ]);
    const names = new Map<string, Deploy | undefined>();
    for (const deploy of deploys) {
      if (!names.has(deploy.module)) {
        names.set(deploy.module, deploy);
      }
    }
    for (const { module } of live) {
      if (!names.has(module)) {
        names.set(module, undefined);
      }
    }
    return [...names].map(([module, last]) =>
      this.keep(key(target, module), { kind: "module", target, module, last }),
    );
  }

  private async deploys(target: string, module: string): Promise<Node[]> {
    const at = key(target, module);
    let pages = this.pages.get(at);
    if (!pages) {
      pages = this.list(target, module, PAGE);
      this.pages.set(at, pages);
      pages.catch(() => this.pages.delete(at));
    }
    const { deploys, next } = await pages;
    const nodes: Node[] = deploys.map((deploy) => ({ kind: "deploy", deploy }));
    return next === undefined ? nodes : [...nodes, { kind: "more", target, module }];
  }

  private async list(
    target: string,
    module: string | undefined,
    limit: number,
    before?: string,
  ): Promise<Pages> {
    return readDeploys(
      await this.client.request("history/list", {
        target,
        module,
        limit: Math.min(limit, this.client.bridge?.limits.list ?? limit),
        before,
        ...(this.all ? { all: true } : {}),
      }),
    );
  }

  private targetItem(name: string): vscode.TreeItem {
    const target = this.client.targets.targets.find((each) => each.name === name);
    const item = new vscode.TreeItem(name, vscode.TreeItemCollapsibleState.Expanded);
    item.iconPath = new vscode.ThemeIcon(target?.guard === "none" ? "server" : "shield");
    item.description = target ? runningServers(target) : "";
    item.contextValue = "target";
    return item;
  }
}

function key(target: string, module?: string): string {
  return module === undefined ? target : `${target}\0${module}`;
}

function moduleItem(target: string, module: string, last: Deploy | undefined): vscode.TreeItem {
  const item = new vscode.TreeItem(module, vscode.TreeItemCollapsibleState.Collapsed);
  item.id = key(target, module);
  item.iconPath = last ? themed(outcomeIcon(last)) : new vscode.ThemeIcon("file-code");
  item.description = last ? `${outcomeWord(last)} ${clock(last.finished ?? last.started)}` : "";
  item.contextValue = "module";
  return item;
}

function deployItem(deploy: Deploy): vscode.TreeItem {
  const item = new vscode.TreeItem(
    clock(deploy.finished ?? deploy.started) || t("unknown time"),
    deploy.servers.length > 0
      ? vscode.TreeItemCollapsibleState.Collapsed
      : vscode.TreeItemCollapsibleState.None,
  );
  const commit = deploy.commit === undefined ? "" : shortCommit(deploy.commit);
  item.description = [outcomeWord(deploy), tally(deploy), commit, deploy.trigger]
    .filter(Boolean)
    .join(" · ");
  // It stays opened when a newer one comes to stand above it.
  item.id = `${key(deploy.target, deploy.module)}\0${deploy.id ?? deploy.commit ?? ""}`;
  item.iconPath = themed(outcomeIcon(deploy));
  item.tooltip = [reason(deploy), ...deploy.servers.map(serverLine)].join("\n");
  item.contextValue = deploy.commit === undefined ? "deploy" : "version";
  return item;
}

function serverItem(server: ServerResult): vscode.TreeItem {
  const item = new vscode.TreeItem(server.name);
  const time = server.seconds === undefined ? "" : seconds(server.seconds);
  const words = server.services.join(", ") || firstLine(server.message ?? "");
  item.description = [server.state, time, words].filter(Boolean).join(" · ");
  item.iconPath = themed(
    server.state === "confirmed" ? "check" : server.state === "failed" ? "error" : "warning",
  );
  item.tooltip = serverLine(server);
  item.contextValue = "server";
  return item;
}

function outcomeWord(deploy: Deploy): string {
  const word = deploy.outcome ?? deploy.trigger;
  return deploy.live && deploy.outcome !== "deployed" ? `${word}, ${t("live by now")}` : word;
}

function themed(icon: string): vscode.ThemeIcon {
  const color = COLORS[icon];
  return color === undefined
    ? new vscode.ThemeIcon(icon)
    : new vscode.ThemeIcon(icon, new vscode.ThemeColor(color));
}

export function versionOf(deploy: Deploy): Version | undefined {
  return deploy.commit === undefined
    ? undefined
    : { target: deploy.target, module: deploy.module, commit: deploy.commit };
}
