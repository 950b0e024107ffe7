import { join } from 'node:path';
import { stringify } from 'yaml';
import { DEFAULT_RESOURCES, fillTemplate } from '../task/task.ts';
import type { Pipeline, PipelineTask } from './pipeline.ts';

/**
 * Writes a pipeline as one file without imports and parameters: every task with its full configuration, what it reads and writes under
 * other names, resources, subsets and steps. Reading it back gives the same pipeline.
 */
export function formatPipeline(pipeline: Pipeline): string {
  const { description, instrument, tasks, subsets, steps, contracts } = pipeline;
  return stringify(
    {
      description,
      ...(instrument === undefined ? {} : { instrument }),
      tasks: Object.fromEntries([...tasks].map(([label, task]) => [label, taskEntry(task)])),
      ...(contracts.length === 0
        ? {}
        : { contracts: contracts.map(({ contract, message }) => (message === '' ? contract : { contract, msg: message })) }),
      ...(subsets.size === 0
        ? {}
        : {
            subsets: Object.fromEntries(
              [...subsets].map(([name, { labels, description: said }]) => [
                name,
                { subset: labels, ...(said === '' ? {} : { description: said }) },
              ]),
            ),
          }),
      ...(steps.length === 0 ? {} : { steps }),
    },
    { lineWidth: 140, aliasDuplicateObjects: false },
  );
}

function taskEntry({
  specifier,
  baseDir,
  task,
  connections,
  config,
  variants,
  resources,
}: PipelineTask): Readonly<Record<string, unknown>> {
  const renamed = connections.flatMap(({ key, name }) => {
    const plain = fillTemplate(task.connections[key]?.name ?? '', task.templates, task.name);
    return plain === name ? [] : [[key, name] as const];
  });
  const asked = Object.entries(resources).filter(
    ([key, value]) => value !== (DEFAULT_RESOURCES as unknown as Record<string, unknown>)[key],
  );
  const blocks = variants.map(({ dataId = {}, values }) => (Object.keys(dataId).length === 0 ? { values } : { dataId, values }));
  return {
    class: specifier.startsWith('.') ? join(baseDir, specifier) : specifier,
    ...(renamed.length === 0 ? {} : { connections: Object.fromEntries(renamed) }),
    ...(asked.length === 0 ? {} : { resources: Object.fromEntries(asked) }),
    ...(Object.keys(config.values).length === 0
      ? {}
      : { config: blocks.length === 0 ? config.values : [{ values: config.values }, ...blocks] }),
  };
}
