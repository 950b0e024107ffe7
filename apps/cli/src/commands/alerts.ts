import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import {
  AlertLog,
  AlertSchemaError,
  compileFilter,
  fromWire,
  type LogEntry,
  packetFromJson,
  packetSchema,
  packetToJson,
  type PacketType,
  packetType,
  type PacketValue,
  PacketFormatError,
  readContainer,
  readPackets,
  readSchemaFolder,
  replayLog,
  UnknownSchemaError,
  writeContainer,
} from '@almagest/alerts';
import type { Command } from 'commander';

interface JsonOption {
  readonly json?: boolean;
}

const SCHEMA_HELP = 'Avro schema: a .avsc file (records it names are taken from its folder), or "survey" for the survey\'s own';

/** Adds `almagest alerts`. */
export function register(program: Command): void {
  const alerts = program.command('alerts').description('Read, filter, replay and check alert packets.');
  alerts
    .command('decode')
    .description('Print the packets of an Avro file as JSON, one a line.')
    .argument('<file>', 'Avro container file, of any survey')
    .option('--schema <schema>', `read the packets as another schema. ${SCHEMA_HELP}`)
    .option('--no-stamps', 'leave bytes out')
    .option('--json', 'the same: output is JSON always')
    .addHelpText('after', '\nExample:\n  almagest alerts decode alert.avro --no-stamps | jq .candidate.ra')
    .action((file: string, options: { schema?: string; stamps: boolean }) => {
      const reader = options.schema === undefined ? undefined : schemaOf(options.schema);
      for (const packet of readPackets(readBytes(file), reader).packets)
        console.log(
          packetToJson(options.stamps ? packet : Object.fromEntries(Object.entries(packet).filter(([, value]) => !isStamp(value)))),
        );
    });
  alerts
    .command('encode')
    .description('Make an Avro file of packets given as JSON, one a line.')
    .argument('<json>', 'file of JSON lines, as decode prints them')
    .argument('<file>', 'Avro file to write')
    .option('--schema <schema>', SCHEMA_HELP, 'survey')
    .option('--codec <codec>', 'null, deflate or zstandard', 'null')
    .option('--json', 'one JSON line: number of packets and bytes')
    .addHelpText(
      'after',
      '\nExample:\n  almagest alerts encode packets.jsonl packets.avro --schema lsst.v11_0.alert.avsc --codec zstandard',
    )
    .action((json: string, file: string, options: JsonOption & { schema: string; codec: string }) => {
      if (options.codec !== 'null' && options.codec !== 'deflate' && options.codec !== 'zstandard')
        throw new PacketFormatError(`codec must be one of null, deflate, zstandard; found "${options.codec}"`);
      const type = schemaOf(options.schema);
      const lines = new TextDecoder()
        .decode(readBytes(json))
        .split('\n')
        .filter((line) => line.trim() !== '');
      const packets = lines.map((line) => type.encode(packetFromJson(line, type.node)));
      const bytes = writeContainer(type.schema, packets, { codec: options.codec });
      writeFileSync(file, bytes);
      console.log(
        options.json
          ? JSON.stringify({ packets: packets.length, bytes: bytes.length })
          : `${packets.length} packets, ${bytes.length} bytes`,
      );
    });
  alerts
    .command('validate')
    .description('Check that every packet of an Avro file can be read, and read as another schema.')
    .argument('<file>', 'Avro container file')
    .option('--schema <schema>', SCHEMA_HELP)
    .option('--json', 'one JSON line')
    .addHelpText(
      'after',
      '\nExit status 2 if a packet is damaged or does not resolve.\n\nExample:\n  almagest alerts validate alert.avro --schema survey',
    )
    .action((file: string, options: JsonOption & { schema?: string }) => {
      const bytes = readBytes(file);
      const { codec, blocks } = readContainer(bytes);
      const { packets } = readPackets(bytes);
      if (options.schema !== undefined) readPackets(bytes, schemaOf(options.schema));
      const found = { valid: true, packets: packets.length, blocks: blocks.length, codec, readAs: options.schema ?? null };
      console.log(
        options.json
          ? JSON.stringify(found)
          : `${packets.length} packets in ${blocks.length} blocks (codec ${codec}) are valid${options.schema === undefined ? '' : ` and read as ${options.schema}`}`,
      );
    });
  alerts
    .command('tail')
    .description('Print alerts of a log, and go on as they come.')
    .argument('<log>', 'folder of the alert log')
    .option('--from <offset>', 'first offset; -10 for the last ten', Number, -10)
    .option('--consumer <name>', 'go on where this consumer stopped, and keep its place')
    .option('-f, --follow', 'wait for new alerts until interrupted')
    .option('--full', 'print whole packets')
    .option('--json', 'one JSON line an alert')
    .addHelpText('after', '\nExample:\n  almagest alerts tail alerts --follow --consumer mine --json')
    .action(async (folder: string, options: JsonOption & { from: number; consumer?: string; follow?: boolean; full?: boolean }) => {
      await tail(folder, options);
    });
  alerts
    .command('filter')
    .description('Print the alerts that pass a filter.')
    .argument('<filter>', 'SQL-like: [SELECT value [AS name], ... WHERE] condition')
    .argument('<source>', 'folder of an alert log, or an Avro file')
    .option('--limit <count>', 'stop after so many', Number, Infinity)
    .option('--json', 'one JSON line an alert')
    .addHelpText(
      'after',
      '\nNames are fields of the packet, or of its triggering source. Histories are asked with count, min, max, mean, sum, stddev, first, last,\nany and all over a list, with WHERE inside. Functions: cone, separation, mag, abs, sqrt, ln, log10, exp, power, floor, ceil, least, greatest, coalesce.\n\nExamples:\n  almagest alerts filter "snr > 10 AND count(prvDiaSources WHERE band = \'r\') >= 2" alerts\n  almagest alerts filter "SELECT candid, candidate.magpsf WHERE candidate.rb > 0.6" ztf.avro --json',
    )
    .action(async (filter: string, source: string, options: JsonOption & { limit: number }) => {
      await runFilter(filter, source, options);
    });
  alerts
    .command('replay')
    .description('Send the alerts of one log to another again, at a chosen pace.')
    .argument('<from>', 'folder of the log to read')
    .argument('<to>', 'folder of the log to write; alerts that it has are left out')
    .option('--rate <number>', 'alerts a second', Number)
    .option('--speed <factor>', 'times faster than they were taken', Number)
    .option('--json', 'one JSON line at the end')
    .addHelpText('after', '\nExample:\n  almagest alerts replay alerts rehearsal --rate 270')
    .action(async (from: string, to: string, options: JsonOption & { rate?: number; speed?: number }) => {
      const source = await AlertLog.open(existing(from), { readOnly: true });
      const target = await AlertLog.open(to);
      let appended = 0;
      try {
        const pace = {
          ...(options.rate === undefined ? {} : { rate: options.rate }),
          ...(options.speed === undefined ? {} : { speed: options.speed }),
        };
        for await (const entry of replayLog(source, pace)) {
          await keepSchema(source, target, entry);
          appended += (await target.append([entry])).appended;
        }
      } finally {
        await source.close();
        await target.close();
      }
      console.log(options.json ? JSON.stringify({ appended }) : `${appended} alerts sent`);
    });
}

