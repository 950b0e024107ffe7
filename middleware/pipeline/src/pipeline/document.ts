import { z } from 'zod';
import { PipelineFileError } from '../errors.ts';

export interface PipelineImport {
  readonly location: string;
  readonly include?: string | readonly string[] | undefined;
  readonly exclude?: string | readonly string[] | undefined;
  readonly rename?: Readonly<Record<string, string>> | undefined;
  readonly importContracts: boolean;
  /** What becomes of a subset that lost a task: dropped, or kept with the rest. */
  readonly labeledSubsetModifyMode: 'DROP' | 'EDIT';
}

export interface ConfigBlockFile {
  readonly dataId?: Readonly<Record<string, string | number>> | undefined;
  readonly file?: string | undefined;
  readonly values?: Readonly<Record<string, unknown>> | undefined;
}

export interface TaskEntryFile {
  readonly class: string;
  readonly doc?: string | undefined;
  readonly config?: Readonly<Record<string, unknown>> | readonly ConfigBlockFile[] | undefined;
  readonly connections?: Readonly<Record<string, string>> | undefined;
  readonly resources?: Readonly<Record<string, number>> | undefined;
}

type Step = { readonly label: string; readonly dimensions: readonly string[] };

/** A pipeline file as written. */
export interface PipelineFile {
  readonly description: string;
  readonly instrument?: string | undefined;
  readonly imports?: string | PipelineImport | readonly (string | PipelineImport)[] | undefined;
  readonly parameters?: Readonly<Record<string, unknown>> | undefined;
  readonly tasks?: Readonly<Record<string, string | TaskEntryFile>> | undefined;
  readonly contracts?: readonly (string | { readonly contract: string; readonly msg?: string | undefined })[] | undefined;
  readonly subsets?:
    | Readonly<Record<string, readonly string[] | { readonly subset: readonly string[]; readonly description?: string | undefined }>>
    | undefined;
  readonly steps?: readonly Step[] | undefined;
}

const values = z.record(z.string(), z.unknown());
/** A block of overrides, possibly for some data IDs only, or from a file. */
const configBlock = z.strictObject({
  dataId: z.record(z.string(), z.union([z.string(), z.number()])).optional(),
  file: z.string().optional(),
  values: values.optional(),
});
const taskEntry = z.union([
  z.string(),
  z.strictObject({
    class: z.string(),
    doc: z.string().optional(),
    config: z.union([values, z.array(configBlock)]).optional(),
    connections: z.record(z.string(), z.string()).optional(),
    resources: z.record(z.string(), z.number()).optional(),
  }),
]);
const labels = z.union([z.string(), z.array(z.string())]);
const importEntry = z.union([
  z.string(),
  z.strictObject({
    location: z.string(),
    include: labels.optional(),
    exclude: labels.optional(),
    rename: z.record(z.string(), z.string()).optional(),
    importContracts: z.boolean().default(true),
    labeledSubsetModifyMode: z.enum(['DROP', 'EDIT']).default('DROP'),
  }),
]);

const fileSchema: z.ZodType<PipelineFile> = z.strictObject({
  description: z.string(),
  instrument: z.string().optional(),
  imports: z.union([importEntry, z.array(importEntry)]).optional(),
  parameters: z.record(z.string(), z.unknown()).optional(),
  tasks: z.record(z.string(), taskEntry).optional(),
  contracts: z.array(z.union([z.string(), z.strictObject({ contract: z.string(), msg: z.string().optional() })])).optional(),
  subsets: z
    .record(z.string(), z.union([z.array(z.string()), z.strictObject({ subset: z.array(z.string()), description: z.string().optional() })]))
    .optional(),
  steps: z.array(z.strictObject({ label: z.string(), dimensions: z.array(z.string()) })).optional(),
});

export interface ConfigBlock {
  readonly source: string;
  /** Absent: applies always. */
  readonly dataId?: Readonly<Record<string, string | number>>;
  readonly values: Readonly<Record<string, unknown>>;
}

export interface TaskEntry {
  readonly class: string;
  /** Folder that the class is resolved against. */
  readonly baseDir: string;
  readonly config: readonly ConfigBlock[];
  /** Templates, or dataset type names by connection key. */
  readonly connections: Readonly<Record<string, string>>;
  readonly resources: Readonly<Record<string, number>>;
}

export interface Contract {
  readonly contract: string;
  readonly message: string;
}

export interface Subset {
  readonly labels: readonly string[];
  readonly description: string;
}

/** A pipeline file after its imports, before tasks are loaded. */
export interface PipelineDocument {
  readonly description: string;
  readonly instrument?: string;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly tasks: ReadonlyMap<string, TaskEntry>;
  readonly contracts: readonly Contract[];
  readonly subsets: ReadonlyMap<string, Subset>;
  readonly steps: readonly { readonly label: string; readonly dimensions: readonly string[] }[];
}

/** Checks the shape of a parsed pipeline file. @throws {PipelineFileError} naming each bad key. */
export function checkPipelineFile(data: unknown, where: string): PipelineFile {
  const result = fileSchema.safeParse(data);
  if (result.success) return result.data;
  const lines = result.error.issues.map((issue) => {
    const keys = issue.code === 'unrecognized_keys' ? ` (${issue.keys.join(', ')})` : '';
    return `${issue.path.join('.') || 'top level'}: ${issue.message}${keys}`;
  });
  throw new PipelineFileError(`${where}: ${lines.join('; ')}`, { details: { issues: lines } });
}

/** Normalizes the imports of a file to a list of objects. */
export function importsOf(file: PipelineFile): readonly PipelineImport[] {
  const { imports } = file;
  const list: readonly (string | PipelineImport)[] = imports === undefined ? [] : isList(imports) ? imports : [imports];
  return list.map((entry) =>
    typeof entry === 'string' ? { location: entry, importContracts: true, labeledSubsetModifyMode: 'DROP' as const } : entry,
  );
}

/** `Array.isArray` that also narrows readonly arrays. */
export function isList<T>(value: T | readonly T[]): value is readonly T[] {
  return Array.isArray(value);
}
