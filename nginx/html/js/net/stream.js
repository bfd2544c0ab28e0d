/* Server-Sent Events: reading one stream, and whether streams are any good. */

/* The server speaks at once, and then every 20 s. */
const FIRST_MS = 5000;
const SILENCE_MS = 45_000;

const REMEMBERED_MS = 24 * 60 * 60 * 1000;
const FAILURES_MAX = 2;
/* A stream that is cut off sooner has failed. */
const BRIEF_MS = 5000;

/**
 * Gives `take` each message until it says false. Resolves with how it ended:
 * "silent" (no message in time), "failed" (none), "ended", or "stopped" (by
 * us).
 */
export function readStream(url, { open, take, signal }) {
  return new Promise((resolve, reject) => {
    let source = null;
    let timer = null;
    let hasSpoken = false;

    const end = (settle, value) => {
      clearTimeout(timer);
      signal.removeEventListener("abort", stop);
      source?.close();
      settle(value);
    };
    const stop = () => end(resolve, "stopped");
    const giveUp = () => end(resolve, hasSpoken ? "ended" : "silent");

    const receive = ({ data }) => {
      hasSpoken = true;
      clearTimeout(timer);
      timer = setTimeout(giveUp, SILENCE_MS);
      try {
        if (!take(JSON.parse(data))) {
          stop();
        }
      } catch (error) {
        end(reject, error);
      }
    };

    if (signal.aborted) {
      stop();
      return;
    }
    signal.addEventListener("abort", stop);
    timer = setTimeout(giveUp, FIRST_MS);
    source = open(url);
    source.onmessage = receive;
    source.onerror = () => end(resolve, hasSpoken ? "ended" : "failed");
  });
}

/** Whether to stream or to poll; `streams`: {storage}, or null: never. */
export function createTransport(streams) {
  let failures = 0; // in a row, while polls worked
  let suspicion = 0; // failures that the next poll confirms

  function isGivenUp() {
    const age = Date.now() - (streams.storage.get("pollsSince") ?? NaN);
    return age >= 0 && age < REMEMBERED_MS;
  }

  return {
    streams: () => streams !== null && !isGivenUp(),

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