async function tail(
  folder: string,
  options: JsonOption & { from: number; consumer?: string; follow?: boolean; full?: boolean },
): Promise<void> {
  const log = await AlertLog.open(existing(folder), { readOnly: true });
  const stop = new AbortController();
  process.once('SIGINT', () => stop.abort());
  const known = options.consumer === undefined ? undefined : await log.consumerOffset(options.consumer);
  const start = known ?? (options.from < 0 ? Math.max(0, log.endOffset + options.from) : options.from);
  const end = options.follow ? Infinity : log.endOffset;
  try {
    if (start >= end) return;
    for await (const entry of log.follow(start, stop.signal)) {
      await printEntry(log, entry, options);
      if (options.consumer !== undefined) await log.commitOffset(options.consumer, entry.offset + 1);
      if (entry.offset + 1 >= end) break;
    }
  } finally {
    await log.close();
  }
}

async function printEntry(log: AlertLog, entry: LogEntry, options: JsonOption & { full?: boolean }): Promise<void> {
  if (options.full) {
    console.log(packetToJson((await typeOf(log, entry)).decode(fromWire(entry.bytes).packet)));
    return;
  }
  const { offset, key, ra, dec, mjdTai, bytes } = entry;
  console.log(
    options.json
      ? `{"offset":${offset},"diaSourceId":${key},"ra":${ra},"dec":${dec},"midpointMjdTai":${mjdTai},"bytes":${bytes.length}}`
      : `${String(offset).padStart(8)}  ${key}  ${ra.toFixed(6).padStart(11)} ${dec.toFixed(6).padStart(11)}  ${mjdTai.toFixed(6)}  ${bytes.length} bytes`,
  );
}

