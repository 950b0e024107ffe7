import { DaliParameterError } from '@almagest/dali';
import { ANONYMOUS, ForbiddenError, type Identity, requireScope } from '@almagest/auth';
import type { TapTable } from '../models/tap-table.ts';
import type { UserTable, UserTableStore } from '../storage/user-table-store.ts';
import { describeColumn } from './uploads.ts';
import { readUpload, type UploadLimits } from './read-upload.ts';

const NAME = /^[A-Za-z][A-Za-z0-9_]{0,63}$/;

/** Schema of somebody's tables: `user_` and what of the account's name can stand in one. */
export function schemaOf(user: string): string {
  return `user_${user.toLowerCase().replaceAll(/[^a-z0-9_]/g, '_')}`;
}

export interface UserTables {
  /** The tables that somebody may query: their own, and those that others share with a group of theirs. */
  visibleTo(identity: Identity): readonly TapTable[];
  describe(identity: Identity): readonly Omit<UserTable, 'file'>[];
  /** @throws {ForbiddenError} @throws {DaliParameterError} @throws {UploadError} @throws {QuotaError} */
  put(
    identity: Identity,
    name: string,
    content: { readonly bytes: Uint8Array; readonly description: string; readonly groups: readonly string[] },
  ): Promise<UserTable>;
  append(identity: Identity, name: string, bytes: Uint8Array): Promise<UserTable>;
  remove(identity: Identity, name: string): Promise<void>;
}

/** Tables that stay: uploaded once, queried by name, kept until their owner deletes them. */
export function createUserTables(store: UserTableStore, limits: UploadLimits): UserTables {
  const mayRead = (identity: Identity, table: UserTable): boolean =>
    table.user === identity.user || table.groups.some((group) => identity.groups?.has(group) ?? false);
  const visible = (identity: Identity): UserTable[] =>
    identity.user === ANONYMOUS ? [] : store.all().filter((table) => mayRead(identity, table));
  return {
    visibleTo: (identity) => visible(identity).map((table) => tapTableOf(table, store.pathOf(table))),
    describe: (identity) => visible(identity).map(({ file: _file, ...table }) => table),
    put: async (identity, written, { bytes, description, groups }) => {
      const name = ownName(identity, written);
      const rows = await readUpload({ name, bytes }, limits);
      return await store.put({ user: identity.user, name, description, groups, columns: rows.columns.map(describeColumn) }, rows);
    },
    append: async (identity, written, bytes) => {
      const name = ownName(identity, written);
      return await store.append(identity.user, name, await readUpload({ name, bytes }, limits));
    },
    remove: async (identity, written) => await store.remove(identity.user, ownName(identity, written)),
  };
}

/** The name without the schema, which must be the caller's own. */
function ownName(identity: Identity, written: string): string {
  if (identity.user === ANONYMOUS)
    throw new ForbiddenError('sign in, or send a token, to keep tables', { details: { scope: 'write:table' } });
  requireScope(identity, 'write:table');
  const dot = written.indexOf('.');
  const [schema, name] = dot < 0 ? [undefined, written] : [written.slice(0, dot), written.slice(dot + 1)];
  if (schema !== undefined && schema.toLowerCase() !== schemaOf(identity.user))
    throw new ForbiddenError(`your tables are in the schema ${schemaOf(identity.user)}`, { details: { scope: 'write:table' } });
  if (!NAME.test(name))
    throw new DaliParameterError(
      `a table needs a plain name of up to 64 letters, digits and _; found ${JSON.stringify(name.slice(0, 80))}`,
      {
        details: { parameter: 'name' },
      },
    );
  return name;
}

function tapTableOf(table: UserTable, path: string): TapTable {
  return {
    schema: schemaOf(table.user),
    name: table.name,
    description: table.description,
    columns: table.columns,
    rows: table.rows,
    sql: () => `read_parquet('${path.replaceAll("'", "''")}')`,
  };
}
