/**
 * The bridge's protocol as values: what docs/protocol.md says, no more.
 *
 * Reading is lenient where the protocol may grow (members and words that are
 * not known are kept or passed over) and strict where a wrong value would
 * make us say something untrue.
 */

export const PROTOCOL = 1;
export const SUBPROTOCOL = "hotbridge.v1";
/** The longest message that a bridge sends (its `limits.outbox`). */
export const MESSAGE_MAX = 32 * 1024 * 1024;

export interface ServerResult {
  name: string;
  /** waiting, confirmed, failed, silent, stopped, unreachable, or newer. */
  state: string;
  services: string[];
  seconds?: number;
  nudged?: boolean;
  message?: string;
}

export interface Diagnostic {
  path: string;
  /** From 1; absent: about the file as a whole. */
  line?: number;
  /** From 1, in Unicode code points. */
  column?: number;
  severity: string;
  message: string;
  server?: string;
}

export interface Warning {
  code: string;
  message: string;
}

export interface Deploy {
  /** Absent only for a version that was found on the target. */
  id?: string;
  target: string;
  module: string;
  trigger: string;
  state: string;
  outcome?: string;
  late?: boolean;
  live?: boolean;
  message?: string;
  attempt?: string;
  commit?: string;
  blob?: string;
  found?: string;
  previous?: string;
  servers: ServerResult[];
  diagnostics: Diagnostic[];
  warnings: Warning[];
  timings: { recorded?: number; delivered?: number; confirmed?: number };
  started?: string;
  finished?: string;
  document?: { path: string };
  client?: string;
}

export interface TargetServer {
  name: string;
  path: string;
  running: string;
  version?: string;
  problems: string[];
}

export interface Target {
  name: string;
  default: boolean;
  onSave: string;
  guard: string;
  confirmTimeout?: number;
  servers: TargetServer[];
  problems: string[];
}

export interface Limits {
  message: number;
  module: number;
  requests: number;
  list: number;
}

export interface Targets {
  targets: Target[];
  defaultTarget?: string;
}

export interface Initialized extends Targets {
  version: string;
  protocol: number;
  proof?: string;
  limits: Limits;
}

export interface Live {
  module: string;
  server: string;
  commit: string;
  blob: string;
  time: string;
}

export interface Vcs {
  commit?: string;
  branch?: string;
  dirty?: boolean;
}

export interface DeployRequest {
  id: string;
  target?: string;
  module: string;
  source: string;
  trigger: "save" | "manual";
  document?: { path: string };
  vcs?: Vcs;
  force?: true;
  confirmed?: true;
}

export interface RollbackRequest {
  id: string;
  target: string;
  module: string;
  commit?: string;
  force?: true;
  confirmed?: true;
}

/** The bridge said something that is not the protocol. */
export class ProtocolError extends Error {
  override name = "ProtocolError";
}

/** The bridge refused a request; `reason` is `data.reason`, where it has one. */
export class RequestError extends Error {
  override name = "RequestError";
  constructor(
    message: string,
    readonly code: number,
    readonly reason?: string,
    readonly data?: Record<string, unknown>,
  ) {
    super(message);
  }
}

export type Message =
  | { kind: "result"; id: number; value: unknown }
  | { kind: "error"; id: number | undefined; error: RequestError }
  | { kind: "notification"; method: string; params: Record<string, unknown> };

/** A frame's text as a message; anything else is a ProtocolError. */
export function parseMessage(text: string): Message {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new ProtocolError("what the bridge sent is not JSON");
  }
  const message = object(value, "a message");
  if (message["jsonrpc"] !== "2.0") {
    throw new ProtocolError("what the bridge sent is not JSON-RPC 2.0");
  }
  if (typeof message["method"] === "string") {
    const params = message["params"];
    return {
      kind: "notification",
      method: message["method"],
      params: params === undefined ? {} : object(params, "params"),
    };
  }
  const id = typeof message["id"] === "number" ? message["id"] : undefined;
  if (message["error"] !== undefined) {
    return { kind: "error", id, error: readError(message["error"]) };
  }
  if (id === undefined || !("result" in message)) {
    throw new ProtocolError("the bridge sent neither a result nor an error");
  }
  return { kind: "result", id, value: message["result"] };
}

export function encodeRequest(id: number, method: string, params?: object): string {
  return JSON.stringify({ jsonrpc: "2.0", id, method, params });
}

export function readInitialized(value: unknown): Initialized {
  const result = object(value, "the answer to initialize");
  const server = object(result["server"], "server");
  const limits = isObject(result["limits"]) ? result["limits"] : {};
  const initialized: Initialized = {
    ...readTargets(result),
    version: text(server, "version"),
    protocol: number(result, "protocol"),
    limits: {
      message: optionalNumber(limits, "message") ?? 8 * 1024 * 1024,
      module: optionalNumber(limits, "module") ?? 1024 * 1024,
      requests: optionalNumber(limits, "requests") ?? 64,
      list: optionalNumber(limits, "list") ?? 500,
    },
  };
  return compact({ ...initialized, proof: optionalText(result, "proof") });
}

export function readTargets(value: unknown): Targets {
  const result = object(value, "targets");
  return compact({
    targets: list(result, "targets").map(readTarget),
    defaultTarget: optionalText(result, "defaultTarget"),
  });
}

export function readTarget(value: unknown): Target {
  const target = object(value, "a target");
  return compact({
    name: text(target, "name"),
    default: target["default"] === true,
    onSave: optionalText(target, "onSave") ?? "marker",
    guard: optionalText(target, "guard") ?? "none",
    confirmTimeout: optionalNumber(target, "confirmTimeout"),
    servers: list(target, "servers").map((item) => {
      const server = object(item, "a server");
      return compact({
        name: text(server, "name"),
        path: optionalText(server, "path") ?? "",
        running: optionalText(server, "running") ?? "unknown",
        version: optionalText(server, "version"),
        problems: texts(server, "problems"),
      });
    }),
    problems: texts(target, "problems"),
  });
}

