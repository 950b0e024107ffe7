/** Now as names of runs have it: 20261120T093000Z. */
export function timestampNow(): string {
  return new Date().toISOString().replaceAll(/[-:]|\.\d+/g, '');
}
