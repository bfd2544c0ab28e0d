/* The loop that brings the events; see PAGE.md. */

import { createBackoff, createPause, isTransient, POLL_WAIT_SECONDS }
  from "./api.js";
import { createTabs } from "./tabs.js";

const SUPERSEDED_PAUSE_MS = 1000;
const RETRY_LONGEST_MS = 2500;
const EMPTY_REPLY_SOONEST_MS = 1000; // sooner: the server's fault, or ours
const STALE_MS = (POLL_WAIT_SECONDS + 20) * 1000; // so long: it was frozen
const POLLS_MS = 24 * 60 * 60 * 1000; // for how long streams are given up
const FAILURES_MAX = 2;
const BRIEF_MS = 5000; // a stream that is cut off sooner has failed

/* A cursor is the log's name, a dot, and a position in it. */
const logOf = (cursor) => cursor.slice(0, cursor.lastIndexOf("."));
const positionOf = (cursor) => Number(cursor.slice(logOf(cursor).length + 1));

/** Whether to stream or to poll. */
export function createTransport(streams) {
  let failures = 0; // in a row, while polls worked
  let suspicion = 0; // failures that the next poll confirms

  function isGivenUp() {
    const age = Date.now() - (streams.storage.get("pollsSince") ?? NaN);
    return age >= 0 && age < POLLS_MS;
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

export function createConnection(parts) {
  const backoff = createBackoff(RETRY_LONGEST_MS);
  const pause = createPause();
  const transport = createTransport(parts.streams ?? null);
  const tabs = createTabs(parts.sharing ?? null, {
    roleChanged: interrupt,
    asked: (how) => ({ probe, wake })[how]?.(),
    status: parts.status,
    told: parts.told,
  });
  let tab = parts.freshTab();
  let running = null; // the AbortController of the loop that may go on
  let request = null; // what is out
  let cursor = null;
  let probing = true;
  let held = 0; // requests aside
  let queue = Promise.resolve(); // of them

  function report(status) {
    parts.status(status);
    tabs.report(status);
  }

  async function asRequest(send) {
    const mine = { abort: new AbortController(), heardAt: Date.now() };
    request = mine;
    try {
      return await send(mine);
    } finally {
      request = request === mine ? null : request;
    }
  }

  function interrupt() {
    request?.abort.abort();
  }

  /* Whether to go on from here. */
  function advance(reply) {
    if (tabs.leads()) {
      tabs.tell({ type: "reply", reply: { ...reply, since: cursor } });
    }
    cursor = parts.apply(reply) ? reply.next : null;
    return cursor !== null;
  }

  /* Steps of the loop: each resolves with how long to rest. */

  async function startOver(self) {
    const snapshot = await parts.snapshot();
    if (!self.signal.aborted) {
      parts.adopt(snapshot);
      cursor = snapshot.cursor;
      probing = false;
      report("up");
    }
  }

  function takeShared(reply) {
    const { since, next } = reply;
    if (logOf(next) !== logOf(cursor)) {
      cursor = null;
      return false;
    }
    if (positionOf(next) < positionOf(cursor)) {
      return true;
    }
    probing = positionOf(since) > positionOf(cursor);
    if (!probing) {
      parts.status("up");
    }
    return !probing && advance(reply);
  }

  async function followOnce() {
    await asRequest(({ abort }) => tabs.follow(abort.signal, takeShared));
    return cursor === null ? backoff.next() : 0;
  }

  function stepAside() {
    tab = parts.freshTab();
    return SUPERSEDED_PAUSE_MS;
  }

  async function streamOnce(self) {
    const startedAt = Date.now();
    let last = null;
    const how = await asRequest((mine) =>
      parts.stream(cursor, tab, mine.abort.signal, (reply) => {
        last = reply;
        mine.heardAt = Date.now();
        report("up");
        return !reply.superseded && advance(reply);
      }));
    if (last?.superseded) {
      return stepAside();
    }
    const hasFailed = how !== "stopped" && !self.signal.aborted;
    if (hasFailed) {
      transport.streamEnded(how, Date.now() - startedAt);
      probing = true;
    }
    return hasFailed || cursor === null ? backoff.next() : 0;
  }

  async function pollOnce(self) {
    const wait = probing ? 0 : POLL_WAIT_SECONDS;
    const startedAt = Date.now();
    const reply = await asRequest(({ abort }) =>
      parts.poll(cursor, tab, wait, abort.signal));
    if (self.signal.aborted) {
      return 0;
    }
    probing = false;
    transport.pollWorks();
    report("up");
    if (reply.superseded) {
      return stepAside();
    }
    const isHasty = wait > 0 && !reply.more && reply.next === cursor &&
      Date.now() - startedAt < EMPTY_REPLY_SOONEST_MS &&
      !reply.events.length && !reply.signals?.length;
    if (isHasty || !advance(reply)) {
      return backoff.next();
    }
    backoff.reset();
    return 0;
  }

  function step(self) {
    if (cursor === null) {
      return startOver(self);
    }
    if (!probing && !tabs.leads()) {
      return followOnce();
    }
    return !probing && transport.streams() ? streamOnce(self) : pollOnce(self);
  }

  function recover(error, self) {
    if (!error.kind) {
      console.error(error); // a bug must not end the loop
    }
    if (self.signal.aborted || error.kind === "aborted") {
      return 0;
    }
    if (error.status === 401) {
      lost();
      return 0;
    }
    if (error.status === 410) {
      cursor = null;
      return backoff.next();
    }
    report("down");
    transport.pollFailed();
    probing = true;
    return backoff.next(isTransient(error) ? error.retryAfterMs : null);
  }

  async function loop(self) {
    while (!self.signal.aborted) {
      while (held > 0) {
        await queue;
      }
      const rest = await step(self).catch((error) => recover(error, self));
      if (rest > 0 && !self.signal.aborted) {
        await pause.wait(rest);
      }
    }
  }

  /** Asks for nothing until start(), and leaves the lead to nobody. */
  function halt() {
    running?.abort();
    running = null;
    interrupt();
    pause.cut();
  }

  function start(from = null) {
    halt();
    cursor = from;
    probing = false;
    backoff.reset();
    tabs.join();
    running = new AbortController();
    loop(running);
  }

  function stop() {
    halt();
    tabs.leave();
  }

  function lost() {
    if (cursor !== null) {
      tabs.tell({ type: "session" });
    }
    stop();
    parts.signedOut();
  }

  function probe() {
    if (tabs.leads()) {
      probing = true;
      interrupt();
    }
    tabs.ping("probe");
    pause.cut();
  }

  function wake() {
    const isStale = request && Date.now() - request.heardAt > STALE_MS;
    if (isStale && tabs.leads()) {
      probe();
    }
    tabs.ping("wake");
    pause.cut();
  }

  function aside(run) {
    held += 1;
    interrupt();
    const turn = queue.then(run).finally(() => {
      held -= 1;
    });
    queue = turn.catch(() => {});
    return turn;
  }

  return { start, halt, stop, lost, probe, wake, aside,
    tell: tabs.tell, leads: tabs.leads };
}
