/** Operators between two expressions. */
export type BinaryOperator = 'AND' | 'OR' | '=' | '!=' | '<' | '<=' | '>' | '>=' | 'OVERLAPS' | '+' | '-' | '*' | '/' | '%';

/** A `where` expression. Nodes are plain data; `at` is the offset of the node's first character. */
export type Expression =
  | {
      readonly kind: 'binary';
      readonly operator: BinaryOperator;
      readonly left: Expression;
      readonly right: Expression;
      readonly at: number;
    }
  | { readonly kind: 'unary'; readonly operator: 'NOT' | '+' | '-'; readonly operand: Expression; readonly at: number }
  | {
      readonly kind: 'in';
      readonly negated: boolean;
      readonly operand: Expression;
      readonly items: readonly Expression[];
      readonly at: number;
    }
  | { readonly kind: 'parens'; readonly inner: Expression; readonly at: number }
  | { readonly kind: 'tuple'; readonly items: readonly [Expression, Expression]; readonly at: number }
  | { readonly kind: 'call'; readonly name: string; readonly arguments: readonly Expression[]; readonly at: number }
  | { readonly kind: 'identifier'; readonly name: string; readonly at: number }
  | { readonly kind: 'bind'; readonly name: string; readonly at: number }
  /** Kept as written, so that printing loses no digit. */
  | { readonly kind: 'number'; readonly text: string; readonly at: number }
  | { readonly kind: 'string'; readonly value: string; readonly at: number }
  | { readonly kind: 'time'; readonly taiNs: bigint; readonly text: string; readonly at: number }
  | { readonly kind: 'range'; readonly start: number; readonly stop: number; readonly step: number; readonly at: number }
  | { readonly kind: 'null'; readonly at: number };

/** Functions whose names are printed in capitals, with how many arguments they take. */
export const FUNCTIONS: Readonly<Record<string, { readonly least: number; readonly most: number; readonly even?: boolean }>> = {
  GLOB: { least: 2, most: 2 },
  POINT: { least: 2, most: 2 },
  CIRCLE: { least: 3, most: 3 },
  BOX: { least: 4, most: 4 },
  POLYGON: { least: 6, most: 10_000, even: true },
  REGION: { least: 1, most: 1 },
  UUID: { least: 1, most: 1 },
};

/** Prints an expression in canonical form: operators in capitals, single spaces, parentheses as written. */
export function formatExpression(expression: Expression): string {
  switch (expression.kind) {
    case 'binary':
      return `${formatExpression(expression.left)} ${expression.operator} ${formatExpression(expression.right)}`;
    case 'unary':
      return `${expression.operator} ${formatExpression(expression.operand)}`;
    case 'in':
      return `${formatExpression(expression.operand)} ${expression.negated ? 'NOT ' : ''}IN (${expression.items.map(formatExpression).join(', ')})`;
    case 'parens':
      return `(${formatExpression(expression.inner)})`;
    case 'tuple':
      return `(${expression.items.map(formatExpression).join(', ')})`;
    case 'call':
      return `${expression.name}(${expression.arguments.map(formatExpression).join(', ')})`;
    case 'identifier':
      return expression.name;
    case 'bind':
      return `:${expression.name}`;
    case 'number':
      return expression.text;
    case 'string':
      return `'${expression.value}'`;
    case 'time':
      return `T'${expression.text}'`;
    case 'range':
      return `${expression.start}..${expression.stop}${expression.step === 1 ? '' : `:${expression.step}`}`;
    case 'null':
      return 'NULL';
  }
}

/** The tree as JSON: `taiNs` as text, everything else as it is. */
export function expressionToJson(expression: Expression): unknown {
  return JSON.parse(JSON.stringify(expression, (_, value: unknown) => (typeof value === 'bigint' ? `${value}` : value)));
}
