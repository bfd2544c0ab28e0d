/*
 * One stream of Server-Sent Events from its opening to its end. EventSource
 * would connect again by itself, but hides why it had to: so each stream ends
 * with its first trouble, and connection.js asks with a poll what is wrong.
 */

/* The server speaks at once; who is silent for longer is held back. */
const FIRST_MS = 5000;
/* It speaks every 20 s; who is silent for longer is gone. */
const SILENCE_MS = 45_000;

/**
 * @param {string} url
 * @param {object} parts
 * @param {(url: string) => EventSource} parts.open
 * @param {(reply) => boolean} parts.take gets each message; false: enough
 * @param {AbortSignal} parts.signal
 * @returns {Promise<"silent"|"failed"|"ended"|"stopped">} how it ended:
 *   without a message in time, without one otherwise, after some, or by
 *   `take` or `signal`. Rejects with what `take` throws.
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
