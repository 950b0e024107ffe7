import { readFileSync, writeFileSync } from 'node:fs';
import {
  boxDeg,
  circleDeg,
  convexHull,
  DEGREE,
  decodeMocFits,
  degradeMoc,
  encodeMocFits,
  encodeRegionBase64,
  complementMoc,
  formatHtm,
  formatMoc,
  formatMocJson,
  formatSpaceTimeMoc,
  healpixEnvelope,
  healpixInterior,
  htmEnvelope,
  htmIndex,
  htmInterior,
  htmTrixel,
  intersectMocs,
  iterateRanges,
  type LonLat,
  lonLatDeg,
  lonLatFromUnit,
  lonLatToNest64,
  lonLatToRing64,
  type Moc,
  MocFormatError,
  mocFraction,
  mocFromRegion,
  mocHasPosition,
  nest64Neighbours,
  nest64ToLonLat,
  nest64ToRing64,
  parseHtm,
  parseMoc,
  parseMocJson,
  rangeCardinality,
  rangeCount,
  type RangeSet,
  type Region,
  ring64ToLonLat,
  ring64ToNest64,
  type SpaceTimeMoc,
  SphereRangeError,
  subtractMocs,
  uniteMocs,
  unitFromLonLat,
} from '@almagest/sphere';
import { type Command, Option } from 'commander';

interface PixelOptions {
  readonly order: string;
  readonly ring?: boolean;
  readonly json?: boolean;
}

interface CoverOptions {
  readonly order: string;
  readonly circle?: string;
  readonly box?: string;
  readonly polygon?: string;
  readonly interior?: boolean;
  readonly json?: boolean;
}

export function register(program: Command): void {
  const sphere = program.command('sphere').description('HEALPix, HTM and MOC on the sky.');
  registerHealpix(sphere.command('healpix').description('Pixels of the HEALPix scheme.'));
  registerHtm(sphere.command('htm').description('Trixels of the Hierarchical Triangular Mesh, numbered as lsst.sphgeom does.'));
  registerMoc(sphere.command('moc').description('Multi-order coverage maps (IVOA MOC 2.0) as FITS, ASCII or JSON.'));
}

function registerHealpix(healpix: Command): void {
  healpix
    .command('index')
    .description('Find the pixel that holds a position (degrees).')
    .argument('<lon>')
    .argument('<lat>')
    .option('--order <k>', 'order 0 to 29', '12')
    .option('--json', 'one JSON object')
    .addHelpText('after', '\nExample:\n  almagest sphere healpix index --order 29 150.1163 2.2058 --json\n')
    .action((lon: string, lat: string, options: PixelOptions) => {
      const at = readPosition(lon, lat);
      const order = readWhole('order', options.order);
      print(options, {
        order,
        nest: String(lonLatToNest64(order, at.lon, at.lat)),
        ring: String(lonLatToRing64(order, at.lon, at.lat)),
      });
    });
  healpix
    .command('pixel')
    .description('Describe a pixel: centre, both indices, neighbours.')
    .argument('<index>')
    .option('--order <k>', 'order 0 to 29', '12')
    .option('--ring', 'the index is in ring order; nested unless told')
    .option('--json', 'one JSON object')
    .action((index: string, options: PixelOptions) => {
      const order = readWhole('order', options.order);
      const given = readIndex(index);
      const center = options.ring === true ? ring64ToLonLat(order, given) : nest64ToLonLat(order, given);
      const nest = options.ring === true ? ring64ToNest64(order, given) : given;
      print(options, {
        order,
        nest: String(nest),
        ring: String(nest64ToRing64(order, nest)),
        lonDeg: center.lon / DEGREE,
        latDeg: center.lat / DEGREE,
        neighbours: nest64Neighbours(order, nest).map(String),
      });
    });
  addCover(healpix, 'nested pixels', '10', { envelope: healpixEnvelope, interior: healpixInterior });
}

function registerHtm(htm: Command): void {
  htm
    .command('index')
    .description('Find the trixel that holds a position (degrees).')
    .argument('<lon>')
    .argument('<lat>')
    .option('--order <k>', 'level 0 to 24', '7')
    .option('--json', 'one JSON object')
    .addHelpText('after', '\nExample:\n  almagest sphere htm index 10 20\n')
    .action((lon: string, lat: string, options: PixelOptions) => {
      const level = readWhole('order', options.order);
      const index = htmIndex(level, unitFromLonLat(readPosition(lon, lat)));
      print(options, { level, index, name: formatHtm(index) });
    });
  htm
    .command('trixel')
    .description('Describe a trixel by index or name (N32313010): corners in degrees.')
    .argument('<index>')
    .option('--json', 'one JSON object')
    .action((text: string, options: { readonly json?: boolean }) => {
      const index = /^[NS]/.test(text) ? parseHtm(text) : Number(text);
      const corners = htmTrixel(index).vertices.map((v) => {
        const { lon, lat } = lonLatFromUnit(v);
        return [lon / DEGREE, lat / DEGREE];
      });
      print(options, { index, name: formatHtm(index), cornersDeg: corners });
    });
  addCover(htm, 'trixels', '7', { envelope: htmEnvelope, interior: htmInterior });
}

