import type { Butler } from '@almagest/butler';
import { RunConflictError } from '../errors.ts';

export interface CollectionOptions {
  /** Collections to read from, in order. */
  readonly input: readonly string[];
  /** CHAINED collection that shows the newest run first, then earlier ones, then the inputs. */
  readonly output?: string;
  /** RUN to write to; follows from `output` and the time if absent. */
  readonly outputRun?: string;
  /** Writes to the newest run of the chain rather than to a new one. */
  readonly extendRun?: boolean;
  /** Takes the newest run out of the chain and writes a new one in its place. */
  readonly replaceRun?: boolean;
  /** Puts the given inputs in the chain in place of those it has. */
  readonly rebase?: boolean;
  /** For the name of a new run: `20261120T093000Z`. */
  readonly timestamp: string;
}

/** What a run reads and writes. */
export interface RunCollections {
  readonly inputs: readonly string[];
  readonly outputRun: string;
  /** Chain to be defined once the run begins. */
  readonly chain?: { readonly name: string; readonly children: readonly string[] };
}

/**
 * Works out the input collections, the output run and the new content of the output chain.
 *
 * @throws {RunConflictError} if neither output nor run is named, or the chain was begun with other inputs and `rebase` is not set.
 */
export async function planCollections(butler: Butler, options: CollectionOptions): Promise<RunCollections> {
  const { output, outputRun, input, timestamp } = options;
  if (output === undefined) {
    if (outputRun === undefined) throw new RunConflictError('an output is needed: name a chain with --output or a run with --output-run');
    return { inputs: await flatten(butler, input), outputRun };
  }
  const before = await butler.registry.findCollection(output);
  if (before && before.type !== 'CHAINED')
    throw new RunConflictError(`output "${output}" is a ${before.type} collection; a chain was expected`);
  const children = before ? (await butler.registry.flattenCollections([output])).map(({ name }) => name) : [];
  const own = children.filter((name) => name.startsWith(`${output}/`));
  const others = children.filter((name) => !own.includes(name));
  const wanted = await flatten(butler, input);
  const unknown = wanted.filter((name) => !children.includes(name));
  if (before && unknown.length > 0 && !options.rebase)
    throw new RunConflictError(
      `chain "${output}" was begun without input ${unknown.join(', ')}; add it with --rebase, or use another output`,
    );
  const inputs = options.rebase || !before ? [...wanted, ...others.filter((name) => !wanted.includes(name))] : others;
  const kept = options.replaceRun ? own.slice(1) : own;
  const newest = own[0];
  if (options.extendRun && newest === undefined) throw new RunConflictError(`chain "${output}" has no run to extend`);
  const run = outputRun ?? (options.extendRun && newest !== undefined ? newest : `${output}/${timestamp}`);
  const earlier = kept.filter((name) => name !== run);
  return { inputs: [...earlier, ...inputs], outputRun: run, chain: { name: output, children: [run, ...earlier, ...inputs] } };
}

async function flatten(butler: Butler, names: readonly string[]): Promise<readonly string[]> {
  return names.length === 0 ? [] : (await butler.registry.flattenCollections(names)).map(({ name }) => name);
}

/** Registers the run and defines the chain. */
export async function defineCollections(butler: Butler, { outputRun, chain }: RunCollections): Promise<void> {
  await butler.registry.registerCollection(outputRun, 'RUN');
  if (!chain) return;
  await butler.registry.registerCollection(chain.name, 'CHAINED');
  await butler.registry.editChain(chain.name, 'redefine', chain.children);
}
