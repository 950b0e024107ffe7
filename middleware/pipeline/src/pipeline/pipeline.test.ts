import { expect, test } from 'vitest';
import * as tasks from '../../test/pipelines/tasks.ts';
import { defineTask, input, output } from '../index.ts';
import { evaluateContract, UNKNOWN_LABEL } from './contract.ts';
import { drawMermaid, drawSvg, drawText } from './draw.ts';
import { formatPipeline } from './format-pipeline.ts';
import { buildPipelineGraph } from './pipeline-graph.ts';
import { configFor, type Pipeline, type ResolvePipelineOptions, resolvePipeline } from './pipeline.ts';
import { parsePipelineDocument, readPipelineDocument } from './read-pipeline.ts';
import { restrictPipeline, selectTasks } from './select-tasks.ts';

const DIR = new URL('../../test/pipelines/', import.meta.url).pathname;
const full = async (options: ResolvePipelineOptions = {}): Promise<Pipeline> =>
  resolvePipeline(readPipelineDocument(`${DIR}full.yaml`), options);
const inline = (text: string): Promise<Pipeline> => resolvePipeline(parsePipelineDocument(`description: x\n${text}`, DIR));

test('reads imports, parameters, templates and data-ID-specific configuration', async () => {
  const pipeline = await full({ overrides: [{ label: 'isr', source: 'command line', values: { level: 2 } }] });
  expect([...pipeline.tasks.keys()]).toEqual(['isr', 'calibrate', 'warp', 'coadd']);
  const calibrate = pipeline.tasks.get('calibrate');
  if (!calibrate) throw new Error('no calibrate');
  expect(calibrate.config.values).toEqual({ level: 7, spin: 0 });
  expect(calibrate.config.history.get('level')?.map(({ value }) => value)).toEqual([1, 3, 7]);
  expect(configFor(calibrate, { instrument: 'TestCam', detector: 3 })).toEqual({ level: 9, spin: 0 });
  expect(configFor(calibrate, { instrument: 'TestCam', detector: 4 })).toBe(calibrate.config.values);
  expect(pipeline.tasks.get('coadd')?.connections.find(({ key }) => key === 'coadd')?.name).toBe('bestCoadd');
  expect(pipeline.tasks.get('coadd')?.resources.memoryMib).toBe(4096);
});

test('instrument overrides lie below the pipeline, the command line above data-ID overrides', async () => {
  const pipeline = await full({
    instrumentOverrides: { source: 'TestCam', values: { isr: { level: 5 }, calibrate: { level: 5, spin: 0 } } },
    overrides: [{ label: 'calibrate', source: 'command line', values: { level: 10 } }],
    parameters: { level: 4 },
  });
  expect(pipeline.tasks.get('isr')?.config.values['level']).toBe(5);
  const calibrate = pipeline.tasks.get('calibrate');
  expect(calibrate?.config.history.get('level')?.map(({ value }) => value)).toEqual([1, 5, 4, 7, 10]);
  expect(calibrate && configFor(calibrate, { instrument: 'TestCam', detector: 3 })['level']).toBe(10);
});

test('written out as one file, a pipeline reads back the same', async () => {
  const pipeline = await full({ overrides: [{ label: 'isr', source: 'command line', values: { level: 2 } }] });
  const text = formatPipeline(pipeline);
  expect(text).toContain('coadd: bestCoadd');
  const again = await resolvePipeline(parsePipelineDocument(text, '/'));
  expect(formatPipeline(again)).toBe(text);
  for (const [label, task] of pipeline.tasks) {
    const copy = again.tasks.get(label);
    expect(copy).toMatchObject({ connections: task.connections, resources: task.resources });
    for (const detector of [1, 3]) expect(configFor(copy!, { detector })).toEqual(configFor(task, { detector }));
  }
  expect([again.subsets, again.steps, again.contracts]).toEqual([pipeline.subsets, pipeline.steps, pipeline.contracts]);
  expect(pipeline.contracts).toHaveLength(2);
});