type Cover = (order: number, region: Region) => RangeSet;

function addCover(parent: Command, what: string, order: string, covers: { readonly envelope: Cover; readonly interior: Cover }): void {
  addRegionOptions(parent.command('cover').description(`List the ${what} that cover a region, as half-open ranges.`), order)
    .option('--interior', `only ${what} that lie wholly inside`)
    .addHelpText('after', `\nExample:\n  almagest sphere ${parent.name()} cover --circle 10,20,0.5 --json\n`)
    .action((options: CoverOptions) => {
      const region = readRegion(options);
      const level = readWhole('order', options.order);
      const ranges = (options.interior === true ? covers.interior : covers.envelope)(level, region);
      const list = [...iterateRanges(ranges)].map(([begin, end]) => [String(begin), String(end)]);
      if (options.json === true)
        console.log(
          JSON.stringify({ order: level, count: String(rangeCardinality(ranges)), ranges: list, region: encodeRegionBase64(region) }),
        );
      else for (const [begin, end] of list) console.log(`${begin} ${end}`);
    });
}

function registerMoc(moc: Command): void {
  addRegionOptions(moc.command('make').description('Cover a region and write the map.'), '10')
    .option('--interior', 'only cells that lie wholly inside')
    .option('--out <file>', 'write FITS (.fits), JSON (.json) or ASCII (else); standard output unless given')
    .addHelpText('after', '\nExample:\n  almagest sphere moc make --circle 83.63,22.01,2 --order 8 --out crab.fits\n')
    .action((options: CoverOptions & { readonly out?: string }) => {
      writeMoc(
        mocFromRegion(readWhole('order', options.order), readRegion(options), options.interior === true ? 'interior' : 'envelope'),
        options,
      );
    });
  moc
    .command('info')
    .description('Describe maps: axis, order, covered fraction, ranges.')
    .argument('<file...>')
    .option('--json', 'one JSON object a line')
    .action((files: readonly string[], options: { readonly json?: boolean }) => {
      for (const file of files) print(options, { file, ...describeMoc(readMoc(file)) });
    });
  moc
    .command('convert')
    .description('Write a map in another form, by the name of OUT: .fits, .json, else ASCII ("-" for standard output).')
    .argument('<in>')
    .argument('<out>')
    .option('--order <k>', 'degrade to this order')
    .option('--nuniq', 'FITS of MOC 1 (space only)')
    .action((input: string, out: string, options: { readonly order?: string; readonly nuniq?: boolean }) => {
      const map = readMoc(input);
      const coarse = options.order === undefined || 'entries' in map ? map : degradeMoc(map, readWhole('order', options.order));
      writeMoc(coarse, { ...options, ...(out === '-' ? {} : { out }) });
    });
  moc
    .command('combine')
    .description('Unite, intersect or subtract maps, from left to right; or take the complement of one.')
    .addOption(
      new Option('--op <operation>', 'what becomes of the maps')
        .choices(['union', 'intersection', 'difference', 'complement'])
        .default('union'),
    )
    .option('--out <file>', 'as in make')
    .option('--json', 'write JSON to standard output')
    .argument('<file...>')
    .addHelpText('after', '\nExample:\n  almagest sphere moc combine --op intersection sdss.fits galex.fits --out both.fits\n')
    .action((files: readonly string[], options: { readonly op: string; readonly out?: string; readonly json?: boolean }) => {
      const [first, ...rest] = files.map(readSingleAxis);
      if (first === undefined) return;
      const operate = { union: uniteMocs, intersection: intersectMocs, difference: subtractMocs }[options.op];
      writeMoc(operate ? rest.reduce(operate, first) : complementMoc(first), options);
    });
  moc
    .command('contains')
    .description('Say whether a space map holds a position (degrees).')
    .argument('<file>')
    .argument('<lon>')
    .argument('<lat>')
    .option('--json', 'one JSON object')
    .action((file: string, lon: string, lat: string, options: { readonly json?: boolean }) => {
      const at = readPosition(lon, lat);
      print(options, { file, contains: mocHasPosition(readSingleAxis(file), at.lon, at.lat) });
    });
}

