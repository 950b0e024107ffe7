import { element, type Markup, textElement } from '@almagest/dali';
import { qualifiedName } from '@almagest/tap';
import type { Interface, RegistryOwner, RegistryRecord } from './records.ts';

export const NAMESPACES = {
  'xmlns:ri': 'http://www.ivoa.net/xml/RegistryInterface/v1.0',
  'xmlns:vr': 'http://www.ivoa.net/xml/VOResource/v1.0',
  'xmlns:vs': 'http://www.ivoa.net/xml/VODataService/v1.1',
  'xmlns:vg': 'http://www.ivoa.net/xml/VORegistry/v1.0',
  'xmlns:xsi': 'http://www.w3.org/2001/XMLSchema-instance',
} as const;

/** Where each schema is to be had: at its own namespace. */
const SCHEMA_LOCATION = ['xmlns:ri', 'xmlns:vr', 'xmlns:vs', 'xmlns:vg']
  .map((name) => NAMESPACES[name as keyof typeof NAMESPACES])
  .flatMap((namespace) => [namespace, namespace])
  .join(' ');

/** A record as the registries exchange it. @see VOResource 1.1; VODataService 1.2; VORegistry */
export function resourceXml(
  record: RegistryRecord,
  owner: RegistryOwner,
  dates: { readonly created: string; readonly updated: string },
): Markup {
  return element(
    'ri:Resource',
    { ...NAMESPACES, 'xsi:schemaLocation': SCHEMA_LOCATION, 'xsi:type': record.type, ...dates, status: 'active' },
    [
      textElement('title', record.title),
      textElement('shortName', record.shortName),
      textElement('identifier', record.ivoid),
      element('curation', {}, [
        textElement('publisher', owner.publisher),
        element('creator', {}, [textElement('name', owner.publisher)]),
        element('contact', {}, [textElement('name', owner.contactName), textElement('email', owner.contactEmail)]),
      ]),
      element('content', {}, [
        ...record.subjects.map((subject) => textElement('subject', subject)),
        textElement('description', record.description),
        textElement('referenceURL', record.referenceUrl),
        textElement('type', record.type === 'vs:CatalogService' ? 'Survey' : 'Registry'),
        textElement('contentLevel', 'Research'),
      ]),
      ...(record.type === 'vg:Authority' ? [textElement('managingOrg', owner.publisher)] : []),
      ...record.interfaces.map(capability),
      ...(record.type === 'vg:Registry' ? [textElement('full', 'false'), textElement('managedAuthority', owner.authority)] : []),
      ...(record.tables ? [tableset(record.tables)] : []),
    ],
  );
}

function capability({ standardId, capabilityType, accessUrl, use, version }: Interface): Markup {
  const isHarvest = capabilityType === 'vg:Harvest';
  return element('capability', { standardID: standardId, ...(capabilityType === undefined ? {} : { 'xsi:type': capabilityType }) }, [
    element(
      'interface',
      { 'xsi:type': isHarvest ? 'vg:OAIHTTP' : 'vs:ParamHTTP', role: 'std', ...(version === undefined ? {} : { version }) },
      [element('accessURL', { use }, [accessUrl])],
    ),
    ...(isHarvest ? [textElement('maxRecords', 0)] : []),
  ]);
}

function tableset(content: NonNullable<RegistryRecord['tables']>): Markup {
  return element(
    'tableset',
    {},
    content.schemas.map((schema) =>
      element('schema', {}, [
        textElement('name', schema.name),
        textElement('description', schema.description),
        ...content.tables
          .filter((table) => table.schema === schema.name)
          .map((table) => element('table', {}, [textElement('name', qualifiedName(table)), textElement('description', table.description)])),
      ]),
    ),
  );
}

/** The same in Dublin Core, which every harvester reads. @see OAI-PMH 2.0, section 2.5 */
export function dublinCoreXml(record: RegistryRecord, owner: RegistryOwner): Markup {
  return element(
    'oai_dc:dc',
    {
      'xmlns:oai_dc': 'http://www.openarchives.org/OAI/2.0/oai_dc/',
      'xmlns:dc': 'http://purl.org/dc/elements/1.1/',
      'xmlns:xsi': NAMESPACES['xmlns:xsi'],
      'xsi:schemaLocation': 'http://www.openarchives.org/OAI/2.0/oai_dc/ http://www.openarchives.org/OAI/2.0/oai_dc.xsd',
    },
    [
      textElement('dc:title', record.title),
      textElement('dc:creator', owner.publisher),
      ...record.subjects.map((subject) => textElement('dc:subject', subject)),
      textElement('dc:description', record.description),
      textElement('dc:publisher', owner.publisher),
      textElement('dc:type', 'Service'),
      textElement('dc:identifier', record.ivoid),
    ],
  );
}
