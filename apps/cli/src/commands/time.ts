import {
  besselianEpochFromTaiNs,
  gpsNsFromTaiNs,
  isLeapSecondTableStale,
  isoFromTaiNs,
  jdFromTaiNs,
  julianEpochFromTaiNs,
  mjdFromTaiNs,
  observingDay,
  secondsFromNs,
  taiNsFromBesselianEpoch,
  taiNsFromIso,
  taiNsFromJd,
  taiNsFromJulianEpoch,
  taiNsFromMjd,
  taiNsFromUnix,
  TIME_SCALES,
  type TimeScale,
  TimeTextError,
  unixFromTaiNs,
  UtcUndefinedError,
} from '@almagest/time';
import { type Command, Option } from 'commander';

const FORMS = ['iso', 'mjd', 'jd', 'unix', 'gps', 'jyear', 'byear', 'tai-ns'] as const;
type Form = (typeof FORMS)[number];

interface ConvertOptions {
  readonly from?: Form;
  readonly scale: TimeScale;
  readonly to?: Form;
  readonly toScale: TimeScale;
  readonly json?: boolean;
}

export function register(program: Command): void {
  const time = program.command('time').description('Convert times between scales and forms.');
  time
    .command('convert')
    .description('Write each TIME in another scale and form, or in all of them.')
    .argument('<time...>', 'texts or numbers; "now" is the clock of this machine')
    .addOption(new Option('--from <form>', 'form of the input; found out unless told (texts are iso, numbers mjd)').choices(FORMS))
    .addOption(new Option('--scale <scale>', 'scale of the input (iso, mjd, jd)').choices(TIME_SCALES).default('utc'))
    .addOption(new Option('--to <form>', 'write this form only').choices(FORMS))
    .addOption(new Option('--to-scale <scale>', 'scale of the output (iso, mjd, jd)').choices(TIME_SCALES).default('tai'))
    .option('--json', 'one JSON object a line')
    .addHelpText(
      'after',
      `
Examples:
  almagest time convert 2025-05-02T03:14:15.926
  almagest time convert --scale tai 60797.135 60798.5 --to iso --to-scale utc
  almagest time convert --from unix 1746155655 --to mjd
  almagest time convert now --json

Numbers carry a double's digits (one microsecond as MJD); iso and tai-ns carry nanoseconds.`,
    )
    .action((times: readonly string[], options: ConvertOptions) => {
      for (const text of times) console.log(convert(text, options));
    });
}

function convert(text: string, options: ConvertOptions): string {
  const taiNs = readTime(text, options);
  if (options.to !== undefined) {
    const value = writeTime(taiNs, options.to, options.toScale);
    return options.json === true ? JSON.stringify({ input: text, [options.to]: value }) : String(value);
  }
  const all = describe(taiNs);
  if (options.json === true) return JSON.stringify({ input: text, ...all });
  return Object.entries(all)
    .map(([key, value]) => `${key.padEnd(18)} ${plainText(value)}`)
    .join('\n');
}

function plainText(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value as string | number | boolean | null);
  return Object.entries(value)
    .map(([scale, each]) => `${scale} ${String(each as string | number | null)}`)
    .join('   ');
}

function readTime(text: string, options: ConvertOptions): bigint {
  if (text === 'now') return taiNsFromUnix(Date.now() / 1000);
  const form = options.from ?? (/^\d{4}-\d\d-\d\d|T/.test(text) ? 'iso' : 'mjd');
  if (form === 'iso') return taiNsFromIso(text, { scale: options.scale });
  if (form === 'tai-ns' && /^-?\d+$/.test(text)) return BigInt(text);
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value))
    throw new TimeTextError(`time "${text}": expected a number for the form ${form}`, { details: { text } });
  if (form === 'mjd') return taiNsFromMjd(splitDecimal(text), options.scale);
  if (form === 'jd') {
    const { day, fraction } = splitDecimal(text);
    return taiNsFromJd([day, fraction], options.scale);
  }
  if (form === 'unix') return taiNsFromUnix(value);
  if (form === 'gps') return gpsEpochTaiNs() + BigInt(Math.round(value * 1e9));
  return form === 'jyear' ? taiNsFromJulianEpoch(value) : taiNsFromBesselianEpoch(value);
}

/** Reads the digits before and after the point apart, so that a long decimal text keeps its nanoseconds. */
function splitDecimal(text: string): { day: number; fraction: number } {
  const match = /^\+?(\d+)(\.\d+)$/.exec(text);
  return match ? { day: Number(match[1]), fraction: Number(`0${match[2]}`) } : { day: Number(text), fraction: 0 };
}

function gpsEpochTaiNs(): bigint {
  return -gpsNsFromTaiNs(0n);
}

function writeTime(taiNs: bigint, form: Form, scale: TimeScale): string | number {
  switch (form) {
    case 'iso':
      return isoFromTaiNs(taiNs, { scale, zulu: scale === 'utc' });
    case 'mjd':
      return mjdFromTaiNs(taiNs, scale);
    case 'jd':
      return jdFromTaiNs(taiNs, scale);
    case 'unix':
      return unixFromTaiNs(taiNs);
    case 'gps':
      return secondsFromNs(gpsNsFromTaiNs(taiNs));
    case 'jyear':
      return julianEpochFromTaiNs(taiNs);
    case 'byear':
      return besselianEpochFromTaiNs(taiNs);
    case 'tai-ns':
      return String(taiNs);
  }
}

function describe(taiNs: bigint): Record<string, unknown> {
  const perScale = (form: Form): Record<string, string | number | null> =>
    Object.fromEntries(TIME_SCALES.map((scale) => [scale, unlessBeforeUtc(() => writeTime(taiNs, form, scale))]));
  return {
    taiNs: String(taiNs),
    iso: perScale('iso'),
    mjd: perScale('mjd'),
    jd: perScale('jd'),
    unix: unlessBeforeUtc(() => unixFromTaiNs(taiNs)),
    gps: secondsFromNs(gpsNsFromTaiNs(taiNs)),
    jyear: julianEpochFromTaiNs(taiNs),
    byear: besselianEpochFromTaiNs(taiNs),
    dayObs: observingDay(taiNs),
    leapSecondsVouched: !isLeapSecondTableStale(taiNs),
  };
}

/** UTC and Unix do not exist before 1960; the other scales still answer. */
function unlessBeforeUtc<T>(write: () => T): T | null {
  try {
    return write();
  } catch (error) {
    if (error instanceof UtcUndefinedError) return null;
    throw error;
  }
}
