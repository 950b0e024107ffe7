/** ISO text of a time in units of 10^-digits second since 1970, to those digits; undefined stays undefined. */
export function isoText(value: bigint | undefined, digits: number): string {
  if (value === undefined || value === null) return undefined as unknown as string;
  const unit = 10n ** BigInt(digits);
  const whole = value / unit - (value % unit < 0n ? 1n : 0n);
  const fraction = value - whole * unit;
  const milliseconds = Number(whole) * 1000;
  if (Math.abs(milliseconds) > 8.64e15) return `${String(value)}e-${digits}`;
  const date = new Date(milliseconds).toISOString().slice(0, -5);
  return digits === 0 ? date : `${date}.${String(fraction).padStart(digits, '0')}`;
}
