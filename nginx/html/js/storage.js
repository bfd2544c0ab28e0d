/*
 * JSON values in the browser's storage. Storage may be full, blocked or hold
 * what another version wrote: reading then gives null, writing does nothing.
 */

/** @param {() => Storage} open returns the storage, or throws */
export function createStorage(open) {
  return {
    get(key) {
      try {
        return JSON.parse(open().getItem(`ajaxchat.${key}`));
      } catch {
        return null;
      }
    },
    /** null removes */
    set(key, value) {
      try {
        if (value === null) {
          open().removeItem(`ajaxchat.${key}`);
        } else {
          open().setItem(`ajaxchat.${key}`, JSON.stringify(value));
        }
      } catch {
        // Nothing depends on it: the page only remembers less.
      }
    },
  };
}
