import type { Group, Info, Param, Table, TableMeta } from '../model/table.ts';
import { childOf, childrenOf, type XmlElement } from '../xml/element.ts';
import type { CoordinateSystem, TimeSystem, VotableDocument, VotableResource } from './document.ts';
import { defined, parseLink } from './field.ts';

/** The tree of a VOTABLE element as a document; `tableOf` gives the data read for each TABLE element. */
export function parseDocument(root: XmlElement, tableOf: (element: XmlElement) => Table): VotableDocument {
  return {
    version: root.attributes['version'] ?? '1.1',
    ...defined({ id: root.attributes['ID'] }),
    ...commonParts(root),
    resources: childrenOf(root, 'RESOURCE').map((resource) => parseResource(resource, tableOf)),
  };
}

const RESOURCE_PARTS: ReadonlySet<string> = new Set([
  'DESCRIPTION',
  'INFO',
  'COOSYS',
  'TIMESYS',
  'GROUP',
  'PARAM',
  'LINK',
  'TABLE',
  'RESOURCE',
  'DEFINITIONS',
]);

function parseResource(element: XmlElement, tableOf: (element: XmlElement) => Table): VotableResource {
  const a = element.attributes;
  const foreign = element.children.filter((child) => !RESOURCE_PARTS.has(child.name));
  const inner = childrenOf(element, 'RESOURCE');
  return {
    ...defined({ name: a['name'], id: a['ID'], type: a['type'], utype: a['utype'] }),
    ...commonParts(element),
    tables: childrenOf(element, 'TABLE').map(tableOf),
    ...(inner.length > 0 ? { resources: inner.map((child) => parseResource(child, tableOf)) } : {}),
    ...(foreign.length > 0 ? { foreign } : {}),
  };
}

type CommonParts = Pick<VotableDocument, 'description' | 'infos' | 'coordinateSystems' | 'timeSystems' | 'params' | 'groups'>;

function commonParts(element: XmlElement): CommonParts {
  const definitions = childOf(element, 'DEFINITIONS');
  const all = (name: string): readonly XmlElement[] => [
    ...(definitions ? childrenOf(definitions, name) : []),
    ...childrenOf(element, name),
  ];
  const description = childOf(element, 'DESCRIPTION')?.text.trim();
  return {
    ...(description ? { description } : {}),
    ...list('infos', all('INFO').map(parseInfo)),
    ...list('coordinateSystems', all('COOSYS').map(parseCoosys)),
    ...list('timeSystems', all('TIMESYS').map(parseTimesys)),
    ...list('params', all('PARAM').map(parseParam)),
    ...list('groups', all('GROUP').map(parseGroup)),
  };
}

/** Metadata of a TABLE element. */
export function parseTableMeta(element: XmlElement): TableMeta {
  const a = element.attributes;
  const description = childOf(element, 'DESCRIPTION')?.text.trim();
  return {
    ...defined({ name: a['name'], id: a['ID'], ucd: a['ucd'], utype: a['utype'] }),
    ...(description ? { description } : {}),
    ...list('params', childrenOf(element, 'PARAM').map(parseParam)),
    ...list('infos', childrenOf(element, 'INFO').map(parseInfo)),
    ...list('links', childrenOf(element, 'LINK').map(parseLink)),
    ...list('groups', childrenOf(element, 'GROUP').map(parseGroup)),
  };
}

function list<K extends string, T>(key: K, items: readonly T[]): { readonly [P in K]?: readonly T[] } {
  return (items.length > 0 ? { [key]: items } : {}) as { readonly [P in K]?: readonly T[] };
}

function parseInfo(element: XmlElement): Info {
  const a = element.attributes;
  const text = element.text.trim();
  return {
    name: a['name'] ?? '',
    value: a['value'] ?? '',
    ...defined({ id: a['ID'], unit: a['unit'], ucd: a['ucd'], utype: a['utype'], xtype: a['xtype'], ref: a['ref'] }),
    ...(text ? { text } : {}),
  };
}

function parseParam(element: XmlElement): Param {
  const a = element.attributes;
  const description = childOf(element, 'DESCRIPTION')?.text.trim();
  return {
    name: a['name'] ?? '',
    value: a['value'] ?? '',
    datatype: a['datatype'] ?? 'char',
    ...defined({
      arraysize: a['arraysize'],
      id: a['ID'],
      unit: a['unit'],
      ucd: a['ucd'],
      utype: a['utype'],
      xtype: a['xtype'],
      ref: a['ref'],
    }),
    ...(description ? { description } : {}),
  };
}

function parseCoosys(element: XmlElement): CoordinateSystem {
  const a = element.attributes;
  return defined({ id: a['ID'], system: a['system'], equinox: a['equinox'], epoch: a['epoch'], refposition: a['refposition'] });
}

function parseTimesys(element: XmlElement): TimeSystem {
  const a = element.attributes;
  return defined({ id: a['ID'], timescale: a['timescale'], refposition: a['refposition'], timeorigin: a['timeorigin'] });
}

function parseGroup(element: XmlElement): Group {
  const a = element.attributes;
  const description = childOf(element, 'DESCRIPTION')?.text.trim();
  const refs = (name: string): { ref: string; ucd?: string; utype?: string }[] =>
    childrenOf(element, name).map((child) => ({
      ref: child.attributes['ref'] ?? '',
      ...defined({ ucd: child.attributes['ucd'], utype: child.attributes['utype'] }),
    }));
  return {
    ...defined({ id: a['ID'], name: a['name'], ucd: a['ucd'], utype: a['utype'], ref: a['ref'] }),
    ...(description ? { description } : {}),
    fieldRefs: refs('FIELDref'),
    paramRefs: refs('PARAMref'),
    params: childrenOf(element, 'PARAM').map(parseParam),
    groups: childrenOf(element, 'GROUP').map(parseGroup),
  };
}
