import type { ByteSource } from '@almagest/fits';
import type { DataId } from '../dimensions/data-coordinate.ts';
import { FormatterNotFoundError } from '../errors.ts';

/** What a formatter is told about a read. */
export interface ReadContext {
  /** Storage class that the caller gets. */
  readonly storageClass: string;
  /** Storage class under which the artifact was written. */
  readonly storedAs: string;
  readonly component: string | undefined;
  readonly parameters: Readonly<Record<string, unknown>>;
  /** Name of the artifact, for messages. */
  readonly path: string;
  /** The artifact as a file of this machine, where it is one. */
  readonly localPath: string | undefined;
  readonly dataId: DataId;
}

/** What a formatter is told about a write. */
export interface WriteContext {
  readonly storageClass: string;
  /** Entries to put into the artifact's own header, where the format has one. */
  readonly provenance?: Readonly<Record<string, string | number | boolean>>;
}

/** Turns objects into artifacts and back. */
export interface Formatter {
  /** Name kept in the records; the field's names where it has them, so that its software reads the artifact. */
  readonly name: string;
  /** Other names under which records may call it. */
  readonly aliases?: readonly string[];
  /** Of the file, with the dot. */
  extension(storageClass: string): string;
  encode(value: unknown, context: WriteContext): Uint8Array | Promise<Uint8Array>;
  decode(source: ByteSource, context: ReadContext): unknown;
}

/** Which formatter writes which storage class, and which one reads what a record names. */
export class FormatterRegistry {
  readonly #byName = new Map<string, Formatter>();
  readonly #byStorageClass = new Map<string, Formatter>();
  readonly #byDatasetType = new Map<string, Formatter>();

  /**
   * Adds a formatter.
   *
   * @param options.storageClasses - Classes that it writes from now on.
   * @param options.datasetTypes - Dataset types that it writes, whatever their class; stronger than the class.
   */
  add(
    formatter: Formatter,
    options: { readonly storageClasses?: readonly string[]; readonly datasetTypes?: readonly string[] } = {},
  ): void {
    // A formatter of a dataset type may share its name with the general one.
    for (const name of [formatter.name, ...(formatter.aliases ?? [])])
      if (!options.datasetTypes || !this.#byName.has(name)) this.#byName.set(name, formatter);
    for (const name of options.storageClasses ?? []) this.#byStorageClass.set(name, formatter);
    for (const name of options.datasetTypes ?? []) this.#byDatasetType.set(name, formatter);
  }

  /** @throws {FormatterNotFoundError} */
  forWriting(datasetType: string, storageClass: string): Formatter {
    const found = this.#byDatasetType.get(datasetType) ?? this.#byStorageClass.get(storageClass);
    if (found) return found;
    throw new FormatterNotFoundError(
      `no formatter writes storage class ${storageClass}; known are ${[...this.#byStorageClass.keys()].toSorted().join(', ')}`,
      { details: { storageClass } },
    );
  }

  /** The formatter for a stored dataset: its type's own, if that one claims the recorded name. @throws {FormatterNotFoundError} */
  forReading(datasetType: string, name: string): Formatter {
    const own = this.#byDatasetType.get(datasetType);
    return own && (own.name === name || own.aliases?.includes(name)) ? own : this.named(name);
  }

  /** @throws {FormatterNotFoundError} */
  named(name: string): Formatter {
    const found = this.#byName.get(name);
    if (found) return found;
    throw new FormatterNotFoundError(`no formatter is known as ${name}`, { details: { formatter: name } });
  }
}
