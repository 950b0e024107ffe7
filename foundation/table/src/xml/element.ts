/** An XML element in memory, for metadata; local names, text of all its text nodes joined. */
export interface XmlElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly XmlElement[];
  readonly text: string;
}

/** Text with the characters replaced that XML does not take as they are; control characters that XML forbids become U+FFFD. */
export function escapeXml(text: string): string {
  return NEEDS_ESCAPE.test(text) ? text.replace(NEEDS_ESCAPE_ALL, (c) => ESCAPES[c] ?? '\uFFFD') : text;
}

/** `escapeXml` for attribute values: line breaks and tabs are kept by character references. */
export function escapeAttribute(text: string): string {
  return escapeXml(text).replace(/[\t\n\r]/g, (c) => `&#${c.charCodeAt(0)};`);
}

/** ` name="value"` for each defined value. */
export function attributesXml(attributes: Readonly<Record<string, string | number | undefined>>): string {
  let text = '';
  for (const [name, value] of Object.entries(attributes)) if (value !== undefined) text += ` ${name}="${escapeAttribute(String(value))}"`;
  return text;
}

/** The element and all below it as XML text. */
export function elementXml(element: XmlElement): string {
  const { xmlns: _dropped, ...attributes } = element.attributes;
  const open = `<${element.name}${attributesXml(attributes)}`;
  if (element.children.length === 0 && element.text === '') return `${open}/>`;
  return `${open}>${element.children.map(elementXml).join('')}${escapeXml(element.text.trim())}</${element.name}>`;
}

/** First child of that name. */
export function childOf(element: XmlElement, name: string): XmlElement | undefined {
  return element.children.find((child) => child.name === name);
}

/** All children of that name. */
export function childrenOf(element: XmlElement, name: string): readonly XmlElement[] {
  return element.children.filter((child) => child.name === name);
}

// eslint-disable-next-line no-control-regex -- these are the characters that XML 1.0 section 2.2 forbids
const FORBIDDEN =
  '[<>&"\\u0000-\\u0008\\u000b\\u000c\\u000e-\\u001f\\ufffe\\uffff]|[\\ud800-\\udbff](?![\\udc00-\\udfff])|(?<![\\ud800-\\udbff])[\\udc00-\\udfff]';
const NEEDS_ESCAPE: RegExp = new RegExp(FORBIDDEN);
const NEEDS_ESCAPE_ALL: RegExp = new RegExp(FORBIDDEN, 'g');
const ESCAPES: Readonly<Record<string, string>> = { '<': '&lt;', '>': '&gt;', '&': '&amp;', '"': '&quot;' };
