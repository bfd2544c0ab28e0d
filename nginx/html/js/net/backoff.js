/*
 * Waiting before trying again: how long, and a wait that can be cut short.
 */

const FIRST_MS = 500;
const LONGEST_MS = 10_000;
const RETRY_AFTER_LONGEST_MS = 60_000;

/**
 * Delays that double from 0.5 s to 10 s, each with up to half taken off at
 * random, so that browsers cut off together do not come back together.
 */
export function createBackoff(random = Math.random) {
  let tries = 0;
  return {
    /**
     * The next delay in ms; never less than the server asked for.
     * @param {?number} retryAfterMs
     */
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

/** A wait that cut() ends early; any number may wait at once. */
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
