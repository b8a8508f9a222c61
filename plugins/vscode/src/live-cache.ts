/** What each target runs of a module, asked for once until it changes. */
import * as vscode from "vscode";

import type { BridgeClient } from "./core/bridge-client";
import { readLive, type Deploy, type Live } from "./core/protocol";

export interface LiveChange {
  /** Absent: any of them. */
  target?: string;
  module?: string;
}

export class LiveCache implements vscode.Disposable {
  readonly changed = new vscode.EventEmitter<LiveChange>();
  private readonly entries = new Map<string, Promise<Live[] | undefined>>();
  private readonly disposables: { dispose(): void }[];

  constructor(
    private readonly client: BridgeClient,
    private readonly log: vscode.LogOutputChannel,
  ) {
    this.disposables = [
      this.changed,
      client.stateChanged.on((state) => {
        if (state === "ready") {
          this.forgetAll();
        }
      }),
      client.targetsChanged.on(() => this.forgetAll()),
    ];
  }

  /** Empty where nothing is live; undefined where that is not known. */
  async of(target: string, module: string): Promise<Live[] | undefined> {
    if (this.client.state !== "ready") {
      return undefined;
    }
    const key = `${target}\0${module}`;
    let entry = this.entries.get(key);
    if (!entry) {
      entry = this.client
        .request("history/live", { target, module })
        .then(readLive)
        .catch((error: unknown) => {
          this.entries.delete(key);
          this.log.warn(`what is live of ${module} on ${target}: ${(error as Error).message}`);
          return undefined;
        });
      this.entries.set(key, entry);
    }
    return entry;
  }

  update(deploy: Deploy): void {
    if (deploy.state === "done") {
      this.entries.delete(`${deploy.target}\0${deploy.module}`);
      this.changed.fire({ target: deploy.target, module: deploy.module });
    }
  }

  dispose(): void {
    for (const disposable of this.disposables) {
      disposable.dispose();
    }
  }

  private forgetAll(): void {
    this.entries.clear();
    this.changed.fire({});
  }
}
