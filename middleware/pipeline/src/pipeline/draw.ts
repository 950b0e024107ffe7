import type { DatasetTypeNode, PipelineGraph } from './pipeline-graph.ts';

interface Node {
  readonly id: string;
  readonly kind: 'task' | 'dataset';
  readonly title: string;
  readonly detail: string;
}

interface Drawing {
  /** Producers before consumers. */
  readonly nodes: readonly Node[];
  readonly edges: readonly { readonly from: string; readonly to: string; readonly prerequisite: boolean }[];
}

export interface DrawOptions {
  /** Leaves dataset types out and links tasks directly. */
  readonly tasksOnly?: boolean;
}

const taskId = (label: string): string => `task:${label}`;
const dataId = (name: string): string => `data:${name}`;

function drawingOf(graph: PipelineGraph, options: DrawOptions): Drawing {
  const nodes: Node[] = [];
  const edges: Drawing['edges'][number][] = [];
  const add = ({ name, storageClass, dimensions }: DatasetTypeNode): void =>
    void nodes.push({ id: dataId(name), kind: 'dataset', title: name, detail: `${storageClass} {${dimensions.join(', ')}}` });
  const list = [...graph.datasetTypes.values()];
  if (!options.tasksOnly) for (const node of list) if (!node.producer) add(node);
  for (const { label, task } of graph.tasks) {
    nodes.push({ id: taskId(label), kind: 'task', title: label, detail: `${task.name} {${task.dimensions.join(', ')}}` });
    if (options.tasksOnly)
      edges.push(...(graph.upstream.get(label) ?? []).map((from) => ({ from: taskId(from), to: taskId(label), prerequisite: false })));
    else for (const node of list) if (node.producer?.label === label) add(node);
  }
  if (options.tasksOnly) return { nodes, edges };
  for (const { name, producer, consumers, role } of list) {
    if (producer) edges.push({ from: taskId(producer.label), to: dataId(name), prerequisite: false });
    for (const label of new Set(consumers.map((each) => each.label)))
      edges.push({ from: dataId(name), to: taskId(label), prerequisite: role === 'prerequisite' });
  }
  return { nodes, edges };
}

/** Draws the graph with text: one node a line, edges as lanes at the left. */
export function drawText(graph: PipelineGraph, options: DrawOptions = {}): string {
  const { nodes, edges } = drawingOf(graph, options);
  const lanes: ({ readonly source: string; readonly waiting: Set<string> } | undefined)[] = [];
  const rows: { lane: string; text: string }[] = [];
  for (const node of nodes) {
    const feeding = lanes.map((lane) => lane?.waiting.delete(node.id) ?? false);
    const ending = lanes.map((lane, i) => feeding[i] === true && lane?.waiting.size === 0);
    const first = ending.indexOf(true);
    const free = lanes.indexOf(undefined);
    const column = first >= 0 ? first : free >= 0 ? free : lanes.length;
    if (feeding.some((feeds, i) => feeds && i !== column)) rows.push({ lane: connector(lanes, { feeding, ending, column }), text: '' });
    for (const [i, ends] of ending.entries()) if (ends) lanes[i] = undefined;
    const waiting = new Set(edges.filter(({ from }) => from === node.id).map(({ to }) => to));
    const lane = Array.from({ length: Math.max(lanes.length, column + 1) }, (_, i) =>
      i === column ? (node.kind === 'task' ? '■' : '○') : lanes[i] ? '│' : ' ',
    ).join(' ');
    rows.push({ lane, text: `${node.title}: ${node.detail}` });
    lanes[column] = waiting.size > 0 ? { source: node.id, waiting } : undefined;
    while (lanes.length > 0 && lanes.at(-1) === undefined) lanes.pop();
  }
  const width = Math.max(0, ...rows.map(({ lane }) => lane.length));
  return rows.map(({ lane, text }) => `${lane.padEnd(width)}  ${text}`.trimEnd()).join('\n');
}

function connector(
  lanes: readonly unknown[],
  { feeding, ending, column }: { readonly feeding: readonly boolean[]; readonly ending: readonly boolean[]; readonly column: number },
): string {
  const columns = [column, ...feeding.flatMap((feeds, i) => (feeds ? [i] : []))];
  const [low, high] = [Math.min(...columns), Math.max(...columns)];
  let text = '';
  for (let i = 0; i < Math.max(lanes.length, column + 1); i++) {
    const [left, right] = [i > low && i <= high, i >= low && i < high];
    const up = lanes[i] !== undefined;
    const down = i === column || (up && ending[i] !== true);
    const joined = feeding[i] === true || i === column;
    if (joined) text += corner({ up, down, left, right });
    else text += up ? (left || right ? '┼' : '│') : left ? '─' : ' ';
    text += right ? '─' : ' ';
  }
  return text.trimEnd();
}

function corner({ up, down, left, right }: Readonly<Record<'up' | 'down' | 'left' | 'right', boolean>>): string {
  const bits = (up ? 8 : 0) + (down ? 4 : 0) + (left ? 2 : 0) + (right ? 1 : 0);
  return ' ╶╴─╷╭╮┬╵╰╯┴│├┤┼'[bits] ?? ' ';
}

