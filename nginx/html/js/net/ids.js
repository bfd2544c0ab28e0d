/*
 * Random names for messages and tabs: 128 bits in hexadecimal.
 * (crypto.randomUUID exists in secure contexts only, and a chat in a local
 * network may be plain HTTP.)
 */

/** @returns {string} 32 characters of 0-9a-f */
export function randomId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (b) => b.toString(16).padStart(2, "0")).join("");
}

/**
 * A message's id: random, behind the time. So ids come in about the order of
 * the messages, which the server's index of them likes.
 * @returns {string} at most 42 characters of 0-9a-z-
 */
export function messageId() {
  return `${Date.now().toString(36)}-${randomId()}`;
}
