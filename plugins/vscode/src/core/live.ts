/** What a line over a class says: is what I see what the servers run? */
import type { Live } from "./protocol";
import { clock, shortCommit } from "./words";

export type LiveWords =
  | { kind: "none"; text: string }
  | { kind: "same" | "edited"; text: string; commit: string };

/**
 * `blobs` are the ids that the text may have; `servers` how many the target
 * has, by its configuration.
 */
export function liveWords(
  live: readonly Live[],
  blobs: readonly string[],
  target: string,
  servers: number,
  now = new Date(),
): LiveWords {
  const newest = [...live].sort((a, b) => Date.parse(b.time) - Date.parse(a.time))[0];
  if (!newest) {
    return { kind: "none", text: `not live on ${target}` };
  }
  const same = live.filter((entry) => blobs.includes(entry.blob));
  const shown = same.sort((a, b) => Date.parse(b.time) - Date.parse(a.time))[0] ?? newest;
  const tail = [clock(shown.time, now), shortCommit(shown.commit)].filter(Boolean).join(" · ");
  const total = Math.max(servers, live.length);
  return same.length > 0
    ? { kind: "same", text: `live on ${same.length}/${total} · ${tail}`, commit: shown.commit }
    : { kind: "edited", text: `edited since ${tail}`, commit: shown.commit };
}
