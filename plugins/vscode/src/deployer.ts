/**
 * From a file to the bridge and to what came of it: reads the saved bytes,
 * sends them, asks the user where the bridge says to ask, and says once what
 * could not be sent. Every deploy of this window goes through here.
 */
import { randomUUID } from "node:crypto";
import * as path from "node:path";
import * as vscode from "vscode";

import { isConfigured, isConnectionTrouble, showTrouble } from "./bridge";
import type { BridgeClient } from "./core/bridge-client";
import { hasMarker, readModule, UnsendableError, type ModuleFile } from "./core/module-file";
import { ReplacedError } from "./core/outgoing";
import { RequestError, type Deploy, type DeployRequest, type RollbackRequest } from "./core/protocol";
import * as settings from "./settings";
import { knownTarget, pickTarget, targetOf } from "./targets";
import { vcsOf } from "./vcs";

const { t } = vscode.l10n;

export interface DeployOptions {
  target?: string;
  force?: true;
}

/** How a deploy of this window can be asked for once more. */
export type Again = (options: { force?: true }) => Promise<void>;

const MESSAGE_MAX = 8 * 1024 * 1024;
/** Deploys of this window that are known as its own. */
const OWN_MAX = 1000;

export class Deployer {
  /** Deploys of this window by id, and how to repeat each. */
  private readonly own = new Map<string, Again>();
  /** One file's reads in order, so that no older bytes go out last. */
  private readonly lanes = new Map<string, Promise<unknown>>();
  /** Files that a command of ours saves: they are deployed by that command. */
  private readonly ourSaves = new Set<string>();
  /** Saves seen while a new file gets its name, which is not known before. */
  private held: vscode.TextDocument[] | undefined;

  constructor(
    private readonly client: BridgeClient,
    private readonly log: vscode.LogOutputChannel,
    /** A deploy ended without ever becoming one. */
    private readonly dropped: (id: string) => void,
    /** A deploy of ours is done; the bridge's last change said the same. */
    private readonly done: (deploy: Deploy) => void,
  ) {}

  isOwn(id: string | undefined): boolean {
    return id !== undefined && this.own.has(id);
  }

  again(id: string | undefined): Again | undefined {
    return id === undefined ? undefined : this.own.get(id);
  }

  /** A save by the editor. Not by git, not by another program. */
  async saved(document: vscode.TextDocument): Promise<void> {
    const { uri } = document;
    if (!isModule(uri) || this.ourSaves.has(uri.toString())) {
      return;
    }
    if (this.held) {
      this.held.push(document);
      return;
    }
    await this.inOrder(uri, () => this.sendSaved(uri, document));
  }

  /** The command: any Python file, marker or not. */
  async deploy(uri: vscode.Uri, options: DeployOptions = {}): Promise<void> {
    const saved = await this.makeSaved(uri);
    if (!saved) {
      return;
    }
    let { target } = options;
    if (target === undefined && !vscode.workspace.getWorkspaceFolder(saved)) {
      target = await this.pick(
        t("{0} is in none of the open folders: deploy it to which target?", nameOf(saved)),
      );
      if (target === undefined) {
        return;
      }
    }
    await this.inOrder(saved, () =>
      this.sendManual(saved, { ...options, ...(target === undefined ? {} : { target }) }),
    );
  }

  async deployTo(uri: vscode.Uri): Promise<void> {
    const title = t("Deploy {0} to which target?", nameOf(uri));
    const target = await this.pick(title, targetOf(this.client, uri));
    if (target !== undefined) {
      await this.deploy(uri, { target });
    }
  }

  /** Asked for by the user, who has just said yes to this very target. */
  async rollback(target: string, module: string, commit: string, force?: true): Promise<void> {
    const request: RollbackRequest = {
      id: randomUUID(),
      target,
      module,
      commit,
      confirmed: true,
      ...(force ? { force } : {}),
    };
    this.remember(request.id, (options) => this.rollback(target, module, commit, options.force));
    try {
      this.done(await this.client.rollback(request));
    } catch (error) {
      this.dropped(request.id);
      await this.explain(error as Error, module, target);
    }
  }

