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
  private readonly entries = new Map<string, Promise<Live[]>>();
  private readonly disposables: { dispose(): void }[];

  constructor(private readonly client: BridgeClient) {
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

  /** Empty when nothing is live, and while there is no bridge to ask. */
  async of(target: string, module: string): Promise<Live[]> {
    if (this.client.state !== "ready") {
      return [];
    }
    const key = `${target}\0${module}`;
    let entry = this.entries.get(key);
    if (!entry) {
      entry = this.client
        .request("history/live", { target, module })
        .then(readLive)
        .catch(() => {
          this.entries.delete(key);
          return [];
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
