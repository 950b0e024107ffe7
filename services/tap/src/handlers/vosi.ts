import { element, type Markup, textElement, xmlDocument } from '@almagest/dali';
import { adqlName } from '@almagest/adql';
import { type ForeignKey, qualifiedName, type TapColumn, type TapContent, type TapTable } from '../models/tap-table.ts';
import { votableTypeOf } from '../services/tap-schema.ts';
import type { TapContext } from './context.ts';

/** All tables with their columns, or without (`detail=min`). @see VOSI 1.1, section 3 */
export function tablesXml(content: TapContent, options: { readonly withColumns: boolean }): string {
  const schemas = content.schemas.map((schema) =>
    element('schema', {}, [
      textElement('name', adqlName(schema.name)),
      textElement('description', schema.description),
      textElement('utype', schema.utype),
      ...content.tables
        .filter((table) => table.schema === schema.name)
        .map((table) => tableMarkup('table', table, content.keys, options.withColumns)),
    ]),
  );
  return xmlDocument(element('vosi:tableset', NAMESPACES, schemas));
}

/** One table. */
export function tableXml(content: TapContent, table: TapTable): string {
  return xmlDocument(tableMarkup('vosi:table', table, content.keys, true, NAMESPACES));
}

const NAMESPACES = {
  'xmlns:vosi': 'http://www.ivoa.net/xml/VOSITables/v1.0',
  'xmlns:xsi': 'http://www.w3.org/2001/XMLSchema-instance',
  'xmlns:vs': 'http://www.ivoa.net/xml/VODataService/v1.1',
};

function tableMarkup(
  name: string,
  table: TapTable,
  keys: readonly ForeignKey[],
  withColumns: boolean,
  attributes: Readonly<Record<string, string>> = {},
): Markup {
  const full = qualifiedName(table);
  return element(name, { ...attributes, type: 'table' }, [
    textElement('name', full),
    textElement('description', table.description),
    textElement('utype', table.utype),
    ...(withColumns ? table.columns.filter((column) => !column.hidden).map(columnMarkup) : []),
    ...(withColumns ? keys.filter((key) => key.from === full).map(keyMarkup) : []),
  ]);
}

function columnMarkup(column: TapColumn): Markup {
  const { datatype, arraysize, xtype } = votableTypeOf(column);
  return element('column', { std: column.std ? 'true' : 'false' }, [
    textElement('name', adqlName(column.name)),
    textElement('description', column.description),
    textElement('unit', column.unit),
    textElement('ucd', column.ucd),
    textElement('utype', column.utype),
    element('dataType', { 'xsi:type': 'vs:VOTableType', arraysize, extendedType: xtype }, [datatype]),
    column.indexed ? textElement('flag', 'indexed') : undefined,
    column.principal ? textElement('flag', 'principal') : undefined,
  ]);
}

function keyMarkup(key: ForeignKey): Markup {
  return element('foreignKey', {}, [
    textElement('targetTable', key.target),
    ...key.columns.map((pair) =>
      element('fkColumn', {}, [textElement('fromColumn', adqlName(pair.from)), textElement('targetColumn', adqlName(pair.target))]),
    ),
    textElement('description', key.description),
  ]);
}

/** Queries that work as they stand, readable by people and by clients (RDFa). @see DALI 1.1, section 2.3 */
export function examplesHtml({ examples }: TapContext): string {
  const body = examples.map(({ id, title, text, query }) =>
    element('div', { id, resource: `#${id}`, typeof: 'example' }, [
      element('h2', { property: 'name' }, [title]),
      element('p', {}, [text]),
      element('pre', { property: 'query' }, [query]),
    ]),
  );
  const html = element('html', { xmlns: 'http://www.w3.org/1999/xhtml', lang: 'en' }, [
    element('head', {}, [
      element('title', {}, ['Example queries']),
      element('style', {}, ['body{font-family:sans-serif;max-width:50em;margin:2em auto}pre{background:#eee;padding:1em}']),
    ]),
    element('body', {}, [element('h1', {}, ['Example queries']), element('div', { vocab: 'http://www.ivoa.net/rdf/examples#' }, body)]),
  ]);
  return `<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE html>\n${html.xml}\n`;
}
