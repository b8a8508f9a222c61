/** The pauses between tries to reach the bridge: growing, up to a limit, and
 * with chance in them, so that many windows do not all come at once. */
const FIRST_MS = 100;
export const PAUSE_MAX_MS = 10_000;

export function pauseAfter(failures: number, chance = Math.random): number {
  const full = Math.min(PAUSE_MAX_MS, FIRST_MS * 2 ** failures);
  return full * (0.5 + chance() / 2);
}
