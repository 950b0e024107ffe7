/** The ADQL syntax tree: plain immutable data. Every node knows its span in the query text. */

export interface Span {
  readonly start: number;
  readonly end: number;
}

export interface Name extends Span {
  readonly text: string;
  /** Written in double quotes: compared with its letters as they are. */
  readonly delimited: boolean;
}

export interface ColumnRef extends Span {
  readonly kind: 'column';
  /** Up to catalog.schema.table, outermost first; empty when the column stands alone. */
  readonly qualifier: readonly Name[];
  readonly name: Name;
}

export interface NumberLiteral extends Span {
  readonly kind: 'number';
  /** As written: integers stay exact however long. */
  readonly text: string;
  readonly form: 'integer' | 'decimal' | 'hexadecimal';
}

export interface StringLiteral extends Span {
  readonly kind: 'string';
  readonly value: string;
}

export interface NullLiteral extends Span {
  readonly kind: 'null';
}

export interface Unary extends Span {
  readonly kind: 'unary';
  readonly operator: '-' | '+';
  readonly operand: Expression;
}

export interface Binary extends Span {
  readonly kind: 'binary';
  readonly operator: '+' | '-' | '*' | '/' | '||';
  readonly left: Expression;
  readonly right: Expression;
}

/** A function of the standard that is neither an aggregate nor geometry; the name is in upper case. */
export interface FunctionCall extends Span {
  readonly kind: 'function';
  readonly name: string;
  readonly args: readonly Expression[];
}

/** A function that the service declares; resolved by name and number of arguments. */
export interface UserFunctionCall extends Span {
  readonly kind: 'udf';
  readonly name: Name;
  readonly args: readonly Expression[];
}

export interface Aggregate extends Span {
  readonly kind: 'aggregate';
  readonly name: 'COUNT' | 'SUM' | 'AVG' | 'MIN' | 'MAX';
  readonly distinct: boolean;
  /** Absent in COUNT(*). */
  readonly argument?: Expression;
}

export interface Cast extends Span {
  readonly kind: 'cast';
  readonly operand: Expression;
  readonly type: CastType;
}

export interface CastType {
  readonly name:
    | 'SMALLINT'
    | 'INTEGER'
    | 'BIGINT'
    | 'REAL'
    | 'DOUBLE PRECISION'
    | 'CHAR'
    | 'VARCHAR'
    | 'TIMESTAMP'
    | 'POINT'
    | 'CIRCLE'
    | 'POLYGON';
  readonly length?: number;
}

export interface InUnit extends Span {
  readonly kind: 'in-unit';
  readonly operand: Expression;
  readonly unit: string;
}

export interface ScalarQuery extends Span {
  readonly kind: 'scalar-query';
  readonly query: Query;
}

/** POINT, CIRCLE, BOX, POLYGON: `coordinateSystem` is the optional first argument as written. */
export interface Shape extends Span {
  readonly kind: 'shape';
  readonly name: 'POINT' | 'CIRCLE' | 'BOX' | 'POLYGON';
  readonly coordinateSystem?: StringLiteral | NullLiteral;
  readonly args: readonly Expression[];
}

export interface RegionLiteral extends Span {
  readonly kind: 'region';
  readonly text: string;
}

export interface GeometryFunction extends Span {
  readonly kind: 'geometry-function';
  readonly name: 'CONTAINS' | 'INTERSECTS' | 'DISTANCE' | 'AREA' | 'CENTROID' | 'COORD1' | 'COORD2' | 'COORDSYS';
  readonly args: readonly Expression[];
}

export type Expression =
  | ColumnRef
  | NumberLiteral
  | StringLiteral
  | NullLiteral
  | Unary
  | Binary
  | FunctionCall
  | UserFunctionCall
  | Aggregate
  | Cast
  | InUnit
  | ScalarQuery
  | Shape
  | RegionLiteral
  | GeometryFunction;

export interface Logical extends Span {
  readonly kind: 'and' | 'or';
  readonly left: Condition;
  readonly right: Condition;
}

export interface Not extends Span {
  readonly kind: 'not';
  readonly operand: Condition;
}

export type ComparisonOperator = '=' | '<>' | '<' | '>' | '<=' | '>=';

export interface Comparison extends Span {
  readonly kind: 'comparison';
  readonly operator: ComparisonOperator;
  readonly left: Expression;
  readonly right: Expression;
}

export interface Between extends Span {
  readonly kind: 'between';
  readonly negated: boolean;
  readonly operand: Expression;
  readonly low: Expression;
  readonly high: Expression;
}

export interface InList extends Span {
  readonly kind: 'in';
  readonly negated: boolean;
  readonly operand: Expression;
  readonly values: readonly Expression[] | Query;
}

export interface Like extends Span {
  readonly kind: 'like';
  readonly negated: boolean;
  readonly ignoreCase: boolean;
  readonly operand: Expression;
  readonly pattern: Expression;
}

export interface IsNull extends Span {
  readonly kind: 'is-null';
  readonly negated: boolean;
  readonly operand: Expression;
}

export interface Exists extends Span {
  readonly kind: 'exists';
  readonly query: Query;
}

export type Condition = Logical | Not | Comparison | Between | InList | Like | IsNull | Exists;

export interface AllColumns extends Span {
  readonly kind: 'all-columns';
  /** `t.*` when not empty. */
  readonly qualifier: readonly Name[];
}

export interface SelectItem extends Span {
  readonly kind: 'item';
  readonly expression: Expression;
  readonly alias?: Name;
}

export interface TableRef extends Span {
  readonly kind: 'table';
  /** catalog.schema.table, outermost first. */
  readonly path: readonly Name[];
  readonly alias?: Name;
}

export interface DerivedTable extends Span {
  readonly kind: 'derived';
  readonly query: Query;
  readonly alias: Name;
}

export interface Join extends Span {
  readonly kind: 'join';
  readonly type: 'inner' | 'left' | 'right' | 'full';
  readonly natural: boolean;
  readonly left: TableExpression;
  readonly right: TableExpression;
  readonly on?: Condition;
  readonly using?: readonly Name[];
}

export type TableExpression = TableRef | DerivedTable | Join;

export interface OrderItem extends Span {
  /** A position in the select list when `column` is given, else an expression. */
  readonly position?: number;
  readonly expression?: Expression;
  readonly descending: boolean;
}

export interface Select extends Span {
  readonly kind: 'select';
  readonly distinct: boolean;
  readonly top?: number;
  readonly items: readonly (AllColumns | SelectItem)[];
  /** At least one; comma-separated tables multiply. */
  readonly from: readonly TableExpression[];
  readonly where?: Condition;
  readonly groupBy: readonly Expression[];
  readonly having?: Condition;
  readonly orderBy: readonly OrderItem[];
  readonly offset?: number;
}

export interface SetOperation extends Span {
  readonly kind: 'set';
  readonly operator: 'UNION' | 'EXCEPT' | 'INTERSECT';
  readonly all: boolean;
  readonly left: Query;
  readonly right: Query;
  readonly orderBy: readonly OrderItem[];
  readonly offset?: number;
}

export type Query = Select | SetOperation;

export interface CommonTable extends Span {
  readonly name: Name;
  readonly columns?: readonly Name[];
  readonly query: Query;
}

export interface Statement extends Span {
  readonly kind: 'statement';
  readonly text: string;
  readonly with: readonly CommonTable[];
  readonly query: Query;
}
