import { qualifiedName, type TapContent } from '@almagest/tap';

/** One way to use a service. */
export interface Interface {
  readonly standardId: string;
  /** Type of the capability where its standard has one, such as `tr:TableAccess`. */
  readonly capabilityType?: string;
  readonly accessUrl: string;
  readonly use: 'base' | 'full';
  readonly version?: string;
}

/** A resource of this server as the Virtual Observatory knows it. @see VOResource 1.1 */
export interface RegistryRecord {
  readonly ivoid: string;
  readonly type: 'vs:CatalogService' | 'vg:Registry' | 'vg:Authority';
  readonly shortName: string;
  readonly title: string;
  readonly description: string;
  readonly subjects: readonly string[];
  readonly referenceUrl: string;
  readonly interfaces: readonly Interface[];
  /** Tables that a service of tables has. */
  readonly tables: TapContent | undefined;
}

export interface RegistryOwner {
  readonly authority: string;
  readonly title: string;
  readonly publisher: string;
  readonly contactName: string;
  readonly contactEmail: string;
}

/** What this server has besides itself. */
export interface RegistryParts {
  readonly content: TapContent | undefined;
  readonly hasImages: boolean;
  /** Names of HiPS. */
  readonly hips: readonly string[];
}

const std = (name: string): string => `ivo://ivoa.net/std/${name}`;
const SUBJECTS = ['astronomical-catalogs', 'surveys'];

/** The records of a server: itself, its authority, tables, images and sky surveys. */
export function makeRecords(
  { authority, title }: RegistryOwner,
  { content, hasImages, hips }: RegistryParts,
  base: string,
): readonly RegistryRecord[] {
  const at = (path: string): string => `${base}${path}`;
  const vosi = (folder: string): readonly Interface[] =>
    ['capabilities', 'availability'].map((name) => ({ standardId: std(`VOSI#${name}`), accessUrl: at(`${folder}/${name}`), use: 'full' }));
  const record = (
    path: string,
    rest: Omit<RegistryRecord, 'ivoid' | 'subjects' | 'referenceUrl' | 'tables'> & Partial<RegistryRecord>,
  ): RegistryRecord => ({
    ivoid: `ivo://${authority}${path}`,
    subjects: SUBJECTS,
    referenceUrl: `${base}/`,
    tables: undefined,
    ...rest,
  });
  const service = (path: string, shortName: string, name: string, description: string, interfaces: readonly Interface[]): RegistryRecord =>
    record(path, { type: 'vs:CatalogService', shortName, title: `${title}: ${name}`, description, interfaces });
  return [
    record('', {
      type: 'vg:Authority',
      shortName: 'authority',
      title: `${title}: naming authority`,
      description: `Names of the resources of ${title}.`,
      interfaces: [],
    }),
    record('/registry', {
      type: 'vg:Registry',
      shortName: 'registry',
      title: `${title}: publishing registry`,
      description: `Records of the services of ${title}, to be harvested.`,
      interfaces: [{ standardId: std('Registry'), capabilityType: 'vg:Harvest', accessUrl: at('/oai'), use: 'base', version: '1.0' }],
    }),
    ...(content
      ? [
          {
            ...service('/tap', 'TAP', 'tables', `Catalogues of ${title}, to be queried in ADQL.`, [
              { standardId: std('TAP'), accessUrl: at('/tap'), use: 'base', version: '1.1' },
              ...vosi('/tap'),
              { standardId: std('VOSI#tables-1.1'), accessUrl: at('/tap/tables'), use: 'full' },
            ]),
            tables: content,
          },
        ]
      : []),
    ...(hasImages
      ? [
          service('/sia', 'SIA', 'images', `Images of ${title}, found by position, band and time.`, [
            { standardId: std('SIA#query-2.0'), accessUrl: at('/sia/query'), use: 'base', version: '2.0' },
            ...vosi('/sia'),
          ]),
          service('/soda', 'SODA', 'cutouts', `Parts of the images of ${title}, with mask and variance.`, [
            { standardId: std('SODA#sync-1.0'), accessUrl: at('/soda/sync'), use: 'base', version: '1.0' },
            { standardId: std('SODA#async-1.0'), accessUrl: at('/soda/async'), use: 'base', version: '1.0' },
            ...vosi('/soda'),
          ]),
          service('/datalink', 'DataLink', 'links', `Files, pictures and services of each image of ${title}.`, [
            { standardId: std('DataLink#links-1.1'), accessUrl: at('/datalink/links'), use: 'base', version: '1.1' },
            ...vosi('/datalink'),
          ]),
        ]
      : []),
    ...hips.map((name) =>
      service(`/hips/${name}`, 'HiPS', `sky survey ${name}`, `Images of ${title} on the whole sky, at every scale (HiPS).`, [
        { standardId: std('hips#hips-1.0'), accessUrl: at(`/hips/${name}`), use: 'base' },
      ]),
    ),
  ];
}

/** Tables of a record with their columns, flat. */
export function columnsOf({ tables }: RegistryRecord): readonly {
  readonly schema: string;
  readonly table: string;
  readonly column: TapContent['tables'][number]['columns'][number];
}[] {
  return (tables?.tables ?? []).flatMap((table) =>
    table.columns.filter((column) => !column.hidden).map((column) => ({ schema: table.schema, table: qualifiedName(table), column })),
  );
}
