/**
 * When the extension's code began to run: the first import of the first file,
 * so that what comes from loading the rest is counted too.
 */
const clock = performance.now();
const processor = process.cpuUsage();

/** In ms: on the clock, which the rest of the machine adds to, and its own. */
export function sinceBegun(): { clock: number; processor: number } {
  const { user, system } = process.cpuUsage(processor);
  return { clock: performance.now() - clock, processor: (user + system) / 1000 };
}
