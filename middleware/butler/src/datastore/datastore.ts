import type { DatasetRef } from '../datasets/dataset-ref.ts';
import type { FsckOptions, FsckReport } from '../maintenance/fsck-report.ts';
import type { CompositeRules } from './encode-items.ts';
import type { FormatterRegistry } from './formatter.ts';

/** How a file that exists becomes part of a repository. */
export type TransferMode = 'auto' | 'copy' | 'move' | 'direct' | 'split' | 'hardlink' | 'symlink' | 'relsymlink' | 'link';

/** Where one artifact is and what reads it; the row that the registry keeps. */
export interface FileRecord {
  readonly datasetId: string;
  /** Relative to the datastore's root, or an absolute address; a `#` fragment names a member of a bundle. */
  readonly path: string;
  readonly formatter: string;
  readonly storageClass: string;
  /** Set where a composite was taken apart. */
  readonly component: string | undefined;
  /** `blake2b:` and the digest in hexadecimal, or null. */
  readonly checksum: string | null;
  /** [byte]; -1 or null where not known. */
  readonly size: number | null;
}

/** Artifacts that were written but are not visible yet. */
export interface StagedArtifacts {
  readonly records: readonly FileRecord[];
  /** Gives the artifacts their final names. Called inside the registry's transaction, after conflicts are ruled out. */
  publish(): Promise<void>;
  /** After the transaction committed: forgets the journal, removes moved originals. */
  finish(): Promise<void>;
  /** If publishing or registering failed: removes everything that was written. Called while the transaction still keeps others away. */
  abandon(): Promise<void>;
}

/** Artifacts that are to go. */
export interface StagedRemoval {
  /** Deletes them, except those that other records still refer to. Called after the transaction committed. */
  publish(kept: ReadonlySet<string>): Promise<void>;
  finish(): Promise<void>;
  /** If the transaction failed: forgets the intention. */
  abandon(): Promise<void>;
}

/** A value to be stored. */
export interface PutItem {
  /** With an expanded data ID, since paths are made from records. */
  readonly ref: DatasetRef;
  readonly value: unknown;
  readonly provenance?: Readonly<Record<string, string | number | boolean>>;
}

/** An artifact that is encoded already. */
export interface EncodedItem {
  readonly ref: DatasetRef;
  readonly bytes: Uint8Array;
  /** Name of the formatter that made it. */
  readonly formatter: string;
  readonly extension: string;
  /** Part of the dataset and its storage class, where a composite was taken apart. */
  readonly component?: string;
  readonly storageClass?: string;
}

/** A file to be taken over. */
export interface IngestItem {
  /** Several where one file holds several datasets. */
  readonly refs: readonly DatasetRef[];
  /** Path of the file, or an address that the datastore understands. */
  readonly path: string;
  readonly formatter?: string;
  readonly checksum?: string;
  readonly size?: number;
  /** Relative path in the datastore; made from templates unless told. */
  readonly target?: string;
  /** For bundles: what each dataset is inside, by dataset id; several members where a composite was taken apart. */
  readonly members?: ReadonlyMap<string, readonly BundleMember[]>;
}

/** One dataset inside a bundle, or one part of it. */
export interface BundleMember {
  readonly member: string;
  readonly component?: string;
  readonly formatter: string;
  readonly storageClass: string;
  readonly size: number;
  readonly checksum: string | null;
}

export interface ReadOptions {
  readonly component?: string;
  readonly parameters?: Readonly<Record<string, unknown>>;
  /** Storage class that the caller wants, if not the dataset type's. */
  readonly storageClass?: string;
}

/** What of some datasets is to go. */
export interface RemovalRequest {
  readonly unstore: boolean;
  readonly purge: boolean;
  /** TAGGED collections that they leave. */
  readonly disassociate: readonly string[];
}

/** What changes datasets whose registry and artifacts are kept together elsewhere: each call is one step there, all or nothing. */
export interface Elsewhere {
  /** @returns ids that are new. */
  put(items: readonly PutItem[], existing: 'fail' | 'skip'): Promise<readonly string[]>;
  putEncoded(items: readonly EncodedItem[], existing: 'fail' | 'skip'): Promise<readonly string[]>;
  ingest(
    items: readonly IngestItem[],
    how: { readonly mode: TransferMode; readonly existing: 'fail' | 'skip'; readonly signal?: AbortSignal },
  ): Promise<readonly string[]>;
  remove(ids: readonly string[], how: RemovalRequest): Promise<void>;
  check(options: FsckOptions): Promise<FsckReport>;
}

/**
 * Where artifacts live. It knows bytes and formats; the registry knows which records exist.
 * Every implementation passes the datastore conformance suite.
 */
export interface Datastore {
  /** Name in the registry's location table. */
  readonly name: string;
  /** Whether its records survive the process. */
  readonly isEphemeral: boolean;
  stage(items: readonly PutItem[]): Promise<StagedArtifacts>;
  stageEncoded(items: readonly EncodedItem[]): Promise<StagedArtifacts>;
  stageFiles(items: readonly IngestItem[], mode: TransferMode): Promise<StagedArtifacts>;
  read(ref: DatasetRef, records: readonly FileRecord[], options: ReadOptions): Promise<unknown>;
  /** Whether the artifact of each record exists. */
  artifactsExist(records: readonly FileRecord[]): Promise<readonly boolean[]>;
  /** Address of an artifact, for people and other programs. */
  address(record: FileRecord): string;
  /** An address that works without a sign-in for some seconds; absent or undefined where there is no such. */
  signedAddress?(record: FileRecord, seconds: number): Promise<string | undefined>;
  /** Present where registry and artifacts are kept together elsewhere; nothing is staged here then. */
  readonly elsewhere?: Elsewhere;
  /** Formats that it reads and writes. */
  readonly formatters: FormatterRegistry;
  /** Composites that are stored in parts; none where it is absent. */
  readonly composites?: CompositeRules | undefined;
  /** Bytes of an artifact as they are. */
  readBytes(record: FileRecord): Promise<Uint8Array>;
  /** Size, and checksum if asked, as they are now; undefined where the artifact is not there. */
  measure(
    record: FileRecord,
    options: { readonly checksum: boolean },
  ): Promise<{ readonly size: number; readonly checksum?: string } | undefined>;
  /** Whether an operation that has not ended may be writing the artifact. */
  isPending(path: string): Promise<boolean>;
  /** Moves an artifact that nobody records out of the way; false where that cannot be done. */
  setAside(path: string): Promise<boolean>;
  /** Notes that the artifacts are to be deleted; call {@link StagedRemoval.publish} once no record refers to them. */
  stageRemoval(records: readonly FileRecord[]): Promise<StagedRemoval>;
  /** Undoes or completes what killed processes left; `isRecorded` says which paths the registry refers to. */
  recover(isRecorded: (paths: readonly string[]) => Promise<ReadonlySet<string>>): Promise<readonly string[]>;
  /** All artifacts below the root, relative paths. */
  listArtifacts(): AsyncIterable<{ readonly path: string; readonly size: number }>;
  close(): Promise<void>;
}
