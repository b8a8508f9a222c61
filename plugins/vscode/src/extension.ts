/** Builds the parts, ties them together, and takes them apart again. */
import { sinceBegun } from "./begun";

import * as vscode from "vscode";

import { createClient, isConfigured, showTrouble } from "./bridge";
import { ServiceLenses } from "./codelens";
import { registerCommands } from "./commands";
import type { BridgeClient } from "./core/bridge-client";
import { DeployState } from "./core/deploy-state";
import { readDeploy, RequestError, type Deploy } from "./core/protocol";
import { reason, serverLine } from "./core/words";
import { Deployer, isModule } from "./deployer";
import { frontFile } from "./front";
import { HistoryView } from "./history-view";
import { LiveCache } from "./live-cache";
import { tell } from "./notices";
import { Problems } from "./problems";
import { QuickDiff } from "./quickdiff";
import { hasPage } from "./setup";
import { Status } from "./status";
import { VersionDocuments, VERSION_SCHEME } from "./versions";

export function activate(context: vscode.ExtensionContext): void {
  const version = (context.extension.packageJSON as { version: string }).version;
  const log = vscode.window.createOutputChannel("Hotbridge", { log: true });
  const window = new Window(version, log);
  context.subscriptions.push(log, window);
  if (vscode.workspace.isTrusted) {
    window.start();
  } else {
    log.info("Restricted Mode: nothing is started and nothing is deployed");
    context.subscriptions.push(vscode.workspace.onDidGrantWorkspaceTrust(() => window.start()));
  }
  const { clock, processor } = sinceBegun();
  log.info(`ready in ${clock.toFixed(1)} ms, ${processor.toFixed(1)} ms of the processor`);
}

/** All that one window of the editor has. */
class Window implements vscode.Disposable {
  private readonly client: BridgeClient;
  private readonly state = new DeployState();
  private readonly status: Status;
  private readonly deployer: Deployer;
  private readonly problems = new Problems();
  private readonly disposables: { dispose(): void }[] = [];
  private readonly history: HistoryView;
  private live: LiveCache | undefined;

  constructor(
    version: string,
    private readonly log: vscode.LogOutputChannel,
  ) {
    this.client = createClient(version, log);
    this.status = new Status(this.client, this.state);
    this.deployer = new Deployer(
      this.client,
      log,
      (id) => {
        this.state.drop(id);
        this.showState();
      },
      (deploy) => this.take(deploy),
    );
    this.history = new HistoryView(this.client);
    this.disposables.push(
      this.status,
      this.problems,
      this.history,
      registerCommands({
        client: this.client,
        deployer: this.deployer,
        state: this.state,
        log,
        history: this.history,
      }),
    );
  }

  /** Once the workspace is trusted; nothing runs and nothing leaves before. */
  start(): void {
    const live = new LiveCache(this.client, this.log);
    this.live = live;
    const quickDiff = new QuickDiff(this.client, live);
    this.disposables.push(
      live,
      quickDiff,
      new ServiceLenses(this.client, live),
      vscode.workspace.registerTextDocumentContentProvider(
        VERSION_SCHEME,
        new VersionDocuments(this.client),
      ),
      vscode.workspace.onDidSaveTextDocument((document) => {
        this.deployer.saved(document).catch((error: unknown) => this.log.error(error as Error));
      }),
      vscode.commands.registerCommand("hotbridge.diffLive", (uri: unknown) =>
        this.diffLive(quickDiff, uri),
      ),
      this.client.deployChanged.on((deploy) => this.take(deploy)),
      this.client.targetsChanged.on(({ targets }) => {
        setContext("hotbridge.hasTargets", targets.length > 0);
        this.problems.forgetTargets(new Set(targets.map(({ name }) => name)));
      }),
      this.client.stateChanged.on((state) => this.connected(state === "ready")),
      this.client.troubled.on((error) => this.trouble(error)),
    );
    void isConfigured().then((configured) => {
      setContext("hotbridge.active", configured);
      return this.client.connect(configured).catch(() => undefined);
    });
  }

