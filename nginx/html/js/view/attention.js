/*
 * Whether somebody is in front of the page: nobody is when it has not been
 * touched for a while, in view or not.
 */

const IDLE_MS = 5 * 60 * 1000;
/* What tells of somebody; they come often, so they only take down the time. */
const SIGNS = ["pointerdown", "pointermove", "keydown", "wheel"];

/**
 * @param {object} parts
 * @param {EventTarget} parts.target where signs of somebody are seen
 * @param {(idle: boolean) => void} parts.told called when it has changed
 */
export function watchAttention({ target, told }) {
  let seenAt = Date.now();
  let isIdle = false;

  function look() {
    const left = seenAt + IDLE_MS - Date.now();
    if (left > 0) {
      setTimeout(look, left);
    } else {
      isIdle = true;
      told(true);
    }
  }

  function seen() {
    seenAt = Date.now();
    if (isIdle) {
      isIdle = false;
      told(false);
      setTimeout(look, IDLE_MS);
    }
  }

  SIGNS.forEach((sign) => target.addEventListener(sign, seen,
    { passive: true, capture: true }));
  setTimeout(look, IDLE_MS);
}
