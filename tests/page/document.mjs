// As much of a document as js/view/dom.js needs to make elements with.
globalThis.document = {
  createElement: (tag) => ({
    tag,
    attributes: {},
    children: [],
    setAttribute(name, value) {
      this.attributes[name] = value;
    },
    append(...children) {
      this.children.push(...children);
    },
  }),
};

const { renderText } = await import("../../nginx/html/js/view/markup.js");

/** The text of elements and strings, as `textContent` would have it. */
export const textOf = (pieces) => pieces.map((piece) =>
  typeof piece === "string" ? piece : textOf(piece.children)).join("");

/** What the page shows of a message's text. */
export const shownText = (text) => textOf(renderText(text));

export { renderText };
