const SECRET_PARAMETERS = new Set([
  'code',
  'state',
  'token',
  'access_token',
  'id_token',
  'id_token_hint',
  'client_secret',
  'password',
  'signature',
]);

/** An address as it may stand in a log: the values of parameters that are secrets are gone. */
export function redactUrl(url: string): string {
  const start = url.indexOf('?');
  if (start < 0) return url;
  const query = url
    .slice(start + 1)
    .split('&')
    .map((pair) => {
      const name = pair.split('=', 1)[0] ?? '';
      return SECRET_PARAMETERS.has(name.toLowerCase()) ? `${name}=[removed]` : pair;
    });
  return `${url.slice(0, start)}?${query.join('&')}`;
}
