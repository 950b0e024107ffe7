/** A filter as immutable data. Positions are characters of the text. */
export interface Filter {
  /** Columns to hand on; all of the alert's summary where empty. */
  readonly columns: readonly { readonly name: string; readonly value: Expression }[];
  readonly where: Expression;
}

export type BinaryOperator = '+' | '-' | '*' | '/' | '=' | '!=' | '<' | '<=' | '>' | '>=' | 'and' | 'or';

export type Expression =
  | { readonly kind: 'literal'; readonly value: number | bigint | string | boolean | null; readonly at: number }
  | { readonly kind: 'path'; readonly names: readonly string[]; readonly at: number }
  | { readonly kind: 'unary'; readonly operator: '-' | 'not'; readonly operand: Expression; readonly at: number }
  | {
      readonly kind: 'binary';
      readonly operator: BinaryOperator;
      readonly left: Expression;
      readonly right: Expression;
      readonly at: number;
    }
  | { readonly kind: 'is-null'; readonly operand: Expression; readonly negated: boolean; readonly at: number }
  | {
      readonly kind: 'in';
      readonly operand: Expression;
      readonly items: readonly Expression[];
      readonly negated: boolean;
      readonly at: number;
    }
  | { readonly kind: 'call'; readonly name: string; readonly args: readonly Expression[]; readonly at: number }
  | {
      readonly kind: 'aggregate';
      readonly name: string;
      readonly path: readonly string[];
      readonly where: Expression | undefined;
      readonly at: number;
    };
