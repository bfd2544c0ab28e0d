/* Reads history into the rooms' timelines: one request per room at a time. */

import { isTransient } from "../net/api.js";
import { createBackoff, createPause } from "../net/retry.js";
import { LASTING } from "./timeline.js";

/** Messages in one page of history. */
export const HISTORY_PAGE = 50;
const TYPES = LASTING.join();

/**
 * @param {object} parts
 * @param {(room, range) => Promise} parts.fetch see api.js
 * @param {(room) => boolean} parts.isIn are we (still) in this room?
 * @param {(event) => void} parts.found called for each event read
 * @param {(error) => void} parts.failed
 * @param {() => void} parts.changed
 */
export function createHistory({ fetch, isIn, found, failed, changed }) {
  const pause = createPause();
  const reading = new Set(); // rooms

  async function fetchPage(room, range) {
    const page = await fetch(room.name,
      { ...range, limit: HISTORY_PAGE, types: TYPES });
    page.messages.forEach(found);
    return page;
  }

  /** The newest page, if the room has none yet; goes on until it is read. */
  async function readNewest(room) {
    if (!room || room.timeline.loaded || reading.has(room)) {
      return;
    }
    reading.add(room);
    const backoff = createBackoff();
    while (isIn(room) && !room.timeline.loaded) {
      try {
        room.timeline.newest(await fetchPage(room, {}));
      } catch (error) {
        failed(error);
        if (!isTransient(error)) {
          break;
        }
        await pause.wait(backoff.next(error.retryAfterMs));
      }
    }
    reading.delete(room);
    changed();
  }

  /* `side`: "before" or "after" the event `seq`. */
  async function readMore(room, side, seq) {
    if (!room.timeline.loaded || reading.has(room)) {
      return;
    }
    reading.add(room);
    changed();
    try {
      room.timeline[side](await fetchPage(room, { [side]: seq }), seq);
    } catch (error) {
      failed(error);
      await pause.wait(createBackoff().next(error.retryAfterMs));
    }
    reading.delete(room);
    changed();
    readNewest(room); // if that was asked for meanwhile
  }

  /** The page around the event `seq`. Rejects with an error of api.js. */
  async function readAround(room, seq) {
    room.timeline.around(await fetchPage(room, { around: seq }));
    changed();
  }

  /** The page before the first event held, if there is one. */
  function readOlder(room) {
    if (room?.timeline.older && room.timeline.entries.length) {
      readMore(room, "before", room.timeline.entries[0].seq);
    }
  }

  /** The page after the last event held, if there is one. */
  function readNewer(room) {
    if (room && !room.timeline.live) {
      readMore(room, "after", room.timeline.entries.at(-1).seq);
    }
  }

  return {
    readNewest, readOlder, readNewer, readAround,
    isReading: (room) => reading.has(room),
    /** Try now what waits for its next try. */
    wake: () => pause.cut(),
  };
}