async function runFilter(text: string, source: string, options: JsonOption & { limit: number }): Promise<void> {
  let shown = 0;
  const print = (columns: Readonly<Record<string, PacketValue>>): void => {
    shown += 1;
    console.log(
      options.json
        ? packetToJson(columns)
        : Object.entries(columns)
            .map(([name, value]) => `${name}=${packetToJson({ value }).slice(9, -1)}`)
            .join('  '),
    );
  };
  if (statSync(existing(source)).isDirectory()) {
    const log = await AlertLog.open(source, { readOnly: true });
    try {
      const filters = new Map<PacketType, ReturnType<typeof compileFilter>>();
      for await (const entry of replayLog(log)) {
        const type = await typeOf(log, entry);
        const filter = filters.get(type) ?? compileFilter(text, type.node);
        filters.set(type, filter);
        const packet = type.decode(fromWire(entry.bytes).packet);
        if (filter.passes(packet))
          print(filter.select(packet) ?? { offset: entry.offset, diaSourceId: entry.key, ra: entry.ra, dec: entry.dec });
        if (shown >= options.limit) break;
      }
    } finally {
      await log.close();
    }
    return;
  }
  const { type, packets } = readPackets(readBytes(source));
  const filter = compileFilter(text, type.node);
  for (const [row, packet] of packets.entries()) {
    if (filter.passes(packet)) print(filter.select(packet) ?? { row });
    if (shown >= options.limit) break;
  }
}

const TYPES = new Map<number, PacketType>();

async function typeOf(log: AlertLog, entry: LogEntry): Promise<PacketType> {
  const { schemaId } = fromWire(entry.bytes);
  const known = TYPES.get(schemaId);
  if (known) return known;
  const schema = await log.findSchema(schemaId);
  if (schema === undefined)
    throw new UnknownSchemaError(`the log has no schema ${schemaId}, which alert ${entry.key} names`, { details: { schemaId } });
  const type = packetType(schema);
  TYPES.set(schemaId, type);
  return type;
}

async function keepSchema(source: AlertLog, target: AlertLog, entry: LogEntry): Promise<void> {
  const { schemaId } = fromWire(entry.bytes);
  if ((await target.findSchema(schemaId)) === undefined) await target.putSchema(schemaId, await source.findSchema(schemaId));
}

function schemaOf(name: string): PacketType {
  if (name === 'survey') return packetType(packetSchema());
  if (!existsSync(name))
    throw new AlertSchemaError(`there is no schema file ${name}; name an .avsc file, or "survey"`, { details: { schema: name } });
  return packetType(readSchemaFolder(name));
}

function readBytes(path: string): Uint8Array {
  return readFileSync(existing(path));
}

function existing(path: string): string {
  if (!existsSync(path)) throw new PacketFormatError(`there is no file or folder ${path}`);
  return path;
}

function isStamp(value: PacketValue): boolean {
  return value instanceof Uint8Array || (typeof value === 'object' && value !== null && 'stampData' in value);
}
