import { AlmagestError } from '@almagest/errors';
import { type Column, makeColumn, makeTable, type Table } from '@almagest/table';
import { DuplicateColumnError, MissingColumnError } from '../errors.ts';
import { createStamp, cutStampInto, type Stamp } from '../stamp/stamp.ts';
import { createSwap, swapInInPlace, swapOutInPlace, type SwappedPart, undividedAt } from './swap-part.ts';
import type { MeasurementPlugin, PluginColumn, PluginFlag, PluginOutput, Scene, SourceView } from './plugin.ts';

/** Every flag that a list of plugins may set, by name. The one registry of a table's flags. */
export function flagsOf(plugins: readonly MeasurementPlugin[]): ReadonlyMap<string, PluginFlag> {
  const flags = new Map<string, PluginFlag>();
  for (const plugin of plugins)
    for (const flag of plugin.flags) {
      if (flags.has(flag.name))
        throw new DuplicateColumnError(`each column belongs to one plugin; ${plugin.name} declares ${flag.name} a second time`, {
          details: { column: flag.name, plugin: plugin.name },
        });
      flags.set(flag.name, flag);
    }
  return flags;
}

/**
 * Measures every source with every plugin.
 *
 * @returns A row for each detection, in their order. Values that could not be measured are NaN and their flag is set; a source
 * never aborts the others.
 * @throws {DuplicateColumnError} if two plugins declare a column. @throws {MissingColumnError} if a plugin reads one that none
 * before it writes.
 * @remarks Time is linear in the sources.
 */
export function measureSources(scene: Scene, plugins: readonly MeasurementPlugin[]): Table {
  const { count } = scene.detections;
  const output = createOutput(plugins, count);
  const steps = plugins.map((plugin) => ({ measure: plugin.prepare(scene, output), failure: output.flags[plugin.failureFlag] }));
  const stamps = new Map<number, { stamp: Stamp; of: number }>();
  const swap = createSwap();
  for (let i = 0; i < count; i++) {
    const source = viewOf(scene, i, stamps, swap);
    swapInInPlace(scene, i, swap);
    for (const { measure, failure } of steps) {
      try {
        measure(source);
      } catch (error) {
        // What a source's data cannot give is that source's flag; anything else is a bug.
        if (!(error instanceof AlmagestError)) throw error;
        failure[i] = 1;
      }
    }
    swapOutInPlace(scene, swap);
  }
  return tableOf(plugins, output);
}

function viewOf(scene: Scene, index: number, stamps: Map<number, { stamp: Stamp; of: number }>, swap: SwappedPart): SourceView {
  const { detections, image } = scene;
  const [x, y] = [detections.x[index], detections.y[index]];
  const segmentation = detections.segmentation ?? NO_LABELS(image);
  return {
    index,
    peakX: x,
    peakY: y,
    x,
    y,
    skyVariance: scene.skyVarianceAt(x, y),
    stamp: (half) => {
      let kept = stamps.get(half);
      if (!kept) stamps.set(half, (kept = { stamp: createStamp(), of: -1 }));
      if (kept.of !== index) {
        cutStampInto(kept.stamp, { image, segmentation, own: index + 1, x, y, half });
        kept.of = index;
      }
      return kept.stamp;
    },
    undivided: (u, v) => undividedAt(swap, image, u, v),
  };
}

/** A plane of zeros of an image's shape in one row's memory: its rows lie on each other. */
function NO_LABELS({ width, height }: { readonly width: number; readonly height: number }): {
  data: Int32Array;
  width: number;
  height: number;
  stride: number;
} {
  return { data: new Int32Array(width), width, height, stride: 0 };
}

function createOutput(plugins: readonly MeasurementPlugin[], count: number): PluginOutput {
  const values: Record<string, Float64Array | Float32Array | Int32Array> = {};
  const flags: Record<string, Uint8Array> = {};
  for (const name of flagsOf(plugins).keys()) flags[name] = new Uint8Array(count);
  for (const plugin of plugins) {
    for (const wanted of plugin.requires ?? [])
      if (!values[wanted])
        throw new MissingColumnError(`plugin ${plugin.name} reads ${wanted}; expected a plugin before it that writes it`, {
          details: { column: wanted, plugin: plugin.name },
        });
    for (const column of plugin.columns) {
      if (values[column.name] || flags[column.name])
        throw new DuplicateColumnError(`each column belongs to one plugin; ${plugin.name} declares ${column.name} a second time`, {
          details: { column: column.name, plugin: plugin.name },
        });
      values[column.name] = emptyData(column, count);
    }
  }
  return { values, flags };
}

function emptyData({ datatype }: PluginColumn, count: number): Float64Array | Float32Array | Int32Array {
  if (datatype === 'int32') return new Int32Array(count);
  return datatype === 'float32' ? new Float32Array(count).fill(Number.NaN) : new Float64Array(count).fill(Number.NaN);
}

function tableOf(plugins: readonly MeasurementPlugin[], { values, flags }: PluginOutput): Table {
  const columns: Column[] = [];
  for (const plugin of plugins) {
    for (const { name, datatype, unit, description } of plugin.columns)
      columns.push(makeColumn({ name, datatype, data: values[name], description, ...(unit ? { unit } : {}) }));
    for (const { name, description } of plugin.flags)
      columns.push(makeColumn({ name, datatype: 'boolean', data: flags[name], description }));
  }
  return makeTable(columns, { name: 'Source' });
}
