import type { DatasetRef } from '../datasets/dataset-ref.ts';
import { ArtifactMissingError } from '../errors.ts';
import type { CompositeRules } from './encode-items.ts';
import type { FormatterRegistry } from './formatter.ts';
import type {
  Datastore,
  EncodedItem,
  FileRecord,
  IngestItem,
  PutItem,
  ReadOptions,
  StagedArtifacts,
  StagedRemoval,
  TransferMode,
} from './datastore.ts';

/**
 * Several datastores that hold the same artifacts under the same paths: writes go to all, reads to the first that has the artifact.
 * Put the fastest first, such as memory or a local disk before an object store.
 */
export class ChainedDatastore implements Datastore {
  readonly name: string;
  readonly isEphemeral: boolean;
  readonly #children: readonly [Datastore, ...Datastore[]];

  constructor(children: readonly [Datastore, ...Datastore[]]) {
    this.#children = children;
    this.name = children.at(-1)!.name;
    this.isEphemeral = children.every((child) => child.isEphemeral);
  }

  get formatters(): FormatterRegistry {
    return this.#children.at(-1)!.formatters;
  }

  get composites(): CompositeRules | undefined {
    return this.#children.at(-1)!.composites;
  }

  async stage(items: readonly PutItem[]): Promise<StagedArtifacts> {
    return await this.#stageAll(async (child) => await child.stage(items));
  }

  async stageEncoded(items: readonly EncodedItem[]): Promise<StagedArtifacts> {
    return await this.#stageAll(async (child) => await child.stageEncoded(items));
  }

  async stageFiles(items: readonly IngestItem[], mode: TransferMode): Promise<StagedArtifacts> {
    // The last child may take the original away; the others copy it before.
    return await this.#stageAll(async (child) => await child.stageFiles(items, child === this.#children.at(-1) ? mode : 'copy'));
  }

  async #stageAll(stage: (child: Datastore) => Promise<StagedArtifacts>): Promise<StagedArtifacts> {
    const staged: StagedArtifacts[] = [];
    const each = async (work: (one: StagedArtifacts) => Promise<void>): Promise<void> => {
      for (const one of staged) await work(one);
    };
    try {
      for (const child of this.#children) staged.push(await stage(child));
    } catch (error) {
      await each(async (one) => await one.abandon());
      throw error;
    }
    return {
      records: staged.at(-1)!.records,
      publish: async () => await each(async (one) => await one.publish()),
      finish: async () => await each(async (one) => await one.finish()),
      abandon: async () => await each(async (one) => await one.abandon()),
    };
  }

  async read(ref: DatasetRef, records: readonly FileRecord[], options: ReadOptions): Promise<unknown> {
    return await (await this.#holder(records)).read(ref, records, options);
  }

  async #holder(records: readonly FileRecord[]): Promise<Datastore> {
    for (const child of this.#children) if (records.length > 0 && (await child.artifactsExist(records)).every(Boolean)) return child;
    return this.#children.at(-1)!;
  }

  async artifactsExist(records: readonly FileRecord[]): Promise<readonly boolean[]> {
    const answers = await Promise.all(this.#children.map(async (child) => await child.artifactsExist(records)));
    return records.map((_, i) => answers.some((answer) => answer[i] === true));
  }

  address(record: FileRecord): string {
    return this.#children.at(-1)!.address(record);
  }

  async readBytes(record: FileRecord): Promise<Uint8Array> {
    return await (await this.#holder([record])).readBytes(record);
  }

  /** All children must hold the same; where they differ, the one that differs from the record is reported. */
  async measure(
    record: FileRecord,
    options: { readonly checksum: boolean },
  ): Promise<{ readonly size: number; readonly checksum?: string } | undefined> {
    let found: { readonly size: number; readonly checksum?: string } | undefined;
    for (const child of this.#children) {
      const measured = await child.measure(record, options);
      if (measured === undefined) {
        if (!child.isEphemeral) return undefined;
        continue;
      }
      found = measured;
      if (
        (record.size !== null && measured.size !== record.size) ||
        (measured.checksum !== undefined && record.checksum !== null && measured.checksum !== record.checksum)
      )
        return measured;
    }
    return found;
  }

  async isPending(path: string): Promise<boolean> {
    for (const child of this.#children) if (await child.isPending(path)) return true;
    return false;
  }

  async setAside(path: string): Promise<boolean> {
    let done = false;
    for (const child of this.#children)
      try {
        done = (await child.setAside(path)) || done;
      } catch (error) {
        if (!(error instanceof ArtifactMissingError)) continue;
      }
    return done;
  }

  async stageRemoval(records: readonly FileRecord[]): Promise<StagedRemoval> {
    const removals = await Promise.all(this.#children.map(async (child) => await child.stageRemoval(records)));
    return {
      publish: async (kept) => {
        for (const removal of removals) await removal.publish(kept);
      },
      finish: async () => {
        for (const removal of removals) await removal.finish();
      },
      abandon: async () => {
        for (const removal of removals) await removal.abandon();
      },
    };
  }

  async recover(isRecorded: (paths: readonly string[]) => Promise<ReadonlySet<string>>): Promise<readonly string[]> {
    const removed = new Set<string>();
    for (const child of this.#children) for (const path of await child.recover(isRecorded)) removed.add(path);
    return [...removed];
  }

  async *listArtifacts(): AsyncIterable<{ readonly path: string; readonly size: number }> {
    const seen = new Set<string>();
    for (const child of this.#children)
      for await (const artifact of child.listArtifacts()) {
        if (!seen.has(artifact.path)) yield artifact;
        seen.add(artifact.path);
      }
  }

  async close(): Promise<void> {
    for (const child of this.#children) await child.close();
  }
}
