/**
 * Deploys that have no answer yet. What the bridge may have got is asked for
 * again under its own id, with the same bytes, on the next connection, so that
 * nothing is deployed twice and nothing is lost; what it never got gives way
 * to a newer save of its module, and is not deployed long after the save.
 */
import type { Connection } from "./connection";
import {
  readDeploy,
  RequestError,
  type Deploy,
  type DeployRequest,
  type RollbackRequest,
} from "./protocol";

/** The bridge was away too long: what was saved then is not deployed now. */
export class TooLateError extends Error {
  override name = "TooLateError";
}

/** A newer save of the module took this one's place before it was sent. */
export class ReplacedError extends Error {
  override name = "ReplacedError";
}

export type Outgoing =
  | { method: "deploy"; params: DeployRequest }
  | { method: "rollback"; params: RollbackRequest };

const LOOK_MS = 30_000;
const AGAIN_MS = 500;
/** A save that never reached the bridge is not deployed after this. */
const STALE_MS = 60_000;

type Pending = Outgoing & {
  since: number;
  /** Handed to a connection, and not refused by it for the moment. */
  sent: boolean;
  resolve: (deploy: Deploy) => void;
  reject: (error: Error) => void;
};

export class OutgoingDeploys {
  private readonly pending = new Map<string, Pending>();
  private connection: Connection | undefined;

  constructor(private readonly now: () => number) {}

  get count(): number {
    return this.pending.size;
  }

  /** Waits for the next connection, unless there is one. */
  add(what: Outgoing): Promise<Deploy> {
    if (what.method === "deploy" && what.params.trigger === "save") {
      this.replaceWaiting(what.params);
    }
    return new Promise((resolve, reject) => {
      const pending = { ...what, since: this.now(), sent: false, resolve, reject };
      this.pending.set(what.params.id, pending);
      if (this.connection) {
        this.send(this.connection, pending);
      }
    });
  }

  /** Gives up what was not sent; false: the bridge must be asked. */
  cancel(id: string): boolean {
    return this.giveUp(id, new ReplacedError("cancelled"));
  }

  /** There is no way to the bridge. What it may have got is kept. */
  giveUp(id: string, error: Error): boolean {
    const waiting = this.pending.get(id);
    if (!waiting || waiting.sent) {
      return false;
    }
    this.settle(waiting, () => waiting.reject(error));
    return true;
  }

  /** All that waits goes out, in the order in which it came. */
  resume(connection: Connection): void {
    this.connection = connection;
    for (const pending of [...this.pending.values()]) {
      if (this.now() - pending.since < STALE_MS) {
        this.send(connection, pending);
      } else {
        void this.resumeOld(connection, pending);
      }
    }
  }

  pause(): void {
    this.connection = undefined;
  }

  rejectAll(error: Error): void {
    this.connection = undefined;
    for (const pending of [...this.pending.values()]) {
      this.settle(pending, () => pending.reject(error));
    }
  }

  private replaceWaiting(params: DeployRequest): void {
    for (const [id, { params: waiting }] of this.pending) {
      if (waiting.module === params.module && waiting.target === params.target) {
        this.giveUp(id, new ReplacedError("a newer save took its place"));
      }
    }
  }

  private send(connection: Connection, pending: Pending): void {
    pending.sent = true;
    connection.request(pending.method, pending.params).then(
      (value) =>
        this.settle(pending, () => {
          try {
            pending.resolve(readDeploy(value));
          } catch (error) {
            pending.reject(error as Error);
          }
        }),
      (error: Error) => {
        if (error instanceof RequestError) {
          this.refused(connection, pending, error);
        }
        // Else the connection went: resume() asks again by the same id.
      },
    );
  }

  private refused(connection: Connection, pending: Pending, error: RequestError): void {
    if (error.reason !== "busy" && error.reason !== "stopping") {
      this.settle(pending, () => pending.reject(error));
      return;
    }
    // The bridge has not taken it, so that a newer save may take its place.
    pending.sent = false;
    setTimeout(() => {
      if (connection === this.connection && this.isPending(pending) && !pending.sent) {
        this.send(connection, pending);
      }
    }, AGAIN_MS).unref();
  }

  /** An old one is followed when the bridge knows it, and never begun anew. */
  private async resumeOld(connection: Connection, pending: Pending): Promise<void> {
    const { id, module } = pending.params;
    try {
      await connection.request("deploy/get", { id }, LOOK_MS);
      this.send(connection, pending);
    } catch (error) {
      if (!(error instanceof RequestError)) {
        return; // the connection went: the next one is asked
      }
      const words =
        `${module} was not deployed: the bridge was away when it was saved. Save it again`;
      this.settle(pending, () =>
        pending.reject(error.reason === "unknown-deploy" ? new TooLateError(words) : error),
      );
    }
  }

  private isPending(pending: Pending): boolean {
    return this.pending.get(pending.params.id) === pending;
  }

  private settle(pending: Pending, then: () => void): void {
    if (this.isPending(pending)) {
      this.pending.delete(pending.params.id);
      then();
    }
  }
}
