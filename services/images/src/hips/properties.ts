/** Keys of a HiPS in the order in which they are written. @see HiPS 1.0, section 4.4.1 */
export type HipsProperties = Readonly<Record<string, string>>;

/** `key = value` a line; values that are empty are left out. */
export function formatHipsProperties(properties: Readonly<Record<string, string | number | undefined>>): string {
  return Object.entries(properties)
    .filter(([, value]) => value !== undefined && value !== '')
    .map(([key, value]) => `${key.padEnd(20)} = ${String(value).replaceAll(/\s+/g, ' ')}\n`)
    .join('');
}

/** Comments and lines without a key are passed over. */
export function parseHipsProperties(text: string): HipsProperties {
  const pairs = text.split(/\r?\n/).flatMap((line) => {
    const at = line.indexOf('=');
    return at < 0 || line.trimStart().startsWith('#') ? [] : [[line.slice(0, at).trim(), line.slice(at + 1).trim()] as const];
  });
  return Object.fromEntries(pairs);
}
