/** The nonce that the server put into the page: style elements made at run time carry it, nothing else may style the page. */
export const styleNonce = document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content ?? "";

// Scroll locking inside the component library reads this name for its own style element.
Object.assign(globalThis, { __webpack_nonce__: styleNonce });

interface PolicyFactory {
  createPolicy(name: string, rules: { createHTML(text: string): string }): unknown;
}

/**
 * Libraries that set innerHTML may only set text: style rules and the empty string, never a tag. With
 * `require-trusted-types-for 'script'` the browser sends every such assignment through here.
 */
export function forbidMarkup() {
  const factory = (globalThis as { trustedTypes?: PolicyFactory }).trustedTypes;
  factory?.createPolicy("default", {
    createHTML(text: string) {
      if (text.includes("<")) throw new TypeError("markup from text is not allowed");
      return text;
    },
  });
}
