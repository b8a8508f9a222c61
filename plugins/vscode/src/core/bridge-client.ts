/**
 * The bridge, as the rest of the extension sees it: asked when there is
 * something to ask, found or started when it is needed, connected again with
 * growing pauses when it goes.
 */
import {
  Connection,
  ConnectError,
  ConnectionLostError,
  type ClientName,
  type Ended,
} from "./connection";
import { Signal } from "./events";
import { MissingBinaryError, type BridgeInfo } from "./find-bridge";
import { OutgoingDeploys, type Outgoing } from "./outgoing";
import { PAUSE_MAX_MS, pauseAfter } from "./pauses";
import {
  ProtocolError,
  readDeploy,
  readDeployChanged,
  readTargets,
  type Deploy,
  type DeployRequest,
  type Initialized,
  type RollbackRequest,
  type Targets,
} from "./protocol";

export interface ClientOptions {
  name: ClientName;
  find: () => Promise<BridgeInfo | undefined>;
  /** Starts a bridge, and returns once it can be found. */
  start: () => Promise<void>;
  log: (words: string) => void;
  /** For tests: the pause after so many failures, in ms. */
  pause?: (failures: number) => number;
  now?: () => number;
}

/** off: nobody has asked for it, or there is none and none was to be started. */
export type ClientState = "off" | "connecting" | "ready" | "lost";

const REQUEST_MS = 30_000;
/** A connection that ends sooner counts as one that failed. */
const SHORT_MS = 1_000;
/** After so many failures in a row, who waits is told. */
const PATIENCE = 4;

interface Waiter {
  resolve: () => void;
  reject: (error: Error) => void;
}

export class BridgeClient {
  readonly stateChanged = new Signal<ClientState>();
  readonly deployChanged = new Signal<Deploy>();
  readonly targetsChanged = new Signal<Targets>();
  /** Connecting fails, and goes on failing: once for each cause. */
  readonly troubled = new Signal<Error>();

  private connection: Connection | undefined;
  private currentState: ClientState = "off";
  private initialized: Initialized | undefined;
  private readonly outgoing: OutgoingDeploys;
  private readonly waiters = new Set<Waiter>();
  private running = false;
  private disposed = false;
  private mayStart = false;
  private wake: (() => void) | undefined;
  private lastTrouble = "";
  private readonly now: () => number;
  private readonly pause: (failures: number) => number;

  constructor(private readonly options: ClientOptions) {
    this.now = options.now ?? Date.now;
    this.outgoing = new OutgoingDeploys(this.now);
    this.pause = options.pause ?? pauseAfter;
  }

  get state(): ClientState {
    return this.currentState;
  }

  get targets(): Targets {
    return this.initialized ?? { targets: [] };
  }

  /** What the bridge said when it was last connected. */
  get bridge(): Initialized | undefined {
    return this.initialized;
  }

  get deploysUnderWay(): number {
    return this.outgoing.count;
  }

  /** Looks for a bridge and stays with it; starts one only when told to. */
  connect(start: boolean): Promise<void> {
    if (this.disposed) {
      return Promise.reject(new ConnectionLostError("the extension is shutting down"));
    }
    if (this.currentState === "ready") {
      return Promise.resolve();
    }
    this.mayStart ||= start;
    return new Promise((resolve, reject) => {
      this.waiters.add({ resolve, reject });
      this.lastTrouble = "";
      this.wake?.();
      if (!this.running) {
        void this.run();
      }
    });
  }

  /** Asks one thing, connecting first where it must. */
  async request(method: string, params?: object, start = false): Promise<unknown> {
    await this.connect(start);
    if (!this.connection) {
      throw new ConnectionLostError("the bridge is not connected");
    }
    return this.connection.request(method, params, REQUEST_MS);
  }

  /** Resolves with the Deploy once it is done, across lost connections. */
  deploy(params: DeployRequest): Promise<Deploy> {
    return this.send({ method: "deploy", params });
  }

  rollback(params: RollbackRequest): Promise<Deploy> {
    return this.send({ method: "rollback", params });
  }

  /** Gives up a deploy; one that was never sent needs nobody's leave. */
  async cancel(id: string): Promise<Deploy | undefined> {
    return this.outgoing.cancel(id)
      ? undefined
      : readDeploy(await this.request("deploy/cancel", { id }));
  }

  dispose(): void {
    this.disposed = true;
    this.wake?.();
    this.connection?.close();
    const gone = new ConnectionLostError("the extension is shutting down");
    for (const waiter of this.waiters) {
      waiter.reject(gone);
    }
    this.waiters.clear();
    this.outgoing.rejectAll(gone);
    for (const signal of [
      this.stateChanged,
      this.deployChanged,
      this.targetsChanged,
      this.troubled,
    ]) {
      signal.clear();
    }
  }

  private send(what: Outgoing): Promise<Deploy> {
    const answer = this.outgoing.add(what);
    this.connect(true).catch((error: Error) => this.outgoing.giveUp(what.params.id, error));
    return answer;
  }

