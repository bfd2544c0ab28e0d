/* What it takes to try again: names, growing delays, waits to cut short. */

const FIRST_MS = 500;
const LONGEST_MS = 10_000;
const RETRY_AFTER_LONGEST_MS = 60_000;

/**
 * 32 characters of 0-9a-f. (crypto.randomUUID needs HTTPS.)
 */
export function randomId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (b) => b.toString(16).padStart(2, "0")).join("");
}

/** At most 42 characters, in about the order of time: good for an index. */
export function messageId() {
  return `${Date.now().toString(36)}-${randomId()}`;
}

/** Delays that double from 0.5 s to 10 s, with up to half taken off. */
export function createBackoff(random = Math.random) {
  let tries = 0;
  return {
    /** The next delay; never less than the server asked for, if it did. */
    next(retryAfterMs) {
      const top = Math.min(FIRST_MS * 2 ** tries, LONGEST_MS);
      tries = Math.min(tries + 1, 10);
      const jittered = Math.max(FIRST_MS, top * (1 - random() / 2));
      const asked = Math.min(retryAfterMs ?? 0, RETRY_AFTER_LONGEST_MS);
      return asked > jittered ? asked + random() * FIRST_MS : jittered;
    },
    reset() {
      tries = 0;
    },
  };
}

/** Waits that cut() ends early, all of them. */
export function createPause() {
  const waiting = new Set();
  return {
    wait(ms) {
      return new Promise((resolve) => {
        const end = () => {
          clearTimeout(timer);
          waiting.delete(end);
          resolve();
        };
        const timer = setTimeout(end, ms);
        waiting.add(end);
      });
    },
    cut() {
      [...waiting].forEach((end) => end());
    },
  };
}
