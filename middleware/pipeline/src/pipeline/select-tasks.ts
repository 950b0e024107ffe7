import { ExpressionError } from '../errors.ts';
import type { Pipeline } from './pipeline.ts';
import { buildPipelineGraph, type PipelineGraph, reachable } from './pipeline-graph.ts';

/**
 * Selects tasks by an expression.
 *
 * `a` a task, a subset or a dataset type's producer; `T:a`, `S:a`, `D:a` say which; `a, b` and `a | b` union; `&` intersection;
 * `~` complement; `< a`, `<= a`, `> a`, `>= a` upstream or downstream, without or with `a`; `a..b` everything between, inclusive;
 * `a..` and `..b`; parentheses.
 * @returns Labels, in the order of the graph.
 * @throws {ExpressionError} with the position of what was not understood.
 */
export function selectTasks(pipeline: Pick<Pipeline, 'subsets'>, graph: PipelineGraph, text: string): readonly string[] {
  const tokens = [...text.matchAll(/\s*(\.\.|<=|>=|[<>|&~(),]|[TDS]:|[\w-]+|\S)/g)].map((match) => ({
    text: match[1] ?? '',
    at: match.index,
  }));
  let next = 0;
  const all = graph.tasks.map(({ label }) => label);
  const peek = (): string => tokens[next]?.text ?? '';
  const fail = (what: string): never => {
    throw new ExpressionError(`task selection "${text}", position ${(tokens[next]?.at ?? text.length) + 1}: ${what}`);
  };
  const named = (qualifier: string, name: string): Set<string> => {
    if (qualifier !== 'D' && qualifier !== 'S' && all.includes(name)) return new Set([name]);
    const subset = pipeline.subsets.get(name);
    if (subset && qualifier !== 'T' && qualifier !== 'D') return new Set(subset.labels.filter((label) => all.includes(label)));
    const dataset = graph.datasetTypes.get(name);
    if (dataset && qualifier !== 'T' && qualifier !== 'S') return new Set(dataset.producer ? [dataset.producer.label] : []);
    const kind = { T: 'task', S: 'subset', D: 'dataset type', '': 'task, subset or dataset type' }[qualifier];
    next--;
    return fail(`no ${kind} "${name}"; tasks are ${all.join(', ')}`);
  };
  const consumersOf = (name: string): Set<string> => new Set(graph.datasetTypes.get(name)?.consumers.map(({ label }) => label));
  const operand = (): { labels: Set<string>; dataset?: string } => {
    const token = peek();
    next++;
    if (token === '(') {
      const inner = union();
      if (peek() !== ')') fail('expected ")"');
      next++;
      return { labels: inner };
    }
    const qualifier = /^[TDS]:$/.test(token) ? (token[0] ?? '') : '';
    const name = qualifier === '' ? token : peek();
    if (qualifier !== '') next++;
    if (!/^[\w-]+$/.test(name)) {
      next--;
      fail(`expected a name; found ${name === '' ? 'the end' : `"${name}"`}`);
    }
    const isDataset = qualifier === 'D' || (qualifier === '' && !all.includes(name) && !pipeline.subsets.has(name));
    const labels = named(qualifier, name);
    return isDataset ? { labels, dataset: name } : { labels };
  };
  const side = (direction: 'upstream' | 'downstream', inclusive: boolean): Set<string> => {
    const { labels, dataset } = operand();
    if (dataset === undefined) return new Set([...reachable(graph, labels, direction), ...(inclusive ? labels : [])]);
    // A dataset type sits between its producer and its consumers.
    const near = direction === 'upstream' ? labels : consumersOf(dataset);
    return new Set([...near, ...reachable(graph, near, direction)]);
  };
  const between = (from: Set<string> | undefined, to: Set<string> | undefined): Set<string> => {
    const after = from ? new Set([...from, ...reachable(graph, from, 'downstream')]) : new Set(all);
    const before = to ? new Set([...to, ...reachable(graph, to, 'upstream')]) : new Set(all);
    return after.intersection(before);
  };
  const endsRange = (): boolean => ['', ')', '|', '&', ','].includes(peek());
  const unary = (): Set<string> => {
    const token = peek();
    if (token === '~') {
      next++;
      return new Set(all).difference(unary());
    }
    if (token === '<' || token === '<=' || token === '>' || token === '>=') {
      next++;
      return side(token.startsWith('<') ? 'upstream' : 'downstream', token.endsWith('='));
    }
    if (token === '..') {
      next++;
      return between(undefined, operand().labels);
    }
    const { labels } = operand();
    if (peek() !== '..') return labels;
    next++;
    return between(labels, endsRange() ? undefined : operand().labels);
  };
  const intersection = (): Set<string> => {
    let result = unary();
    while (peek() === '&') {
      next++;
      result = result.intersection(unary());
    }
    return result;
  };
  const union = (): Set<string> => {
    let result = intersection();
    while (peek() === '|' || peek() === ',') {
      next++;
      result = result.union(intersection());
    }
    return result;
  };
  const result = union();
  if (next < tokens.length) fail(`unexpected "${peek()}"`);
  return all.filter((label) => result.has(label));
}

/** Keeps the tasks that an expression selects; subsets keep what is left of them. */
export function restrictPipeline(pipeline: Pipeline, expression: string): Pipeline {
  const labels = selectTasks(pipeline, buildPipelineGraph(pipeline), expression);
  const tasks = new Map([...pipeline.tasks].filter(([label]) => labels.includes(label)));
  const kept = [...pipeline.subsets].map(
    ([name, subset]) => [name, { ...subset, labels: subset.labels.filter((label) => tasks.has(label)) }] as const,
  );
  const subsets = new Map(kept.filter(([, subset]) => subset.labels.length > 0));
  return { ...pipeline, tasks, subsets, steps: pipeline.steps.filter(({ label }) => subsets.has(label)) };
}
