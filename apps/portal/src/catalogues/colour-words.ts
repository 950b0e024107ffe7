/** A piece of a query and what it is, for its colour only; the planner decides what it means. */
export interface Piece {
  readonly from: number;
  readonly to: number;
  readonly kind: 'word' | 'text' | 'number' | 'remark' | 'plain';
}

const PIECES = /(--[^\n]*)|('(?:[^']|'')*'?)|("(?:[^"]|"")*"?)|(\b\d+(?:\.\d*)?(?:[eE][+-]?\d+)?\b)|([A-Za-z_]\w*)|(\s+|.)/g;
const RESERVED = new Set(
  'SELECT FROM WHERE GROUP BY ORDER HAVING DISTINCT ALL TOP JOIN LEFT RIGHT FULL INNER OUTER NATURAL CROSS ON USING AND OR NOT IS NULL BETWEEN LIKE ILIKE IN AS ASC DESC OFFSET UNION EXCEPT INTERSECT WITH COUNT AVG SUM MIN MAX CONTAINS INTERSECTS POINT CIRCLE POLYGON BOX REGION DISTANCE AREA CENTROID CAST EXISTS CASE WHEN THEN ELSE END'.split(
    ' ',
  ),
);

export function colourWords(text: string): readonly Piece[] {
  return [...text.matchAll(PIECES)].map((match): Piece => {
    const [whole, remark, string, , number, word] = match;
    const kind = remark ? 'remark' : string ? 'text' : number ? 'number' : word && RESERVED.has(word.toUpperCase()) ? 'word' : 'plain';
    return { from: match.index, to: match.index + whole.length, kind };
  });
}
