/** How values are said to people: seconds, times, commits, outcomes. */
import type { Deploy, ServerResult, Target } from "./protocol";

export function seconds(value: number): string {
  if (value < 0.0995) {
    return `${Math.max(1, Math.round(value * 1000))} ms`;
  }
  return value < 10 ? `${value.toFixed(1)} s` : `${Math.round(value)} s`;
}

export function shortCommit(commit: string): string {
  return commit.slice(0, 7);
}

const HOURS: Intl.DateTimeFormatOptions = {
  hour: "2-digit",
  minute: "2-digit",
  hourCycle: "h23",
};

/** 14:03 today, 22 Nov 14:03 this year, 22 Nov 2025 14:03 before. */
export function clock(time: string | undefined, now = new Date()): string {
  const date = new Date(time ?? NaN);
  if (Number.isNaN(date.getTime())) {
    return "";
  }
  const hours = date.toLocaleTimeString("en-GB", HOURS);
  if (date.toDateString() === now.toDateString()) {
    return hours;
  }
  const day = date.toLocaleDateString("en-GB", {
    day: "numeric",
    month: "short",
    ...(date.getFullYear() === now.getFullYear() ? {} : { year: "numeric" }),
  });
  return `${day} ${hours}`;
}

export function confirmed(deploy: Deploy): number {
  return deploy.servers.filter((server) => server.state === "confirmed").length;
}

/** 2/2, or nothing while the servers are not known. */
export function tally(deploy: Deploy): string {
  return deploy.servers.length === 0 ? "" : `${confirmed(deploy)}/${deploy.servers.length}`;
}

/** Seconds from acceptance to the last server's word. */
export function duration(deploy: Deploy): string {
  const value = deploy.timings.confirmed;
  return value === undefined ? "" : seconds(value);
}

/** server1: confirmed in 0.4 s, crm.get-customer */
export function serverLine(server: ServerResult): string {
  const parts = [server.state];
  if (server.seconds !== undefined) {
    parts.push(`in ${seconds(server.seconds)}`);
  }
  const tail = server.services.length > 0 ? `, ${server.services.join(", ")}` : "";
  const message = server.message ? `: ${firstLine(server.message)}` : "";
  return `${server.name} ${parts.join(" ")}${tail}${message}`;
}

export function firstLine(text: string): string {
  return text.split(/\r?\n/, 1)[0] ?? "";
}

/** What a failed deploy has to say in one sentence. */
export function reason(deploy: Deploy): string {
  return firstLine(deploy.message ?? deploy.outcome ?? deploy.state);
}

/** The icon of an outcome, one of VS Code's own. */
export function outcomeIcon(deploy: Deploy): string {
  if (deploy.state !== "done") {
    return "sync";
  }
  switch (deploy.outcome) {
    case "deployed":
      return "check";
    case "failed":
    case "rejected":
      return "error";
    case "unconfirmed":
      return deploy.live ? "pass" : "warning";
    case "conflict":
    case "unreachable":
      return "warning";
    case "cancelled":
    case "superseded":
      return "circle-slash";
    case undefined:
      return deploy.trigger === "found" ? "eye" : "question";
    default:
      return "question";
  }
}

export function runningServers(target: Target): string {
  const up = target.servers.filter((server) => server.running === "yes").length;
  const unknown = target.servers.filter((server) => server.running === "unknown").length;
  const all = target.servers.length;
  if (all === 0) {
    return "no servers";
  }
  return unknown === all ? `${all} servers` : `${up} of ${all} running`;
}
