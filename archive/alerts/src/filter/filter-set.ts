import type { AvroNode, AvroRecordNode } from '../avro/avro-node.ts';
import type { DecodedPacket, PacketType } from '../avro/avro-type.ts';
import { compileDecoder } from '../avro/compile-decoder.ts';
import { ByteReader } from '../avro/byte-reader.ts';
import { FilterLimitError } from '../errors.ts';
import { type CompiledFilter, compileFilter, type FilterOptions } from './compile-filter.ts';

export interface FilterSetOptions extends FilterOptions {
  /** Most alerts that one filter may pass until {@link FilterSet.beginVisit} is called. */
  readonly maxPerVisit?: number;
}

/** A filter that passed an alert. */
export interface FilterHit {
  readonly filter: string;
  readonly columns: Readonly<Record<string, unknown>> | undefined;
}

/** Alerts for each user and visit, as the survey promises them. */
const DEFAULT_PER_VISIT = 20;

/**
 * Runs many users' filters over a stream of packets.
 *
 * A packet is decoded once, and of it only what the filters look at. A filter that takes too many steps is switched off, and says so.
 */
export class FilterSet {
  readonly #filters: {
    readonly name: string;
    readonly filter: CompiledFilter;
    passed: number;
    dropped: number;
    failure: FilterLimitError | undefined;
  }[] = [];
  readonly #type: PacketType;
  readonly #options: FilterSetOptions;
  #decode: ((bytes: Uint8Array) => DecodedPacket) | undefined;

  constructor(type: PacketType, options: FilterSetOptions = {}) {
    this.#type = type;
    this.#options = options;
  }

  /** Adds a filter under a name. Throws `FilterSyntaxError` if it has a mistake. */
  add(name: string, text: string): void {
    const filter = compileFilter(text, this.#type.node, this.#options);
    this.#filters.push({ name, filter, passed: 0, dropped: 0, failure: undefined });
    this.#decode = undefined;
  }

  /** Filters that pass a packet of this set's schema. */
  match(packet: Uint8Array): FilterHit[] {
    this.#decode ??= projectedDecoder(
      this.#type.node,
      this.#filters.flatMap(({ filter }) => filter.paths),
    );
    const decoded = this.#decode(packet);
    const hits: FilterHit[] = [];
    for (const entry of this.#filters) {
      if (entry.failure) continue;
      try {
        if (!entry.filter.passes(decoded)) continue;
        if (entry.passed >= (this.#options.maxPerVisit ?? DEFAULT_PER_VISIT)) {
          entry.dropped += 1;
          continue;
        }
        hits.push({ filter: entry.name, columns: entry.filter.select(decoded) });
        entry.passed += 1;
      } catch (error) {
        if (!(error instanceof FilterLimitError)) throw error;
        entry.failure = error;
      }
    }
    return hits;
  }

  /** Starts the count of each filter's alerts anew. */
  beginVisit(): void {
    for (const entry of this.#filters) entry.passed = 0;
  }

  /** How the filters fare: alerts beyond the limit, and what switched a filter off. */
  get report(): readonly { readonly filter: string; readonly dropped: number; readonly failure: FilterLimitError | undefined }[] {
    return this.#filters.map(({ name, dropped, failure }) => ({ filter: name, dropped, failure }));
  }
}

/** Decodes only the fields that lie on the given paths; all others are skipped over. */
export function projectedDecoder(schema: AvroNode, paths: readonly (readonly string[])[]): (bytes: Uint8Array) => DecodedPacket {
  const decode = compileDecoder(schema, pruned(schema, paths));
  return (bytes) => decode(new ByteReader(bytes)) as DecodedPacket;
}

function pruned(node: AvroNode, paths: readonly (readonly string[])[]): AvroNode {
  if (paths.some((path) => path.length === 0)) return node;
  switch (node.kind) {
    case 'record': {
      const fields = node.fields.flatMap((field) => {
        const inner = paths.filter((path) => path[0] === field.name).map((path) => path.slice(1));
        return inner.length === 0 ? [] : [{ ...field, type: pruned(field.type, inner) }];
      });
      return { ...node, fields } satisfies AvroRecordNode;
    }
    case 'union':
      return { kind: 'union', branches: node.branches.map((branch) => pruned(branch, paths)) };
    case 'array':
      return { kind: 'array', items: pruned(node.items, paths) };
    default:
      return node;
  }
}