  private async pick(title: string, current?: string): Promise<string | undefined> {
    try {
      return await pickTarget(this.client, title, current);
    } catch (error) {
      await this.explain(error as Error, "", undefined);
      return undefined;
    }
  }

  private async sendSaved(uri: vscode.Uri, document: vscode.TextDocument): Promise<void> {
    const wanted = this.isWanted(uri, document);
    if (this.client.state !== "ready" && !wanted && !(await isConfigured())) {
      return;
    }
    if (!vscode.workspace.getWorkspaceFolder(uri)) {
      if (wanted) {
        void this.offerOutside(uri);
      }
      return;
    }
    const file = await this.read(uri, wanted);
    if (file) {
      // Not awaited: the next save of the file must not wait for this one's end.
      void this.send(this.request(uri, file, "save", {}), uri, {}, wanted);
    }
  }

  private async sendManual(uri: vscode.Uri, options: DeployOptions): Promise<void> {
    const file = await this.read(uri, true);
    if (file) {
      void this.send(this.request(uri, file, "manual", options), uri, options, true);
    }
  }

  /** Whether the user means this save to deploy, so that silence would mislead. */
  private isWanted(uri: vscode.Uri, document: vscode.TextDocument): boolean {
    const target = knownTarget(this.client, targetOf(this.client, uri));
    if (target?.onSave === "never" || target?.guard === "manual") {
      return false;
    }
    return target?.onSave === "always" || hasMarker(document.getText());
  }

  private async read(uri: vscode.Uri, speak: boolean): Promise<ModuleFile | undefined> {
    try {
      return await readModule(uri.fsPath, this.client.bridge?.limits.message ?? MESSAGE_MAX);
    } catch (error) {
      if (!(error instanceof UnsendableError)) {
        throw error;
      }
      this.log.warn(error.message);
      if (speak) {
        void vscode.window.showErrorMessage(t("Hotbridge: {0}.", error.message));
      }
      return undefined;
    }
  }

  private request(
    uri: vscode.Uri,
    file: ModuleFile,
    trigger: "save" | "manual",
    options: DeployOptions,
  ): DeployRequest {
    const target = options.target ?? settings.folderTarget(uri);
    const vcs = vcsOf(uri);
    return {
      id: randomUUID(),
      ...(target === undefined ? {} : { target }),
      module: file.module,
      source: file.source,
      trigger,
      document: { path: file.path },
      ...(vcs ? { vcs } : {}),
      ...(options.force ? { force: true } : {}),
    };
  }

  private async send(
    request: DeployRequest,
    uri: vscode.Uri,
    options: DeployOptions,
    speak: boolean,
  ): Promise<void> {
    const target = request.target ?? this.client.targets.defaultTarget;
    this.remember(request.id, (again) => this.deploy(uri, { ...options, ...again }));
    try {
      this.done(await this.client.deploy(request));
    } catch (error) {
      this.dropped(request.id);
      if (error instanceof RequestError && error.reason === "needs-confirmation") {
        if (await this.confirm(request, target)) {
          await this.send({ ...request, confirmed: true }, uri, options, true);
        }
        return;
      }
      if (error instanceof RequestError && error.reason === "not-on-save") {
        this.log.debug(error.message);
        return;
      }
      this.log.warn(`${request.module}: ${(error as Error).message}`);
      if (speak || (error as Error).name === "TooLateError") {
        await this.explain(error as Error, request.module, target);
      }
    }
  }

  /**
   * On save a question that does not take the keyboard; a newer save asks in
   * the same words, which closes the older question.
   */
  private async confirm(request: DeployRequest, target: string | undefined): Promise<boolean> {
    const name = target ?? t("the default target");
    const yes = t("Deploy to {0}", name);
    const answer = await vscode.window.showWarningMessage(
      t("{0} asks before each deploy. Deploy {1}?", name, request.module),
      { modal: request.trigger === "manual" },
      yes,
    );
    return answer === yes;
  }