  /** Finds, connects, stays, and begins again, until there is nothing to do. */
  private async run(): Promise<void> {
    this.running = true;
    let failures = 0;
    while (!this.disposed) {
      try {
        const connection = await this.attempt();
        if (!connection) {
          if (this.mayStart) {
            continue; // wanted since we looked
          }
          // No bridge, and none is wanted: look again now and then.
          this.turnAway(new ConnectionLostError("the bridge is not running"));
          this.setState("off");
          await this.sleep(PAUSE_MAX_MS);
          continue;
        }
        const since = this.now();
        const ended = await this.stay(connection);
        this.options.log(`the connection to the bridge ended: ${ended.reason}`);
        // One that said goodbye was stopped on purpose, unless we wait for it.
        this.mayStart = !ended.goodbye || this.outgoing.count > 0;
        if (!ended.goodbye && this.now() - since < SHORT_MS) {
          throw new ConnectError("garbage", `the bridge ended at once: ${ended.reason}`);
        }
        failures = 0;
        await this.sleep(this.pause(0));
      } catch (error) {
        failures += 1;
        this.fail(error as Error, failures);
        await this.sleep(this.pause(failures));
      }
    }
    this.running = false;
  }

  private async attempt(): Promise<Connection | undefined> {
    const info = await this.options.find();
    if (!info) {
      return this.mayStart ? this.open(await this.begin()) : undefined;
    }
    this.setState(this.outgoing.count > 0 || this.initialized ? "lost" : "connecting");
    try {
      return await this.open(info);
    } catch (error) {
      if (!isLeftOver(error)) {
        throw error;
      }
      this.options.log((error as Error).message);
      return this.mayStart ? this.open(await this.begin()) : undefined;
    }
  }

  private async begin(): Promise<BridgeInfo> {
    this.setState("connecting");
    this.options.log("starting the bridge");
    await this.options.start();
    const info = await this.options.find();
    if (!info) {
      throw new ConnectError("closed", "the bridge was started, and is not there");
    }
    return info;
  }

  private async open(info: BridgeInfo): Promise<Connection> {
    const { connection, initialized } = await Connection.open(info, this.options.name);
    if (this.disposed) {
      connection.close();
      throw new ConnectionLostError("the extension is shutting down");
    }
    this.initialized = initialized;
    this.options.log(`connected to the bridge ${initialized.version} (pid ${info.pid})`);
    return connection;
  }

  /** Until the connection ends. */
  private stay(connection: Connection): Promise<Ended> {
    return new Promise((resolve) => {
      if (connection.over) {
        resolve(connection.over);
        return;
      }
      connection.ended.on((ended) => {
        this.connection = undefined;
        this.outgoing.pause();
        this.setState("lost");
        resolve(ended);
      });
      connection.notified.on(({ method, params }) => this.notice(method, params));
      this.connection = connection;
      this.lastTrouble = "";
      this.setState("ready");
      this.targetsChanged.fire(this.targets);
      this.outgoing.resume(connection);
      for (const waiter of this.waiters) {
        waiter.resolve();
      }
      this.waiters.clear();
    });
  }

  private notice(method: string, params: Record<string, unknown>): void {
    try {
      if (method === "deploy/changed") {
        this.deployChanged.fire(readDeployChanged(params));
      } else if (method === "targets/changed" && this.initialized) {
        const { defaultTarget: _, ...rest } = this.initialized;
        this.initialized = { ...rest, ...readTargets(params) };
        this.targetsChanged.fire(this.targets);
      }
    } catch (error) {
      if (!(error instanceof ProtocolError)) {
        throw error;
      }
      this.options.log(`passed over a notification ${method}: ${error.message}`);
    }
  }

  /** Who waits is told at once what no trying again can mend. */
  private fail(error: Error, failures: number): void {
    const missing = error instanceof MissingBinaryError;
    const wrong = error instanceof ConnectError && ["protocol", "impostor"].includes(error.failure);
    const insecure = error.name === "InsecureError" || error.name === "CommandError";
    const hopeless = missing || wrong || insecure;
    this.options.log(`no connection to the bridge: ${error.message}`);
    if (error instanceof ConnectError && error.failure === "unauthorized") {
      return;
    }
    if (missing || insecure) {
      this.mayStart = false;
    }
    if (!hopeless && failures < PATIENCE) {
      return;
    }
    this.setState("off");
    this.turnAway(error);
    if (this.lastTrouble !== error.message) {
      this.lastTrouble = error.message;
      this.troubled.fire(error);
    }
  }

  private turnAway(error: Error): void {
    const waiters = [...this.waiters];
    this.waiters.clear();
    for (const waiter of waiters) {
      waiter.reject(error);
    }
  }

  private setState(state: ClientState): void {
    if (state !== this.currentState) {
      this.currentState = state;
      this.stateChanged.fire(state);
    }
  }

  /** Ends early when somebody asks for the bridge. */
  private sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        this.wake = undefined;
        resolve();
      };
      const timer = setTimeout(done, ms);
      timer.unref();
      this.wake = done;
      if (this.disposed) {
        done();
      }
    });
  }
}

/** The files of a bridge that is gone: nobody is there, or somebody else. */
function isLeftOver(error: unknown): boolean {
  return error instanceof ConnectError && ["refused", "impostor"].includes(error.failure);
}
