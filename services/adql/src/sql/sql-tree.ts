/** A relational tree that engines understand: names are resolved, geometry is arithmetic, and nothing is left of ADQL. */
import type { AdqlType, CatalogTable } from '../catalog/catalog.ts';

export type SqlFunction =
  | 'abs'
  | 'acos'
  | 'asin'
  | 'atan'
  | 'atan2'
  | 'ceil'
  | 'cos'
  | 'cot'
  | 'degrees'
  | 'exp'
  | 'floor'
  | 'ln'
  | 'log10'
  | 'mod'
  | 'pi'
  | 'power'
  | 'radians'
  | 'random'
  | 'round'
  | 'sign'
  | 'sin'
  | 'sqrt'
  | 'tan'
  | 'truncate'
  | 'lower'
  | 'upper'
  | 'coalesce'
  | 'least'
  | 'greatest';

export type SqlExpression =
  | { readonly op: 'column'; readonly table?: string; readonly name: string }
  | { readonly op: 'number'; readonly text: string }
  | { readonly op: 'text'; readonly value: string }
  | { readonly op: 'null' }
  | { readonly op: 'negate'; readonly operand: SqlExpression }
  | {
      readonly op: 'arithmetic';
      readonly operator: '+' | '-' | '*' | '/' | '||';
      readonly integer: boolean;
      readonly left: SqlExpression;
      readonly right: SqlExpression;
    }
  | { readonly op: 'call'; readonly name: SqlFunction; readonly args: readonly SqlExpression[] }
  /** A function that the engine has been given under this name. */
  | { readonly op: 'engine-call'; readonly name: string; readonly args: readonly SqlExpression[]; readonly aggregate?: boolean }
  | {
      readonly op: 'aggregate';
      readonly name: 'COUNT' | 'SUM' | 'AVG' | 'MIN' | 'MAX';
      readonly distinct: boolean;
      readonly integer: boolean;
      readonly argument?: SqlExpression;
    }
  | { readonly op: 'cast'; readonly operand: SqlExpression; readonly type: AdqlType; readonly length?: number }
  | { readonly op: 'case'; readonly when: SqlCondition; readonly yes: SqlExpression; readonly no: SqlExpression }
  | { readonly op: 'query'; readonly query: SqlQuery };

export type SqlCondition =
  | { readonly op: 'and' | 'or'; readonly operands: readonly SqlCondition[]; readonly near?: NearCondition }
  | { readonly op: 'not'; readonly operand: SqlCondition }
  | {
      readonly op: 'compare';
      readonly operator: '=' | '<>' | '<' | '>' | '<=' | '>=';
      readonly left: SqlExpression;
      readonly right: SqlExpression;
    }
  | {
      readonly op: 'between';
      readonly negated: boolean;
      readonly operand: SqlExpression;
      readonly low: SqlExpression;
      readonly high: SqlExpression;
    }
  | { readonly op: 'in'; readonly negated: boolean; readonly operand: SqlExpression; readonly values: readonly SqlExpression[] | SqlQuery }
  | {
      readonly op: 'like';
      readonly negated: boolean;
      readonly ignoreCase: boolean;
      readonly operand: SqlExpression;
      readonly pattern: SqlExpression;
    }
  | { readonly op: 'is-null'; readonly negated: boolean; readonly operand: SqlExpression }
  | { readonly op: 'exists'; readonly query: SqlQuery }
  | { readonly op: 'constant'; readonly value: boolean };

/** A part of the sky outside of which a source's rows cannot matter [degree, ICRS]. */
export type SkyConstraint =
  | { readonly kind: 'circle'; readonly lon: number; readonly lat: number; readonly radius: number }
  /** Vertices of a convex polygon. */
  | { readonly kind: 'polygon'; readonly vertices: readonly (readonly [number, number])[] }
  /** May cross 0 in longitude: then lonMin > lonMax. */
  | { readonly kind: 'box'; readonly lonMin: number; readonly lonMax: number; readonly latMin: number; readonly latMax: number };

/** Two positions, each longitude and latitude, that are at most `radius` apart [degree]. */
export interface NearCondition {
  readonly a: readonly [SqlExpression, SqlExpression];
  readonly b: readonly [SqlExpression, SqlExpression];
  readonly radius: number;
}

/** The tile of the owner's row owns a pair; the neighbour's rows are in their own tile and in the margins of others. */
export type NearRole = 'owner' | 'neighbour';

/** A base table, with what the WHERE clause allows the engine to skip. All constraints hold at once. */
export interface SqlSource {
  readonly op: 'source';
  readonly table: CatalogTable;
  readonly alias: string;
  readonly sky: readonly SkyConstraint[];
  /** The only values of the key column that matter, as literals; absent when any may. */
  readonly keys?: readonly string[];
  /** Not the rows but one row is wanted, whose only column `rows` is their number. */
  readonly count?: true;
  /** Only the first rows in the order of a column matter, nulls last when ascending and first when descending; more may be given. */
  readonly first?: { readonly column: string; readonly descending: boolean; readonly rows: number };
  /**
   * Read for a join of rows at most `radius` apart [degree]: with the columns `_near_tile` and `_near_zone`, which are the same in
   * exactly one copy of each row of such a pair. The rows of the owner that matter are in its `sky`.
   */
  readonly near?: { readonly role: NearRole; readonly owner: SqlSource; readonly neighbour: CatalogTable; readonly radius: number };
}

export type SqlFrom =
  | SqlSource
  | { readonly op: 'derived'; readonly query: SqlQuery; readonly alias: string }
  | { readonly op: 'common'; readonly name: string; readonly alias: string }
  | {
      readonly op: 'join';
      readonly type: 'inner' | 'left' | 'right' | 'full' | 'cross';
      readonly left: SqlFrom;
      readonly right: SqlFrom;
      readonly on?: SqlCondition;
      readonly using?: readonly string[];
    };

export interface SqlOrder {
  readonly expression: SqlExpression;
  readonly descending: boolean;
}

export interface SqlSelect {
  readonly op: 'select';
  readonly distinct: boolean;
  readonly items: readonly { readonly expression: SqlExpression; readonly alias: string }[];
  readonly from: SqlFrom;
  readonly where?: SqlCondition;
  readonly groupBy: readonly SqlExpression[];
  readonly having?: SqlCondition;
  readonly orderBy: readonly SqlOrder[];
  readonly limit?: number;
  readonly offset?: number;
}

export interface SqlSet {
  readonly op: 'set';
  readonly operator: 'UNION' | 'EXCEPT' | 'INTERSECT';
  readonly all: boolean;
  readonly left: SqlQuery;
  readonly right: SqlQuery;
  readonly orderBy: readonly SqlOrder[];
  readonly limit?: number;
  readonly offset?: number;
}

export type SqlQuery = SqlSelect | SqlSet;

export interface SqlStatement {
  readonly with: readonly { readonly name: string; readonly query: SqlQuery }[];
  readonly query: SqlQuery;
}
