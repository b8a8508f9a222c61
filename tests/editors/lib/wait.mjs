/**
 * How long a condition may take to become true, in ms. What goes well never
 * waits for it; it is for machines that do ten other things.
 */
export const PATIENCE = 90_000;

/** Asks until the answer is true; `what` is for the error. */
export async function until(condition, what, ms = PATIENCE) {
  const deadline = Date.now() + ms;
  for (;;) {
    const answer = await condition();
    if (answer) {
      return answer;
    }
    if (Date.now() > deadline) {
      throw new Error(`waited ${ms / 1000} s for ${typeof what === "function" ? what() : what}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}
