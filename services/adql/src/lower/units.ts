/** Units that IN_UNIT converts, as powers of base units with a scale. @see VOUnits 1.1 */
interface Dimension {
  readonly scale: number;
  readonly powers: Readonly<Record<string, number>>;
}

const BASE: Readonly<Record<string, readonly [string, number]>> = {
  rad: ['angle', 1],
  deg: ['angle', Math.PI / 180],
  arcmin: ['angle', Math.PI / 10_800],
  arcsec: ['angle', Math.PI / 648_000],
  s: ['time', 1],
  min: ['time', 60],
  h: ['time', 3600],
  d: ['time', 86_400],
  a: ['time', 31_557_600],
  yr: ['time', 31_557_600],
  m: ['length', 1],
  Angstrom: ['length', 1e-10],
  AU: ['length', 149_597_870_700],
  au: ['length', 149_597_870_700],
  pc: ['length', (648_000 / Math.PI) * 149_597_870_700],
  lyr: ['length', 9_460_730_472_580_800],
  g: ['mass', 1e-3],
  Hz: ['frequency', 1],
  Jy: ['flux-density', 1e-26],
  J: ['energy', 1],
  eV: ['energy', 1.602_176_634e-19],
  erg: ['energy', 1e-7],
  W: ['power', 1],
  K: ['temperature', 1],
  mag: ['magnitude', 1],
  adu: ['count', 1],
  ct: ['count', 1],
  electron: ['electron', 1],
  pixel: ['pixel', 1],
  pix: ['pixel', 1],
};

const PREFIXES: Readonly<Record<string, number>> = {
  y: 1e-24,
  z: 1e-21,
  a: 1e-18,
  f: 1e-15,
  p: 1e-12,
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  c: 1e-2,
  d: 1e-1,
  da: 1e1,
  h: 1e2,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
};

/**
 * The factor that turns a value in one unit into another, or undefined when they measure different things or one of them
 * is unknown. Handles products, quotients, integer powers and decimal prefixes: `mas/yr`, `W.m**-2`, `nJy`.
 */
export function unitFactor(from: string, to: string): number | undefined {
  const [a, b] = [parseUnit(from), parseUnit(to)];
  if (a === undefined || b === undefined) return undefined;
  const names = new Set([...Object.keys(a.powers), ...Object.keys(b.powers)]);
  for (const name of names) if ((a.powers[name] ?? 0) !== (b.powers[name] ?? 0)) return undefined;
  return a.scale / b.scale;
}

function parseUnit(text: string): Dimension | undefined {
  let scale = 1;
  const powers: Record<string, number> = {};
  const pattern = /([./ *]|^)\s*([A-Za-z]+)(?:\*\*\(?|\^)?([+-]?\d+)?\)?/y;
  let at = 0;
  const trimmed = text.trim();
  while (at < trimmed.length) {
    pattern.lastIndex = at;
    const match = pattern.exec(trimmed);
    if (!match) return undefined;
    const [whole, operator, symbol = '', exponent = '1'] = match;
    const unit = findUnit(symbol);
    if (!unit) return undefined;
    const power = Number(exponent) * (operator === '/' ? -1 : 1);
    scale *= unit[1] ** power;
    powers[unit[0]] = (powers[unit[0]] ?? 0) + power;
    at += whole.length;
  }
  return { scale, powers };
}

function findUnit(symbol: string): readonly [string, number] | undefined {
  const plain = BASE[symbol];
  if (plain) return plain;
  if (symbol === 'mas') return ['angle', Math.PI / 648_000_000];
  for (const length of [1, 2]) {
    const [prefix, rest] = [PREFIXES[symbol.slice(0, length)], BASE[symbol.slice(length)]];
    if (prefix !== undefined && rest) return [rest[0], rest[1] * prefix];
  }
  return symbol.endsWith('as') && PREFIXES[symbol.slice(0, -2)] !== undefined
    ? ['angle', (Math.PI / 648_000) * (PREFIXES[symbol.slice(0, -2)] ?? 1)]
    : undefined;
}
