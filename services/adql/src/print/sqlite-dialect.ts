import type { AdqlType } from '../catalog/catalog.ts';
import type { SqlFunction, SqlSource } from '../sql/sql-tree.ts';
import type { Dialect } from './print-sql.ts';

const INTEGERS: ReadonlySet<AdqlType> = new Set(['SMALLINT', 'INTEGER', 'BIGINT', 'BOOLEAN']);
const NAMES: Readonly<Partial<Record<SqlFunction, string>>> = { least: 'min', greatest: 'max', power: 'pow' };

/**
 * SQLite 3.35 and later with its mathematical functions. LIKE needs `PRAGMA case_sensitive_like = ON`, or it
 * takes a for A.
 */
export function sqliteDialect(source: (source: SqlSource) => string): Dialect {
  return {
    name: 'sqlite',
    source,
    call: (name, args) => {
      if (name === 'truncate')
        return args.length === 1 ? `trunc(${args[0]})` : `(trunc(${args[0]} * pow(10.0, ${args[1]})) / pow(10.0, ${args[1]}))`;
      if (name === 'random') return '(abs(random() / 2) / 4611686018427387904.0)';
      if (name === 'cot') return `(1.0 / tan(${args[0]}))`;
      if (name === 'coalesce' && args.length === 1) return `(${args[0]})`;
      return `${NAMES[name] ?? name}(${args.join(', ')})`;
    },
    castType: (type) => (INTEGERS.has(type) ? 'INTEGER' : type === 'REAL' || type === 'DOUBLE' ? 'REAL' : 'TEXT'),
    integerDivision: (left, right) => `(${left} / ${right})`,
    like: (operand, pattern, { negated, ignoreCase }) => {
      const [a, b] = ignoreCase ? [`lower(${operand})`, `lower(${pattern})`] : [operand, pattern];
      return `(${a} ${negated ? 'NOT ' : ''}LIKE ${b})`;
    },
    integerSum: (argument) => `SUM(${argument})`,
    average: (argument) => `AVG(${argument})`,
    decimal: (text) => text,
    parenthesizedSets: false,
  };
}
