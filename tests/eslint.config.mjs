// ESLint for the page and the tests. Called from the top folder, see Makefile.
import js from "@eslint/js";

const readonly = (names) =>
  Object.fromEntries(names.map((name) => [name, "readonly"]));

const everywhere = [
  "AbortController", "AbortSignal", "BroadcastChannel", "DOMException", "Event", "EventTarget",
  "Intl", "Response", "TextDecoder", "TextEncoder", "URL", "URLSearchParams",
  "addEventListener", "clearInterval", "clearTimeout", "console", "crypto", "fetch", "performance",
  "queueMicrotask", "setInterval", "setTimeout", "structuredClone",
];

const browser = [
  "AudioContext", "CSSStyleSheet", "CustomEvent", "DOMParser", "Element", "EventSource", "FormData", "HTMLElement", "IntersectionObserver",
  "MutationObserver", "Node", "Notification", "ResizeObserver", "cancelAnimationFrame",
  "document", "getComputedStyle", "history", "localStorage", "location", "matchMedia",
  "navigator", "parent", "requestAnimationFrame", "sessionStorage", "window",
];

const rules = {
  ...js.configs.recommended.rules,
  "array-callback-return": "error",
  "consistent-return": "error",
  curly: ["error", "multi-line"],
  "default-case-last": "error",
  eqeqeq: "error",
  "no-console": ["error", { allow: ["error"] }],
  "no-control-regex": "off",
  "no-constructor-return": "error",
  "no-else-return": "error",
  "no-eval": "error",
  "no-implicit-globals": "error",
  "no-implied-eval": "error",
  "no-new-func": "error",
  "no-return-assign": "error",
  "no-self-compare": "error",
  "no-shadow": "error",
  "no-throw-literal": "error",
  "no-unused-expressions": "error",
  "no-use-before-define": ["error", { functions: false, variables: false }],
  "no-useless-return": "error",
  "no-var": "error",
  "object-shorthand": "error",
  "prefer-const": "error",
  "prefer-promise-reject-errors": "error",
};

export default [
  { ignores: ["**/node_modules/**", "tests/browser/artefacts/**"] },
  {
    files: ["nginx/html/**/*.js"],
    languageOptions: {
      ecmaVersion: 2022,
      sourceType: "module",
      globals: readonly([...everywhere, ...browser]),
    },
    rules,
  },
  {
    files: ["tests/**/*.mjs"],
    languageOptions: {
      ecmaVersion: 2022,
      sourceType: "module",
      globals: readonly([...everywhere, "Buffer", "process", "setImmediate"]),
    },
    rules,
  },
  {
    // What page.evaluate() runs is in the browser.
    files: ["tests/browser/**/*.mjs"],
    languageOptions: { globals: readonly(browser) },
  },
];
