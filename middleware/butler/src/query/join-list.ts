import { type RawBuilder, sql } from 'kysely';
import { QueryError } from '../errors.ts';

interface Join {
  readonly alias: string;
  readonly source: RawBuilder<unknown>;
  readonly on: readonly RawBuilder<unknown>[];
}

/** Tables that are joined where they share dimensions, in the order in which they were added. */
export class JoinList {
  readonly conditions: RawBuilder<unknown>[] = [];
  readonly #joins: Join[] = [];
  readonly #dimensions = new Map<string, RawBuilder<unknown>>();

  has(alias: string): boolean {
    return this.#joins.some((join) => join.alias === alias);
  }

  supplies(dimension: string): boolean {
    return this.#dimensions.has(dimension);
  }

  /** Column with the values of a dimension. */
  dimension(name: string): RawBuilder<unknown> {
    const column = this.#dimensions.get(name);
    if (column) return column;
    throw new QueryError(`the query has no values for dimension ${name}`);
  }

  add(alias: string, source: RawBuilder<unknown>, supplied: ReadonlyMap<string, RawBuilder<unknown>>): void {
    const on: RawBuilder<unknown>[] = [];
    for (const [name, column] of supplied) {
      const known = this.#dimensions.get(name);
      if (known) on.push(sql`${column} = ${known}`);
      else this.#dimensions.set(name, column);
    }
    this.#joins.push({ alias, source, on });
  }

  addDimension(name: string, column: RawBuilder<unknown>): void {
    const known = this.#dimensions.get(name);
    if (known) this.conditions.push(sql`${column} = ${known}`);
    else this.#dimensions.set(name, column);
  }

  where(condition: RawBuilder<unknown>): void {
    this.conditions.push(condition);
  }

  from(): RawBuilder<unknown> {
    const [first, ...rest] = this.#joins;
    if (!first) return sql`(SELECT 1 AS nothing) AS n`;
    const tables = rest.map((join) =>
      join.on.length > 0
        ? sql` JOIN ${join.source} AS ${sql.ref(join.alias)} ON ${sql.join(join.on, sql` AND `)}`
        : sql` JOIN ${join.source} AS ${sql.ref(join.alias)} ON 1 = 1`,
    );
    return sql`${first.source} AS ${sql.ref(first.alias)}${sql.join(tables, sql``)}`;
  }
}
