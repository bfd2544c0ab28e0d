/*
 * Whether to stream or to poll. Streams are cheaper and quicker, but there are
 * proxies that hold them back or cut them off. A stream that fails counts
 * against streams only once a poll has worked right after it; else it was the
 * network, or the server. What was found is remembered for a day.
 */

const REMEMBERED_MS = 24 * 60 * 60 * 1000;
const FAILURES_MAX = 2;
/* A stream that is cut off sooner has failed. */
const BRIEF_MS = 5000;

/**
 * @param {?object} streams null: never
 * @param {() => boolean} streams.allowed asked before each stream
 * @param {{get, set}} streams.storage lives as long as the browser
 */
export function createTransport(streams) {
  let failures = 0; // in a row, while polls worked
  let suspicion = 0; // failures that the next poll confirms

  function isGivenUp() {
    const age = Date.now() - (streams.storage.get("pollsSince") ?? NaN);
    return age >= 0 && age < REMEMBERED_MS;
  }

  return {
    streams: () => streams !== null && streams.allowed() && !isGivenUp(),

    /** @param {"silent"|"failed"|"ended"} how see stream.js */
    streamEnded(how, tookMs) {
      if (how === "silent") {
        suspicion = FAILURES_MAX;
      } else if (how === "failed" || tookMs < BRIEF_MS) {
        suspicion = 1;
      } else {
        failures = 0;
      }
    },
    pollWorks() {
      failures += suspicion;
      suspicion = 0;
      if (failures >= FAILURES_MAX) {
        failures = 0;
        streams.storage.set("pollsSince", Date.now());
      }
    },
    pollFailed() {
      suspicion = 0;
    },
  };
}
