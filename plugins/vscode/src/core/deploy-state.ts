/**
 * What this window knows of its deploys: what the one line shows, what still
 * fails, and what is worth a notification. Pure; the clock is the bridge's.
 */
import { duration, firstLine, tally } from "./words";
import type { Deploy } from "./protocol";

export interface Line {
  text: string;
  /** A background only for failed and for unconfirmed. */
  background: "none" | "warning" | "error";
  busy: boolean;
  /** The deploy that the line speaks of. */
  deploy: Deploy;
}

export type Notice =
  | { kind: "failure"; deploy: Deploy }
  | { kind: "recovery"; deploy: Deploy }
  | { kind: "conflict"; deploy: Deploy };

/** Ended deploys that are kept for the line and its hover. */
const KEPT = 100;

const FAILING = new Set(["failed", "rejected", "unconfirmed", "unreachable"]);
/** Outcomes that change nothing about what is live or known. */
const PASSING = new Set(["superseded", "cancelled"]);

export class DeployState {
  private readonly deploys = new Map<string, Deploy>();
  /** The deploys since the line was last at rest, by id. */
  private batch = new Set<string>();
  /** By module and target: the cause that it fails for. */
  private readonly failing = new Map<string, { cause: string; deploy: Deploy }>();

  /** Takes in one step of a deploy; what is to be told, if anything. */
  update(deploy: Deploy): Notice | undefined {
    if (deploy.id === undefined) {
      return undefined;
    }
    if (this.isOver(deploy)) {
      return undefined;
    }
    if (!this.deploys.has(deploy.id) && !this.isBusy()) {
      this.batch = new Set();
    }
    this.deploys.delete(deploy.id);
    this.deploys.set(deploy.id, deploy);
    if (!deploy.late) {
      this.batch.add(deploy.id);
    }
    this.forgetOld();
    return deploy.state === "done" ? this.finished(deploy) : undefined;
  }

  /** Whether its outcome is known already, and this is no late word. */
  isOver({ id, late }: Deploy): boolean {
    return id !== undefined && !late && this.deploys.get(id)?.state === "done";
  }

  /** A deploy that will never be heard of again. */
  drop(id: string): void {
    this.deploys.delete(id);
    this.batch.delete(id);
  }

  underWay(): Deploy[] {
    return [...this.deploys.values()].filter((deploy) => deploy.state !== "done");
  }

  isBusy(): boolean {
    return this.underWay().length > 0;
  }

  /** What fails on a target and has not succeeded there since. */
  stillFailing(): Deploy[] {
    return [...this.failing.values()].map(({ deploy }) => deploy);
  }

  get(id: string): Deploy | undefined {
    return this.deploys.get(id);
  }

  line(): Line | undefined {
    const busy = this.underWay();
    const now = busy.find((deploy) => deploy.state === "delivered") ?? busy[0];
    if (now) {
      const more = busy.length > 1 ? ` +${busy.length - 1}` : "";
      return {
        text: `$(sync~spin) ${now.module} → ${now.target} ${progress(now)}${more}`.trimEnd(),
        background: "none",
        busy: true,
        deploy: now,
      };
    }
    const shown = this.worst();
    if (!shown) {
      return undefined;
    }
    const others = this.newest().filter(
      (deploy) => deploy.outcome === shown.outcome && deploy.id !== shown.id,
    );
    return {
      text: ended(shown, others.length),
      background: background(shown),
      busy: false,
      deploy: shown,
    };
  }

  private finished(deploy: Deploy): Notice | undefined {
    const key = `${deploy.target}\0${deploy.module}`;
    const outcome = deploy.outcome ?? "";
    if (outcome === "deployed" || deploy.live) {
      const failed = this.failing.get(key);
      this.failing.delete(key);
      return failed && !this.isCause(failed.cause) ? { kind: "recovery", deploy } : undefined;
    }
    if (PASSING.has(outcome) || deploy.late) {
      return undefined;
    }
    if (outcome === "conflict") {
      return { kind: "conflict", deploy };
    }
    const cause = causeOf(deploy);
    const known = this.isCause(cause);
    this.failing.set(key, { cause, deploy });
    if (known) {
      return undefined;
    }
    return { kind: "failure", deploy };
  }

  private isCause(cause: string): boolean {
    return [...this.failing.values()].some((entry) => entry.cause === cause);
  }

  /** Of the batch, the worst that came out, and of several the newest. */
  private worst(): Deploy | undefined {
    const rank = (deploy: Deploy): number => {
      switch (deploy.outcome) {
        case "deployed":
          return 1;
        case "cancelled":
        case "superseded":
          return 0;
        case "unconfirmed":
          return deploy.live ? 1 : 2;
        case "failed":
          return 4;
        default:
          return 3;
      }
    };
    let worst: Deploy | undefined;
    for (const deploy of this.newest()) {
      if (!worst || rank(deploy) >= rank(worst)) {
        worst = deploy;
      }
    }
    return worst;
  }

  /** Of the batch, each module's last word: an earlier save is not the truth. */
  private newest(): Deploy[] {
    const newest = new Map<string, Deploy>();
    for (const id of this.batch) {
      const deploy = this.deploys.get(id);
      if (deploy) {
        newest.set(`${deploy.target}\0${deploy.module}`, deploy);
      }
    }
    return [...newest.values()];
  }

  private forgetOld(): void {
    for (const [id, deploy] of this.deploys) {
      if (this.deploys.size <= KEPT) {
        return;
      }
      if (deploy.state === "done") {
        this.drop(id);
      }
    }
  }
}

/**
 * Deploys that fail for one cause are told of once: a target that cannot be
 * reached for all its modules, a broken save for as long as it is the same
 * trouble.
 */
function causeOf(deploy: Deploy): string {
  const outcome = deploy.outcome ?? "";
  if (outcome === "unreachable") {
    return `${deploy.target}\0unreachable`;
  }
  const first = deploy.diagnostics[0]?.message ?? "";
  const detail = outcome === "failed" ? firstLine(first) : "";
  return [deploy.target, deploy.module, FAILING.has(outcome) ? outcome : "other", detail].join("\0");
}

function progress(deploy: Deploy): string {
  switch (deploy.state) {
    case "delivered":
      return tally(deploy);
    case "queued":
      return "waits";
    case "recorded":
      return "";
    default:
      return deploy.state;
  }
}

function ended(deploy: Deploy, others: number): string {
  const what = others > 0 ? `${deploy.module} +${others}` : deploy.module;
  const parts = [what, deploy.target];
  switch (deploy.outcome) {
    case "deployed":
      parts.push(tally(deploy), duration(deploy));
      return `$(check) ${said(parts)}`;
    case "failed":
      parts.push("failed", tally(deploy));
      return `$(error) ${said(parts)}`;
    case "unconfirmed":
      if (deploy.live) {
        parts.push(tally(deploy), "live by now");
        return `$(check) ${said(parts)}`;
      }
      parts.push(tally(deploy), "unconfirmed");
      return `$(warning) ${said(parts)}`;
    case "rejected":
      return `$(error) ${what} not deployed`;
    case "cancelled":
    case "superseded":
      parts.push(deploy.outcome);
      return `$(circle-slash) ${said(parts)}`;
    default:
      parts.push(deploy.outcome ?? deploy.state);
      return `$(warning) ${said(parts)}`;
  }
}

function said(parts: string[]): string {
  return parts.filter((part) => part !== "").join(" ");
}

function background(deploy: Deploy): Line["background"] {
  switch (deploy.outcome) {
    case "failed":
      return "error";
    case "unconfirmed":
      return deploy.live ? "none" : "warning";
    default:
      return "none";
  }
}
