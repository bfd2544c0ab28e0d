/*
 * JSON in the browser's storage. It may be full, blocked or not ours: reading
 * then gives null, writing does nothing.
 */
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
        // the page only remembers less
      }
    },
  };
}