function addRegionOptions(command: Command, order: string): Command {
  return command
    .option('--order <k>', 'order (level) of the cells', order)
    .option('--circle <lon,lat,radius>', 'degrees')
    .option('--box <lon1,lat1,lon2,lat2>', 'degrees, longitude going east')
    .option('--polygon <lon,lat,lon,lat,...>', 'degrees; the convex hull of the points')
    .option('--json', 'JSON');
}

function readRegion(options: CoverOptions): Region {
  const given = [options.circle, options.box, options.polygon].filter((text) => text !== undefined);
  if (given.length !== 1) throw usage(`give one of --circle, --box, --polygon; found ${given.length}`);
  const numbers = (given[0] ?? '').split(',').map((text) => readNumber('region', text));
  const [a = 0, b = 0, c = 0, d = 0] = numbers;
  if (options.circle !== undefined && numbers.length === 3) {
    lonLatDeg(a, b);
    return circleDeg(a, b, c);
  }
  if (options.box !== undefined && numbers.length === 4) return boxDeg(a, b, c, d);
  if (options.polygon !== undefined && numbers.length >= 6 && numbers.length % 2 === 0)
    return convexHull(
      Array.from({ length: numbers.length / 2 }, (_, i) => unitFromLonLat(lonLatDeg(numbers[2 * i] ?? 0, numbers[2 * i + 1] ?? 0))),
    );
  throw usage(`"${given[0]}" has ${numbers.length} numbers; a circle takes 3, a box 4, a polygon 6 or more in pairs`);
}

function describeMoc(map: Moc | SpaceTimeMoc): Record<string, unknown> {
  if ('entries' in map) return { axis: 'space-time', timeOrder: map.timeOrder, spaceOrder: map.spaceOrder, entries: map.entries.length };
  return { axis: map.axis, order: map.order, fraction: mocFraction(map), ranges: rangeCount(map.ranges) };
}

function readMoc(file: string): Moc | SpaceTimeMoc {
  const bytes = readBytes(file);
  if (bytes.subarray(0, 6).toString('latin1') === 'SIMPLE') return decodeMocFits(bytes);
  const text = bytes.toString('utf8');
  return text.trimStart().startsWith('{') ? parseMocJson(text) : parseMoc(text, text.trimStart().startsWith('t') ? 'time' : 'space');
}

function readBytes(file: string): Buffer {
  try {
    return readFileSync(file === '-' ? 0 : file);
  } catch (cause) {
    throw new MocFormatError(`${file}: cannot be read (${cause instanceof Error ? cause.message : String(cause)})`, {
      cause,
      details: { where: file },
    });
  }
}

function readSingleAxis(file: string): Moc {
  const map = readMoc(file);
  if ('entries' in map)
    throw new MocFormatError(`${file}: expected a map of space or time; found one of both`, { details: { where: file } });
  return map;
}

function writeMoc(map: Moc | SpaceTimeMoc, options: { readonly out?: string; readonly json?: boolean; readonly nuniq?: boolean }): void {
  const { out } = options;
  if (out?.endsWith('.fits') === true) {
    writeFileSync(out, encodeMocFits(map, options.nuniq === true ? { ordering: 'nuniq' } : {}));
    return;
  }
  const json = options.json === true || out?.endsWith('.json') === true;
  if (json && 'entries' in map)
    throw new MocFormatError('space-time maps have no JSON form here; write FITS or ASCII', {
      details: { where: out ?? 'standard output' },
    });
  const text = 'entries' in map ? formatSpaceTimeMoc(map) : json ? formatMocJson(map) : formatMoc(map);
  if (out === undefined) console.log(text);
  else writeFileSync(out, `${text}\n`);
}

function readPosition(lon: string, lat: string): LonLat {
  return lonLatDeg(readNumber('lon', lon), readNumber('lat', lat));
}

function readNumber(name: string, text: string): number {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (!Number.isFinite(value)) throw usage(`${name} must be a number; found "${text}"`);
  return value;
}

function readWhole(name: string, text: string): number {
  const value = readNumber(name, text);
  if (!Number.isInteger(value)) throw usage(`${name} must be a whole number; found "${text}"`);
  return value;
}

function readIndex(text: string): bigint {
  if (!/^\d{1,20}$/.test(text)) throw usage(`a pixel index is a whole number from 0; found "${text}"`);
  return BigInt(text);
}

function usage(message: string): SphereRangeError {
  return new SphereRangeError(message, { details: { value: message } });
}

function print(options: { readonly json?: boolean }, record: Record<string, unknown>): void {
  if (options.json === true) console.log(JSON.stringify(record));
  else
    for (const [key, value] of Object.entries(record))
      console.log(`${key.padEnd(12)} ${typeof value === 'object' ? JSON.stringify(value) : String(value as string | number | boolean)}`);
}
