import { sql } from 'kysely';
import { DimensionUniverse } from '../dimensions/universe.ts';
import { IncompatibleRepositoryError } from '../errors.ts';
import type { Database } from '../sql/database.ts';

/** One part of the registry with the layout version that this release writes and those that it reads. */
interface Manager {
  readonly role: string;
  readonly className: string;
  /** Other class names that mean the same layout. */
  readonly aliases?: readonly string[];
  readonly version: string;
  readonly readable: RegExp;
  readonly writeable: RegExp;
}

/** Managers of the published layout, as repositories name them. */
export const MANAGERS: readonly Manager[] = [
  {
    role: 'attributes',
    className: 'lsst.daf.butler.registry.attributes.DefaultButlerAttributeManager',
    version: '1.0.1',
    readable: /^1\.0\./,
    writeable: /^1\.0\.[01]$/,
  },
  {
    role: 'dimensions',
    className: 'lsst.daf.butler.registry.dimensions.static.StaticDimensionRecordStorageManager',
    version: '6.0.2',
    readable: /^6\.0\./,
    writeable: /^6\.0\.[0-2]$/,
  },
  {
    role: 'collections',
    className: 'lsst.daf.butler.registry.collections.synthIntKey.SynthIntKeyCollectionManager',
    version: '2.0.0',
    readable: /^2\.0\./,
    writeable: /^2\.0\.0$/,
  },
  {
    role: 'datasets',
    className: 'lsst.daf.butler.registry.datasets.byDimensions._manager.ByDimensionsDatasetRecordStorageManagerUUID',
    aliases: ['lsst.daf.butler.registry.datasets.byDimensions.ByDimensionsDatasetRecordStorageManagerUUID'],
    version: '2.0.0',
    readable: /^(1|2)\.0\./,
    writeable: /^2\.0\.0$/,
  },
  {
    role: 'opaque',
    className: 'lsst.daf.butler.registry.opaque.ByNameOpaqueTableStorageManager',
    version: '0.2.0',
    readable: /^0\.2\./,
    writeable: /^0\.2\.0$/,
  },
  {
    role: 'datastores',
    className: 'lsst.daf.butler.registry.bridge.monolithic.MonolithicDatastoreRegistryBridgeManager',
    version: '0.2.1',
    readable: /^0\.2\./,
    writeable: /^0\.2\.[01]$/,
  },
];

const UNIVERSE_KEY = 'config:dimensions.json';

/** Rows that identify a new registry. */
export function newAttributes(universe: DimensionUniverse): readonly (readonly [string, string])[] {
  return [
    ...MANAGERS.flatMap(
      ({ role, className, version }) =>
        [
          [`config:registry.managers.${role}`, className],
          [`version:${className}`, version],
        ] as const,
    ),
    [UNIVERSE_KEY, JSON.stringify(universe.source)],
  ];
}

/** What the attributes of an existing registry say. */
export interface RegistryIdentity {
  readonly universe: DimensionUniverse;
  readonly versions: Readonly<Record<string, string>>;
  readonly textIngestDate: boolean;
}

/**
 * Reads what a registry is made of and decides whether this release can use it.
 *
 * @throws {IncompatibleRepositoryError} naming the manager, its version and what to do.
 */
export async function identifyRegistry(db: Database): Promise<RegistryIdentity> {
  if (!(await db.tableExists('butler_attributes')))
    throw new IncompatibleRepositoryError('the database has no butler_attributes table, so it is no butler registry');
  const rows = await db.all(sql`SELECT name, value FROM butler_attributes`);
  const attributes = new Map(rows.map((row) => [row['name'] as string, row['value'] as string]));
  const versions: Record<string, string> = {};
  for (const manager of MANAGERS) {
    const className = attributes.get(`config:registry.managers.${manager.role}`) ?? manager.className;
    if (className !== manager.className && !manager.aliases?.includes(className))
      throw new IncompatibleRepositoryError(
        `the registry keeps its ${manager.role} with ${className}; this release knows ${manager.className}. Migrate it with "butler migrate" of daf_butler_migrate`,
        { details: { role: manager.role, found: className } },
      );
    const version = attributes.get(`version:${className}`) ?? attributes.get(`version:${manager.className}`) ?? manager.version;
    versions[manager.role] = version;
    const accepted = db.readOnly ? manager.readable : manager.writeable;
    if (!accepted.test(version))
      throw new IncompatibleRepositoryError(
        `the registry keeps its ${manager.role} in layout ${version}; this release ${db.readOnly ? 'reads' : 'writes'} ${manager.version}.${!db.readOnly && manager.readable.test(version) ? ' It can be opened for reading.' : ''} Migrate it with "butler migrate" of daf_butler_migrate`,
        { details: { role: manager.role, found: version, expected: manager.version } },
      );
  }
  const definition = attributes.get(UNIVERSE_KEY);
  if (definition === undefined) throw new IncompatibleRepositoryError('the registry does not say which dimension universe it uses');
  return { universe: new DimensionUniverse(JSON.parse(definition)), versions, textIngestDate: versions['datasets']!.startsWith('1.') };
}