test('refuses broken contracts, unknown labels, parameters and keys, and import circles', async () => {
  await expect(full({ overrides: [{ label: 'isr', source: 'cli', values: { spin: 1 } }] })).rejects.toThrow(
    /isr\.spin == calibrate\.spin \(both spin alike\)/,
  );
  await expect(full({ overrides: [{ label: 'isrr', source: 'cli', values: {} }] })).rejects.toThrow(/no task "isrr"/);
  await expect(full({ parameters: { x: 1 } })).rejects.toThrow(/no parameter "x"; known: level/);
  expect(() => parsePipelineDocument('description: x\ntask: {}')).toThrow(/task/);
  expect(() => parsePipelineDocument('description: x\nsubsets: {a: [b]}')).toThrow(/names task "b"/);
  expect(() => parsePipelineDocument('- 1')).toThrow(/mapping/);
  expect(() => readPipelineDocument('/no/such.yaml')).toThrow(/no pipeline file/);
  await expect(inline('imports: {location: full.yaml, include: detectors}')).resolves.toMatchObject({ tasks: { size: 2 } });
  await expect(inline('imports: {location: full.yaml, exclude: [coadd]}')).resolves.toMatchObject({ subsets: { size: 1 } });
  expect(
    (await inline('imports: {location: full.yaml, exclude: [coadd], labeledSubsetModifyMode: EDIT}')).subsets.get('coaddition')?.labels,
  ).toEqual(['warp']);
});

test('evaluates contracts as pure expressions', () => {
  const values: Record<string, unknown> = { 'a.x': 3, 'a.name': 'deep', 'a.list': ['g', 'r'], 'a.map': { k: 1 }, 'a.none': null };
  const holds = (text: string): boolean | undefined =>
    evaluateContract(text, (path) => (path[0] === 'zz' ? UNKNOWN_LABEL : values[path.join('.')]));
  for (const text of [
    'a.x == 3',
    'a.x + 1 * 2 == 5',
    '"r" in a.list',
    'a.name not in [\'x\', "y"]',
    'not a.x > 5 and a.x <= 3',
    'len(a.list) == 2',
    'a.none == None',
    '(a.x - 1) / 2 == 1 or false',
    '"k" in a.map',
    '-a.x < 0',
  ])
    expect(holds(text), text).toBe(true);
  expect(holds('a.x != 3')).toBe(false);
  expect(holds('zz.y == 1')).toBeUndefined();
  for (const text of ['a.x ==', 'a.y == 1', 'a.x ; 1', '(a.x', 'process.exit()']) expect(() => holds(text), text).toThrow(/contract/);
});

test('joins tasks by dataset type in dependency order', async () => {
  const graph = buildPipelineGraph(await full());
  expect(graph.tasks.map(({ label }) => label)).toEqual(['isr', 'calibrate', 'warp', 'coadd']);
  expect(Object.fromEntries([...graph.datasetTypes].map(([name, { role }]) => [name, role]))).toEqual({
    raw: 'overall-input', flat: 'prerequisite', postIsr: 'intermediate', calexp: 'intermediate', src: 'output', src_schema: 'init-output', warp: 'intermediate', bestCoadd: 'output',
  }); // prettier-ignore
  expect(graph.upstream.get('coadd')).toEqual(['warp']);
});

