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

/** One part of a registry as its attributes describe it. */
export interface ManagerVersion {
  readonly role: string;
  readonly className: string;
  readonly version: string;
  /** What this release writes. */
  readonly current: string;
  readonly isReadable: boolean;
  readonly isWriteable: boolean;
  /** Why it cannot be written, or read; empty where it can. */
  readonly reason: string;
}

/** What the attributes of an existing registry say. */
export interface RegistryIdentity {
  readonly universe: DimensionUniverse;
  readonly managers: readonly ManagerVersion[];
  readonly textIngestDate: boolean;
}

const ROLE_PREFIX = 'config:registry.managers.';

/**
 * Reads what a registry is made of; nothing is judged unusable yet.
 *
 * @throws {IncompatibleRepositoryError} if the database is no butler registry.
 */
export async function describeRegistry(db: Database): Promise<RegistryIdentity> {
  if (!(await db.tableExists('butler_attributes')))
    throw new IncompatibleRepositoryError('the database has no butler_attributes table, so it is no butler registry');
  const rows = await db.all(sql`SELECT name, value FROM butler_attributes`);
  const attributes = new Map(rows.map((row) => [row['name'] as string, row['value'] as string]));
  const managers = [...MANAGERS.map((manager) => versionOf(manager, attributes)), ...unknownManagers(attributes)];
  const definition = attributes.get(UNIVERSE_KEY);
  if (definition === undefined) throw new IncompatibleRepositoryError('the registry does not say which dimension universe it uses');
  const datasets = managers.find((manager) => manager.role === 'datasets')!;
  return { universe: new DimensionUniverse(JSON.parse(definition)), managers, textIngestDate: datasets.version.startsWith('1.') };
}

/**
 * Reads what a registry is made of and decides whether this release can use it.
 *
 * @throws {IncompatibleRepositoryError} naming the manager, its version and what to do.
 */
export async function identifyRegistry(db: Database): Promise<RegistryIdentity> {
  const identity = await describeRegistry(db);
  const refused = identity.managers.find((manager) => !(db.readOnly ? manager.isReadable : manager.isWriteable));
  if (!refused) return identity;
  const advice = refused.isReadable
    ? 'It can be opened for reading. Migrate it with "almagest butler migrate"'
    : 'Migrate it with "butler migrate" of daf_butler_migrate';
  throw new IncompatibleRepositoryError(`${refused.reason}. ${advice}`, {
    details: { role: refused.role, found: refused.version, expected: refused.current },
  });
}

function versionOf(manager: Manager, attributes: ReadonlyMap<string, string>): ManagerVersion {
  const { role, version: current } = manager;
  const className = attributes.get(ROLE_PREFIX + role) ?? manager.className;
  const isKnown = className === manager.className || manager.aliases?.includes(className) === true;
  const version = attributes.get(`version:${className}`) ?? attributes.get(`version:${manager.className}`) ?? current;
  const isReadable = isKnown && manager.readable.test(version);
  const isWriteable = isKnown && manager.writeable.test(version);
  const reason = isWriteable
    ? ''
    : isKnown
      ? `the registry keeps its ${role} in layout ${version}; this release ${isReadable ? 'writes' : 'reads'} ${current}`
      : `the registry keeps its ${role} with ${className}; this release knows ${manager.className}`;
  return { role, className, version, current, isReadable, isWriteable, reason };
}

/** Parts that this release would leave out of date if it wrote, such as a live ObsCore table. */
function unknownManagers(attributes: ReadonlyMap<string, string>): readonly ManagerVersion[] {
  const known = new Set(MANAGERS.map(({ role }) => ROLE_PREFIX + role));
  return [...attributes]
    .filter(([name]) => name.startsWith(ROLE_PREFIX) && !known.has(name))
    .map(([name, className]) => {
      const role = name.slice(ROLE_PREFIX.length);
      const version = attributes.get(`version:${className}`) ?? 'unknown';
      const reason = `the registry also keeps ${role} with ${className}, which this release would not keep up to date`;
      return { role, className, version, current: 'none', isReadable: true, isWriteable: false, reason };
    });
}
