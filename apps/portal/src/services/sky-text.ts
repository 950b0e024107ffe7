/** Positions as people write them: decimal degrees, or hours and degrees with minutes and seconds. */
export interface SkyPosition {
  readonly ra: number;
  readonly dec: number;
}

/** Parses `150.1 2.2`, `10:00:24.0 +02:12:00` or `10h00m24s +2d12m`; undefined where it is no position. */
export function parsePosition(text: string): SkyPosition | undefined {
  const cleaned = text
    .trim()
    .replaceAll(',', ' ')
    .replaceAll(/[hdm°′']/gi, ':')
    .replaceAll(/[s″"]/gi, ' ')
    .replaceAll(/:\s+/g, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim();
  const words = cleaned.split(' ');
  if (words.length !== 2) return undefined;
  const [first = '', second = ''] = words.map((word) => word.replace(/:$/, ''));
  const sexagesimal = first.includes(':');
  const ra = sexagesimal ? 15 * sixtieths(first) : Number(first);
  const dec = second.includes(':') ? sixtieths(second) : Number(second);
  return ra >= 0 && ra <= 360 && dec >= -90 && dec <= 90 && first !== '' && second !== '' ? { ra, dec } : undefined;
}

function sixtieths(text: string): number {
  const sign = text.startsWith('-') ? -1 : 1;
  const [a = Number.NaN, b = 0, c = 0] = text.replace(/^[+-]/, '').split(':').map(Number);
  return sign * (a + b / 60 + c / 3600);
}

/** `10:00:24.00` */
export function formatRa(degrees: number): string {
  return sexagesimal(degrees / 15, 2);
}

/** `+02:12:00.0` */
export function formatDec(degrees: number): string {
  return `${degrees < 0 ? '−' : '+'}${sexagesimal(Math.abs(degrees), 1)}`;
}

function sexagesimal(value: number, digits: number): string {
  const scale = 10 ** digits;
  const total = Math.round(value * 3600 * scale);
  const pad = (n: number): string => String(n).padStart(2, '0');
  const seconds = total % (60 * scale);
  const minutes = Math.floor(total / (60 * scale));
  return `${pad(Math.floor(minutes / 60))}:${pad(minutes % 60)}:${(seconds / scale).toFixed(digits).padStart(3 + digits, '0')}`;
}

/** Day and time of an MJD, to the second; TAI is shown as it is stored. */
export function formatMjd(mjd: number): string {
  return new Date((mjd - 40_587) * 86_400_000).toISOString().slice(0, 19).replace('T', ' ');
}