/** Draws the graph in Mermaid's flowchart language. */
export function drawMermaid(graph: PipelineGraph, options: DrawOptions = {}): string {
  const { nodes, edges } = drawingOf(graph, options);
  const short = new Map(nodes.map(({ id }, i) => [id, `n${i}`]));
  const quote = (text: string): string => text.replaceAll('"', '&quot;');
  return [
    'flowchart TD',
    ...nodes.map(({ id, kind, title, detail }) => {
      const text = `"<b>${quote(title)}</b><br/>${quote(detail)}"`;
      return `  ${short.get(id)}${kind === 'task' ? `[${text}]:::task` : `([${text}]):::dataset`}`;
    }),
    ...edges.map(({ from, to, prerequisite }) => `  ${short.get(from)} ${prerequisite ? '-.->' : '-->'} ${short.get(to)}`),
    '  classDef task fill:#1f4e79,color:#fff,stroke:#1f4e79',
    '  classDef dataset fill:#eef3f8,color:#123,stroke:#8aa',
    '',
  ].join('\n');
}

const BOX = { height: 40, gapX: 24, gapY: 56, letter: 7 };

/** Draws the graph as a standalone SVG: layers from top to bottom, prerequisites dashed. */
export function drawSvg(graph: PipelineGraph, options: DrawOptions = {}): string {
  const { nodes, edges } = drawingOf(graph, options);
  const layers = layersOf(nodes, edges);
  const widthOf = ({ title, detail }: Node): number => Math.max(title.length, detail.length * 0.85) * BOX.letter + 24;
  const total = Math.max(...layers.map((layer) => layer.reduce((sum, node) => sum + widthOf(node) + BOX.gapX, BOX.gapX)), 100);
  const place = new Map<string, { x: number; y: number; width: number }>();
  for (const [row, layer] of layers.entries()) {
    let x = (total - layer.reduce((sum, node) => sum + widthOf(node) + BOX.gapX, -BOX.gapX)) / 2;
    for (const node of layer) {
      place.set(node.id, { x, y: 20 + row * (BOX.height + BOX.gapY), width: widthOf(node) });
      x += widthOf(node) + BOX.gapX;
    }
  }
  const height = 40 + layers.length * (BOX.height + BOX.gapY) - BOX.gapY;
  const lines = edges.map(({ from, to, prerequisite }) => {
    const [a, b] = [place.get(from), place.get(to)];
    if (!a || !b) return '';
    const [x1, y1, x2, y2] = [a.x + a.width / 2, a.y + BOX.height, b.x + b.width / 2, b.y];
    const bend = (y2 - y1) / 2;
    return `<path d="M${r(x1)} ${r(y1)}C${r(x1)} ${r(y1 + bend)} ${r(x2)} ${r(y2 - bend)} ${r(x2)} ${r(y2)}"${prerequisite ? ' stroke-dasharray="4 3"' : ''}/>`;
  });
  const boxes = nodes.map((node) => {
    const at = place.get(node.id) ?? { x: 0, y: 0, width: 0 };
    const [middle, task] = [r(at.x + at.width / 2), node.kind === 'task'];
    return (
      `<g class="${node.kind}"><rect x="${r(at.x)}" y="${r(at.y)}" width="${r(at.width)}" height="${BOX.height}" rx="${task ? 3 : 20}"/>` +
      `<text x="${middle}" y="${r(at.y + 17)}" class="title">${xml(node.title)}</text><text x="${middle}" y="${r(at.y + 32)}">${xml(node.detail)}</text></g>`
    );
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${r(total)} ${r(height)}" width="${r(total)}" height="${r(height)}" font-family="sans-serif" font-size="10" text-anchor="middle">
<title>${xml(graph.description)}</title>
<style>path{fill:none;stroke:#7a8ca0;stroke-width:1.2;marker-end:url(#a)}.task rect{fill:#1f4e79}.task text{fill:#fff}.dataset rect{fill:#eef3f8;stroke:#8aa}.dataset text{fill:#123}.title{font-weight:bold;font-size:12px}</style>
<defs><marker id="a" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0L8 4L0 8z" style="fill:#7a8ca0;stroke:none"/></marker></defs>
${lines.join('\n')}
${boxes.join('\n')}
</svg>
`;
}

const r = (value: number): string => value.toFixed(1);
const xml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

/** Longest-path layers, inputs pulled down to their first use, each ordered by the mean place of its neighbours. */
function layersOf(nodes: readonly Node[], edges: Drawing['edges']): readonly (readonly Node[])[] {
  const depth = new Map(nodes.map(({ id }) => [id, 0]));
  const into = Map.groupBy(edges, ({ to }) => to);
  const outOf = Map.groupBy(edges, ({ from }) => from);
  for (const { id } of nodes) depth.set(id, Math.max(0, ...(into.get(id) ?? []).map(({ from }) => (depth.get(from) ?? 0) + 1)));
  for (const { id } of nodes)
    if (!into.has(id)) depth.set(id, Math.max(0, Math.min(...(outOf.get(id) ?? []).map(({ to }) => depth.get(to) ?? 0), 1e9) - 1));
  const layers: Node[][] = [];
  for (const node of nodes) (layers[depth.get(node.id) ?? 0] ??= []).push(node);
  const filled = layers.filter((layer) => layer.length > 0);
  const rank = new Map<string, number>();
  const number = (layer: readonly Node[]): void => layer.forEach(({ id }, i) => rank.set(id, (i + 0.5) / layer.length));
  filled.forEach(number);
  for (let sweep = 0; sweep < 6; sweep++) {
    const near =
      sweep % 2 === 0 ? (id: string) => into.get(id)?.map(({ from }) => from) : (id: string) => outOf.get(id)?.map(({ to }) => to);
    for (const layer of sweep % 2 === 0 ? filled : filled.toReversed()) {
      const mean = new Map(layer.map(({ id }) => [id, average((near(id) ?? [id]).map((other) => rank.get(other) ?? 0))]));
      layer.sort((a, b) => (mean.get(a.id) ?? 0) - (mean.get(b.id) ?? 0));
      number(layer);
    }
  }
  return filled;
}

const average = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
