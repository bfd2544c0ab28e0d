/*
 * The long poll: one loop that always has one poll out, from the moment it is
 * started until it is stopped.
 *
 *   no cursor   -> snapshot() has one; adopt() takes the rest of it
 *   a reply     -> apply() takes it, then the cursor moves, then the next poll
 *   410, or apply() says so -> a pause, then there is no cursor, see above
 *   trouble     -> status("down"), a pause, then a probe
 *   401         -> signedOut(), and the loop ends
 *
 * A probe is a poll that the server answers at once (wait=0). It tells
 * whether we are connected; a poll that is held tells nothing until it ends.
 *
 * The cursor moves only after a reply was applied, so a poll may be cancelled
 * at any time: the next one asks for the same events again.
 */

import { isTransient, POLL_WAIT_SECONDS } from "./api.js";
import { createBackoff, createPause } from "./backoff.js";

const SUPERSEDED_PAUSE_MS = 1000;
/* A held poll that comes back empty sooner is the server's fault, or ours. */
const EMPTY_REPLY_SOONEST_MS = 1000;
/* Longer than any poll takes: it was frozen with the page, or the computer. */
const STALE_MS = (POLL_WAIT_SECONDS + 20) * 1000;

/**
 * @param {object} parts
 * @param {(since, tab, wait, signal) => Promise} parts.poll
 * @param {() => Promise<{cursor: string}>} parts.snapshot
 * @param {(snapshot) => void} parts.adopt starts over from it
 * @param {(reply) => boolean} parts.apply false: start over from a snapshot
 * @param {() => void} parts.signedOut
 * @param {(status: "up"|"down") => void} parts.status
 * @param {string} parts.tab
 * @param {() => string} parts.freshTab
 */
export function createConnection(parts) {
  const backoff = createBackoff();
  const pause = createPause();
  const holds = { count: 0, ended: null, queue: Promise.resolve() };
  let tab = parts.tab;
  let running = null; // the AbortController of the loop that may go on
  let request = null; // of the poll that is out, and since when
  let cursor = null;
  let probing = true;

  async function pollOnce() {
    const wait = probing ? 0 : POLL_WAIT_SECONDS;
    const mine = { abort: new AbortController(), startedAt: Date.now() };
    request = mine;
    try {
      const reply = await parts.poll(cursor, tab, wait, mine.abort.signal);
      return { reply, wait, tookMs: Date.now() - mine.startedAt };
    } finally {
      request = request === mine ? null : request;
    }
  }

  function isHasty({ reply, wait, tookMs }) {
    return wait > 0 && tookMs < EMPTY_REPLY_SOONEST_MS && !reply.more &&
      reply.next === cursor && !reply.events.length && !reply.signals?.length;
  }

  async function take(answer) {
    const { reply } = answer;
    if (reply.superseded) {
      tab = parts.freshTab();
      await pause.wait(SUPERSEDED_PAUSE_MS);
    } else if (isHasty(answer)) {
      await pause.wait(backoff.next());
    } else if (parts.apply(reply)) {
      cursor = reply.next;
      backoff.reset();
    } else {
      cursor = null;
      await pause.wait(backoff.next());
    }
  }

  async function startOver(self) {
    const snapshot = await parts.snapshot();
    if (!self.signal.aborted) {
      parts.adopt(snapshot);
      cursor = snapshot.cursor;
      probing = false;
      parts.status("up");
    }
  }

  async function step(self) {
    if (cursor === null) {
      await startOver(self);
      return;
    }
    const answer = await pollOnce();
    if (!self.signal.aborted) {
      probing = false;
      parts.status("up");
      await take(answer);
    }
  }

  async function recover(error) {
    if (error.kind === "aborted") {
      return;
    }
    if (error.status === 401) {
      stop();
      parts.signedOut();
    } else if (error.status === 410) {
      cursor = null;
      await pause.wait(backoff.next());
    } else {
      // Refusals that no one foresaw are waited out like trouble.
      parts.status("down");
      probing = true;
      const asked = isTransient(error) ? error.retryAfterMs : null;
      await pause.wait(backoff.next(asked));
    }
  }

  async function loop(self) {
    while (!self.signal.aborted) {
      while (holds.count > 0) {
        await holds.ended.promise;
      }
      try {
        await step(self);
      } catch (error) {
        if (!error.kind) {
          console.error(error); // a bug of ours must not end the loop
        }
        if (!self.signal.aborted) {
          await recover(error);
        }
      }
    }
  }

  /** @param {?string} from the cursor, or null to begin with a snapshot */
  function start(from = null) {
    stop();
    cursor = from;
    probing = false;
    backoff.reset();
    running = new AbortController();
    loop(running);
  }

  function stop() {
    running?.abort();
    running = null;
    request?.abort.abort();
    pause.cut();
  }

  /** Something says that the network has changed: find out at once. */
  function probe() {
    probing = true;
    request?.abort.abort();
    pause.cut();
  }

  /** Someone looks at the page again: do not let them wait. */
  function wake() {
    if (request && Date.now() - request.startedAt > STALE_MS) {
      probe();
    } else {
      pause.cut();
    }
  }

  function hold() {
    if (holds.count++ === 0) {
      holds.ended = {};
      holds.ended.promise = new Promise((resolve) => {
        holds.ended.resolve = resolve;
      });
    }
    request?.abort.abort();
  }

  function release() {
    if (--holds.count === 0) {
      holds.ended.resolve();
    }
  }

  /**
   * Runs a request alone: cancels the poll that is out, waits for its turn,
   * runs, then the loop polls again. One request at a time, as the demo did.
   * @param {() => Promise} run
   */
  function aside(run) {
    hold();
    const turn = holds.queue.then(run).finally(release);
    holds.queue = turn.catch(() => {});
    return turn;
  }

  return { start, stop, probe, wake, aside };
}
