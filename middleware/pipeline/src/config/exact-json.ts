/**
 * JSON that keeps infinities and NaN, which configurations may hold: `{"$number": "Infinity"}`.
 */
export function formatExactJson(value: unknown): string {
  return JSON.stringify(value, (_, item: unknown) =>
    typeof item === 'number' && !Number.isFinite(item) ? { $number: String(item) } : item,
  );
}

/** Reads what {@link formatExactJson} wrote. */
export function parseExactJson(text: string): unknown {
  if (!text.includes('"$number"')) return JSON.parse(text) as unknown;
  return JSON.parse(text, (_, item: unknown) =>
    typeof item === 'object' && item !== null && '$number' in item && typeof item.$number === 'string' ? Number(item.$number) : item,
  ) as unknown;
}