  private async explain(error: Error, module: string, target: string | undefined): Promise<void> {
    if (error instanceof ReplacedError || error.name === "ConnectionLostError") {
      this.log.info(`${module}: ${error.message}`);
      return;
    }
    if (isConnectionTrouble(error)) {
      await showTrouble(error);
      return;
    }
    if (error instanceof RequestError && error.reason === "unknown-target") {
      await this.explainTarget(error, target);
      return;
    }
    void vscode.window.showErrorMessage(t("Hotbridge: {0}", error.message));
  }

  private async explainTarget(error: RequestError, target: string | undefined): Promise<void> {
    const none = this.client.targets.targets.length === 0;
    const add = t("Add a Target");
    const choose = t("Choose a Target");
    const words = none
      ? t("Hotbridge has no target yet: add the Zato server, or the folder of servers, to deploy to.")
      : target === undefined
        ? error.message
        : t("The target {0} of this folder is not there any more. Nothing was deployed.", target);
    const answer = await vscode.window.showErrorMessage(words, ...(none ? [add] : [choose, add]));
    if (answer !== undefined) {
      await vscode.commands.executeCommand(
        answer === add ? "hotbridge.addTarget" : "hotbridge.chooseTarget",
      );
    }
  }

  private async offerOutside(uri: vscode.Uri): Promise<void> {
    const to = t("Deploy to…");
    const answer = await vscode.window.showInformationMessage(
      t("{0} is in none of the open folders, so saving it deploys nothing.", nameOf(uri)),
      to,
    );
    if (answer === to) {
      await this.deployTo(uri);
    }
  }

  /** The file on the disk that the command speaks of, or undefined: given up. */
  private async makeSaved(uri: vscode.Uri): Promise<vscode.Uri | undefined> {
    const document = vscode.workspace.textDocuments.find(
      (each) => each.uri.toString() === uri.toString(),
    );
    let saved: vscode.Uri | undefined = uri;
    if (document?.isUntitled || document?.isDirty) {
      const yes = t("Save and Deploy");
      const answer = await vscode.window.showWarningMessage(
        document.isUntitled
          ? t("A new file must be saved as a Python module before it can be deployed.")
          : t("{0} has changes that are not saved. Only saved files are deployed.", nameOf(uri)),
        { modal: true },
        yes,
      );
      if (answer !== yes) {
        return undefined;
      }
      saved = await this.save(document);
    }
    if (saved && !isModule(saved)) {
      void vscode.window.showErrorMessage(
        t("{0} is not a Python module on this machine: only .py files are deployed.", nameOf(saved)),
      );
      return undefined;
    }
    return saved;
  }

  /** Saves without that save deploying too. */
  private async save(document: vscode.TextDocument): Promise<vscode.Uri | undefined> {
    const key = document.uri.toString();
    this.ourSaves.add(key);
    this.held = document.isUntitled ? [] : this.held;
    let saved: vscode.Uri | undefined;
    try {
      saved = await vscode.workspace.save(document.uri);
    } finally {
      this.ourSaves.delete(key);
      const others = this.held?.filter((each) => each.uri.toString() !== saved?.toString());
      this.held = undefined;
      for (const other of others ?? []) {
        void this.saved(other);
      }
    }
    return saved;
  }

  private remember(id: string, again: Again): void {
    this.own.set(id, again);
    const oldest = this.own.keys().next().value;
    if (this.own.size > OWN_MAX && oldest !== undefined) {
      this.own.delete(oldest);
    }
  }

  private inOrder(uri: vscode.Uri, work: () => Promise<void>): Promise<void> {
    const key = uri.toString();
    const before = this.lanes.get(key) ?? Promise.resolve();
    const next = before.then(work, work);
    const tail = next
      .catch((error: unknown) => this.log.error(error as Error))
      .finally(() => {
        if (this.lanes.get(key) === tail) {
          this.lanes.delete(key);
        }
      });
    this.lanes.set(key, tail);
    return next;
  }
}

export function isModule(uri: vscode.Uri): boolean {
  return uri.scheme === "file" && uri.path.endsWith(".py");
}

function nameOf(uri: vscode.Uri): string {
  return path.basename(uri.path);
}