test('names the tasks of a cycle, of two producers and of a mismatch', async () => {
  const make = (
    name: string,
    reads: string,
    writes: string,
    storageClass = 'Json',
    dimensions: readonly string[] = ['visit'],
  ): ReturnType<typeof defineTask> =>
    defineTask({
      name,
      doc: 'x',
      dimensions: ['visit', 'detector'],
      connections: {
        in: input({ name: reads, storageClass, dimensions, doc: 'x' }),
        out: output({ name: writes, storageClass: 'Json', dimensions: ['visit'], doc: 'x' }),
      },
      run: () => ({ out: 1 }),
    });
  const build = async (...list: ReturnType<typeof defineTask>[]): Promise<unknown> => {
    const text = `description: x\ntasks:\n${list.map(({ name }) => `  ${name}: ${name}`).join('\n')}`;
    return buildPipelineGraph(
      await resolvePipeline(parsePipelineDocument(text), { taskOf: (name) => list.find((task) => task.name === name) as never }),
    );
  };
  await expect(build(make('a', 'x', 'y'), make('b', 'y', 'x'))).rejects.toThrow(
    /wait for each other: (a|b) -\[(x|y)\]-> (a|b) -\[(x|y)\]-> (a|b)/,
  );
  await expect(build(make('a', 'x', 'y'), make('b', 'z', 'y'))).rejects.toThrow(/"a" and "b" both produce "y"/);
  await expect(build(make('a', 'x', 'y'), make('b', 'y', 'z', 'Table'))).rejects.toThrow(
    /task "b" uses storage class Table, task "a" uses Json/,
  );
  await expect(build(make('a', 'x', 'y'), make('b', 'y', 'z', 'Json', ['detector']))).rejects.toThrow(
    /task "b" has dimensions \{detector\}, task "a" has \{visit\}/,
  );
});

test('selects tasks by set and range expressions', async () => {
  const pipeline = await full();
  const graph = buildPipelineGraph(pipeline);
  const pick = (text: string): string => selectTasks(pipeline, graph, text).join(' ');
  expect(pick('isr..warp')).toBe('isr calibrate warp');
  expect(pick('warp..')).toBe('warp coadd');
  expect(pick('..calibrate')).toBe('isr calibrate');
  expect(pick('detectors, coadd')).toBe('isr calibrate coadd');
  expect(pick('~(detectors | coadd)')).toBe('warp');
  expect(pick('< warp & ~isr')).toBe('calibrate');
  expect(pick('>= T:warp')).toBe('warp coadd');
  expect(pick('> D:calexp')).toBe('warp coadd');
  expect(pick('<= calexp')).toBe('isr calibrate');
  expect(pick('S:coaddition')).toBe('warp coadd');
  for (const text of ['nope', 'isr &', '(isr', 'isr isr', 'T:calexp', '']) expect(() => pick(text), text).toThrow(/task selection/);
  expect([...restrictPipeline(pipeline, 'detectors, warp').subsets.keys()]).toEqual(['detectors', 'coaddition']);
});

test('draws as text, Mermaid and SVG', async () => {
  const graph = buildPipelineGraph(await full());
  expect(`\n${drawText(graph)}\n`).toMatchInlineSnapshot(`
    "
    ○      flat: StructuredDataDict {instrument, detector}
    │ ○    raw: StructuredDataDict {instrument, visit, detector}
    ├─╯
    ■      isr: isr {instrument, visit, detector}
    ○      postIsr: StructuredDataDict {instrument, visit, detector}
    ■      calibrate: calibrate {instrument, visit, detector}
    ├─╮
    │ ○    calexp: StructuredDataDict {instrument, visit, detector}
    ├─┼─╮
    │ │ ○  src: StructuredDataDict {instrument, visit, detector}
    ○ │    src_schema: StructuredDataDict {}
    ├─╯
    ■      warp: warp {instrument, visit, tract, patch, skymap}
    ○      warp: StructuredDataDict {instrument, visit, tract, patch, skymap}
    ■      coadd: coadd {skymap, tract, patch}
    ○      bestCoadd: StructuredDataDict {skymap, tract, patch}
    "
  `);
  expect(drawText(graph, { tasksOnly: true }).split('\n')).toHaveLength(4);
  const mermaid = drawMermaid(graph);
  expect(mermaid).toContain('-.->');
  expect(mermaid.match(/-->/g)).toHaveLength(11);
  const svg = drawSvg(graph);
  expect(svg.match(/<g class="task">/g)).toHaveLength(4);
  expect(svg).not.toContain('NaN');
  expect(Object.keys(tasks)).toContain('isrTask');
});
