/** XML text built by hand: attributes and content are escaped here and nowhere else. */

/** Text as XML content or attribute value; characters that XML 1.0 cannot hold become U+FFFD. */
export function escapeXml(text: string): string {
  return (
    text
      .replaceAll('&', '&amp;')
      .replaceAll('<', '&lt;')
      .replaceAll('>', '&gt;')
      .replaceAll('"', '&quot;')
      // oxlint-disable-next-line no-control-regex -- these are the characters to be found
      .replaceAll(/[\0-\b\v\f\x0E-\x1F]/g, '\uFFFD')
  );
}

export type Attributes = Readonly<Record<string, string | number | undefined>>;

/** Marks text that is XML already. */
export interface Markup {
  readonly xml: string;
}

/** One element; undefined attributes and children are left out, strings are escaped. */
export function element(name: string, attributes: Attributes, children: readonly (Markup | string | undefined)[] = []): Markup {
  const written = Object.entries(attributes)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => ` ${key}="${escapeXml(String(value))}"`)
    .join('');
  const inner = children.filter((child) => child !== undefined).map((child) => (typeof child === 'string' ? escapeXml(child) : child.xml));
  return { xml: inner.length === 0 ? `<${name}${written}/>` : `<${name}${written}>${inner.join('')}</${name}>` };
}

/** An element with nothing but text, or undefined where there is no text. */
export function textElement(name: string, text: string | number | undefined, attributes: Attributes = {}): Markup | undefined {
  return text === undefined ? undefined : element(name, attributes, [String(text)]);
}

/** A whole document: the declaration, then the root element. */
export function xmlDocument(root: Markup): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n${root.xml}\n`;
}
