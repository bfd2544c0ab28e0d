/*
 * What brings the events: one loop that always has one stream or one poll
 * out. PAGE.md has its states. The cursor moves only after a reply was
 * applied, so what is out may be cancelled at any time.
 */

import { isTransient, POLL_WAIT_SECONDS } from "./api.js";
import { createBackoff, createPause } from "./retry.js";
import { createTransport } from "./stream.js";

const SUPERSEDED_PAUSE_MS = 1000;
/* A held poll that comes back empty sooner is the server's fault, or ours. */
const EMPTY_REPLY_SOONEST_MS = 1000;
/*
 * Longer than any poll takes, or any stream is silent: it was frozen with the
 * page, or the computer.
 */
const STALE_MS = (POLL_WAIT_SECONDS + 20) * 1000;

/**
 * @param {object} parts
 * @param {(since, tab, wait, signal) => Promise} parts.poll
 * @param {(since, tab, signal, take) => Promise<string>} parts.stream see
 *   stream.js
 * @param {?object} [parts.streams] see stream.js
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
  const transport = createTransport(parts.streams ?? null);
  const holds = { count: 0, ended: null, queue: Promise.resolve() };
  let tab = parts.tab;
  let running = null; // the AbortController of the loop that may go on
  let request = null; // of what is out, and when it was heard of last
  let cursor = null;
  let probing = true;

  /* Runs `send(mine)` while `mine` is the request that is out. */
  async function asRequest(send) {
    const mine = { abort: new AbortController(), heardAt: Date.now() };
    request = mine;
    try {
      return await send(mine);
    } finally {
      request = request === mine ? null : request;
    }
  }

  function pollOnce() {
    const wait = probing ? 0 : POLL_WAIT_SECONDS;
    return asRequest(async ({ abort, heardAt }) => {
      const reply = await parts.poll(cursor, tab, wait, abort.signal);
      return { reply, wait, tookMs: Date.now() - heardAt };
    });
  }

  function isHasty({ reply, wait, tookMs }) {
    return wait > 0 && tookMs < EMPTY_REPLY_SOONEST_MS && !reply.more &&
      reply.next === cursor && !reply.events.length && !reply.signals?.length;
  }

  /* Another page has our tab's name. */
  async function stepAside() {
    tab = parts.freshTab();
    await pause.wait(SUPERSEDED_PAUSE_MS);
  }

  async function take(answer) {
    const { reply } = answer;
    if (reply.superseded) {
      await stepAside();
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

  /* Whether the stream goes on after this message. */
  function takeMessage(reply) {
    request.heardAt = Date.now();
    parts.status("up");
    if (reply.superseded) {
      return false;
    }
    cursor = parts.apply(reply) ? reply.next : null;
    return cursor !== null;
  }

  async function streamOnce(self) {
    const startedAt = Date.now();
    let last = null;
    const how = await asRequest(({ abort }) =>
      parts.stream(cursor, tab, abort.signal, (reply) => {
        last = reply;
        return takeMessage(reply);
      }));
    if (self.signal.aborted) {
      return;
    }
    if (last?.superseded) {
      await stepAside();
    } else if (how !== "stopped") {
      transport.streamEnded(how, Date.now() - startedAt);
      probing = true;
      await pause.wait(backoff.next());
    } else if (cursor === null) {
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
    if (!probing && transport.streams()) {
      await streamOnce(self);
      return;
    }
    const answer = await pollOnce();
    if (!self.signal.aborted) {
      probing = false;
      transport.pollWorks();
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
      transport.pollFailed();
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
    if (request && Date.now() - request.heardAt > STALE_MS) {
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
