/** Shell pattern as a regular expression over the whole text: `*`, `?` and `[...]`. */
export function globToRegExp(pattern: string): RegExp {
  let source = '';
  for (let i = 0; i < pattern.length; i += 1) {
    const character = pattern[i]!;
    if (character === '*') source += '.*';
    else if (character === '?') source += '.';
    else if (character === '[') {
      const close = pattern.indexOf(']', i + 2);
      if (close < 0) source += '\\[';
      else {
        const body = pattern.slice(i + 1, close).replaceAll('\\', '\\\\');
        source += `[${body.startsWith('!') ? `^${body.slice(1)}` : body}]`;
        i = close;
      }
    } else source += character.replace(/[.+^${}()|\\\]]/, '\\$&');
  }
  return new RegExp(`^${source}$`, 's');
}

/** Whether any of the patterns matches; a plain word matches itself. */
export function matchesAnyGlob(patterns: readonly string[], text: string): boolean {
  return patterns.some((pattern) => globToRegExp(pattern).test(text));
}