export function readDeploy(value: unknown): Deploy {
  const deploy = object(value, "a deploy");
  const timings = isObject(deploy["timings"]) ? deploy["timings"] : {};
  const document = deploy["document"];
  return compact({
    id: optionalText(deploy, "id"),
    target: text(deploy, "target"),
    module: text(deploy, "module"),
    trigger: optionalText(deploy, "trigger") ?? "",
    state: text(deploy, "state"),
    outcome: optionalText(deploy, "outcome"),
    late: deploy["late"] === true ? true : undefined,
    live: deploy["live"] === true ? true : undefined,
    message: optionalText(deploy, "message"),
    attempt: optionalText(deploy, "attempt"),
    commit: optionalText(deploy, "commit"),
    blob: optionalText(deploy, "blob"),
    found: optionalText(deploy, "found"),
    previous: optionalText(deploy, "previous"),
    servers: list(deploy, "servers").map(readServer),
    diagnostics: list(deploy, "diagnostics").map(readDiagnostic),
    warnings: list(deploy, "warnings").map((item) => {
      const warning = object(item, "a warning");
      return { code: text(warning, "code"), message: text(warning, "message") };
    }),
    timings: compact({
      recorded: optionalNumber(timings, "recorded"),
      delivered: optionalNumber(timings, "delivered"),
      confirmed: optionalNumber(timings, "confirmed"),
    }),
    started: optionalText(deploy, "started"),
    finished: optionalText(deploy, "finished"),
    document:
      isObject(document) && typeof document["path"] === "string"
        ? { path: document["path"] }
        : undefined,
    client: optionalText(deploy, "client"),
  });
}

export function readDeployChanged(params: Record<string, unknown>): Deploy {
  return readDeploy(params["deploy"]);
}

export function readDeploys(value: unknown): { deploys: Deploy[]; next?: string } {
  const result = object(value, "the answer to history/list");
  return compact({
    deploys: list(result, "deploys").map(readDeploy),
    next: optionalText(result, "next"),
  });
}

export function readSource(value: unknown): {
  source: string;
  commit: string;
  replaced: boolean;
} {
  const result = object(value, "the answer to history/source");
  return {
    source: text(result, "source"),
    commit: text(result, "commit"),
    replaced: result["replaced"] === true,
  };
}

export function readLive(value: unknown): Live[] {
  const result = object(value, "the answer to history/live");
  return list(result, "live").map((item) => {
    const live = object(item, "an entry of live");
    return {
      module: text(live, "module"),
      server: text(live, "server"),
      commit: text(live, "commit"),
      blob: text(live, "blob"),
      time: optionalText(live, "time") ?? "",
    };
  });
}

function readServer(value: unknown): ServerResult {
  const server = object(value, "a server");
  return compact({
    name: text(server, "name"),
    state: text(server, "state"),
    services: texts(server, "services"),
    seconds: optionalNumber(server, "seconds"),
    nudged: server["nudged"] === true ? true : undefined,
    message: optionalText(server, "message"),
  });
}

function readDiagnostic(value: unknown): Diagnostic {
  const diagnostic = object(value, "a diagnostic");
  return compact({
    path: text(diagnostic, "path"),
    line: position(diagnostic, "line"),
    column: position(diagnostic, "column"),
    severity: optionalText(diagnostic, "severity") ?? "error",
    message: text(diagnostic, "message"),
    server: optionalText(diagnostic, "server"),
  });
}

function readError(value: unknown): RequestError {
  const error = object(value, "an error");
  const data = isObject(error["data"]) ? error["data"] : undefined;
  return new RequestError(
    text(error, "message"),
    number(error, "code"),
    data && optionalText(data, "reason"),
    data,
  );
}

type Fields = Record<string, unknown>;

function isObject(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function object(value: unknown, what: string): Fields {
  if (!isObject(value)) {
    throw new ProtocolError(`${what} from the bridge is not an object`);
  }
  return value;
}

function text(fields: Fields, name: string): string {
  const value = fields[name];
  if (typeof value !== "string") {
    throw new ProtocolError(`the bridge sent no text for "${name}"`);
  }
  return value;
}

function optionalText(fields: Fields, name: string): string | undefined {
  return fields[name] === undefined ? undefined : text(fields, name);
}

function number(fields: Fields, name: string): number {
  const value = fields[name];
  if (typeof value !== "number") {
    throw new ProtocolError(`the bridge sent no number for "${name}"`);
  }
  return value;
}

function optionalNumber(fields: Fields, name: string): number | undefined {
  return fields[name] === undefined ? undefined : number(fields, name);
}

function position(fields: Fields, name: string): number | undefined {
  const value = optionalNumber(fields, name);
  return value !== undefined && Number.isInteger(value) && value >= 1
    ? value
    : undefined;
}

function list(fields: Fields, name: string): unknown[] {
  const value = fields[name];
  if (value === undefined) {
    return [];
  }
  if (!Array.isArray(value)) {
    throw new ProtocolError(`the bridge sent no list for "${name}"`);
  }
  return value;
}

function texts(fields: Fields, name: string): string[] {
  return list(fields, name).filter(
    (item): item is string => typeof item === "string",
  );
}

/** T whose members that may be undefined are optional instead. */
type Compact<T> = {
  [K in keyof T as undefined extends T[K] ? never : K]: T[K];
} & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>;
};

function compact<T extends object>(value: T): Compact<T> {
  return Object.fromEntries(
    Object.entries(value).filter(([, member]) => member !== undefined),
  ) as Compact<T>;
}