  dispose(): void {
    this.client.dispose();
    for (const disposable of this.disposables.reverse()) {
      disposable.dispose();
    }
  }

  private connected(ready: boolean): void {
    setContext("hotbridge.connected", ready);
    if (ready) {
      setContext("hotbridge.active", true);
      void hasPage().then((page) => setContext("hotbridge.page", page));
      for (const deploy of this.state.underWay()) {
        void this.catchUp(deploy);
      }
    }
    this.showState();
  }

  /** What a deploy came to while we were not connected. */
  private async catchUp({ id }: Deploy): Promise<void> {
    if (id === undefined || this.deployer.isOwn(id)) {
      return; // its own answer comes
    }
    try {
      this.take(readDeploy(await this.client.request("deploy/get", { id })));
    } catch (error) {
      // A connection that went is not an answer: the next one is asked.
      this.log.warn(`${id}: ${(error as Error).message}`);
      if (error instanceof RequestError) {
        this.state.drop(id);
        this.showState();
      }
    }
  }

  private take(deploy: Deploy): void {
    if (this.state.isOver(deploy)) {
      return; // the answer says again what the last change said
    }
    const own = this.deployer.isOwn(deploy.id);
    if (own || this.isHere(deploy)) {
      const notice = this.state.update(deploy);
      this.problems.update(deploy);
      this.showState();
      if (own) {
        this.write(deploy);
      }
      if (notice && own) {
        tell(notice, this.deployer).catch((error: unknown) => this.log.error(error as Error));
      }
    }
    this.live?.update(deploy);
    this.history.update(deploy);
  }

  /** Others' deploys are shown where their file is in this window. */
  private isHere(deploy: Deploy): boolean {
    const file = deploy.document && vscode.Uri.file(deploy.document.path);
    return file !== undefined && vscode.workspace.getWorkspaceFolder(file) !== undefined;
  }

  private showState(): void {
    setContext("hotbridge.deploying", this.state.isBusy());
    this.status.show();
  }

  private write(deploy: Deploy): void {
    const what = `${deploy.module} → ${deploy.target}`;
    if (deploy.state !== "done") {
      this.log.debug(`${what}: ${deploy.state} ${deploy.message ?? ""}`);
      return;
    }
    this.log.info(`${what}: ${deploy.outcome ?? ""}, ${reason(deploy)} ${deploy.commit ?? ""}`);
    for (const server of deploy.servers) {
      this.log.info(`  ${serverLine(server)}`);
    }
    for (const { line, message } of deploy.diagnostics) {
      this.log.info(`  line ${line ?? "?"}: ${message}`);
    }
    for (const { message } of deploy.warnings) {
      this.log.warn(`  ${message}`);
    }
  }

  /** Whoever asked for something is told by the deployer; this is for nobody. */
  private trouble(error: Error): void {
    this.log.warn(error.message);
    this.status.show();
    if (this.client.deploysUnderWay > 0 || !isMissing(error)) {
      void showTrouble(error);
    }
  }

  private async diffLive(quickDiff: QuickDiff, uri: unknown): Promise<void> {
    const file = uri instanceof vscode.Uri ? uri : frontFile();
    const original = file && isModule(file) ? await quickDiff.original(file) : undefined;
    if (!file || !original) {
      void vscode.window.showInformationMessage(
        vscode.l10n.t("Nothing of this file is live on its target."),
      );
      return;
    }
    const name = original.path.split("/").pop() ?? "";
    const title = vscode.l10n.t("{0} (live) ↔ your file", name);
    await vscode.commands.executeCommand("vscode.diff", original, file, title);
  }
}

function isMissing(error: Error): boolean {
  return error.name === "MissingBinaryError";
}

function setContext(name: string, value: boolean): void {
  void vscode.commands.executeCommand("setContext", name, value);
}
