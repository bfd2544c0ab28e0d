/* What it takes to try again: names, growing delays, waits to cut short. */

const FIRST_MS = 1000;
const RETRY_AFTER_LONGEST_MS = 60_000;

/* (crypto.randomUUID needs HTTPS.) */
export function randomId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (b) => b.toString(16).padStart(2, "0")).join("");
}

/** In about the order of time: good for the server's index. */
export function messageId() {
  return `${Date.now().toString(36)}-${randomId()}`;
}

export function createBackoff(longestMs = 10_000) {
  let tries = 0;
  return {
    /** The next delay; never less than the server asked for. */
    next(retryAfterMs) {
      const longest = Math.min(FIRST_MS * 2 ** tries, longestMs);
      tries = Math.min(tries + 1, 10);
      const jittered = longest * (1 + Math.random()) / 2;
      const asked = Math.min(retryAfterMs ?? 0, RETRY_AFTER_LONGEST_MS);
      return asked > jittered ? asked + Math.random() * FIRST_MS / 2 : jittered;
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
