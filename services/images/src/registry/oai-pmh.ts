import { element, type Markup, textElement, xmlDocument } from '@almagest/dali';
import type { RegistryOwner, RegistryRecord } from './records.ts';
import { dublinCoreXml, resourceXml } from './vo-resource.ts';

export interface OaiRequest {
  readonly parameters: readonly (readonly [string, string])[];
  readonly baseUrl: string;
  readonly records: readonly RegistryRecord[];
  readonly owner: RegistryOwner;
  /** When the records last changed: those of a server are those of its start. */
  readonly updated: Date;
  readonly now: Date;
}

/** Arguments that each verb takes; those with `!` it needs. @see OAI-PMH 2.0, section 4 */
const VERBS: Readonly<Record<string, readonly string[]>> = {
  Identify: [],
  ListMetadataFormats: ['identifier'],
  ListSets: ['resumptionToken'],
  ListIdentifiers: ['metadataPrefix!', 'from', 'until', 'set', 'resumptionToken'],
  ListRecords: ['metadataPrefix!', 'from', 'until', 'set', 'resumptionToken'],
  GetRecord: ['identifier!', 'metadataPrefix!'],
};
const FORMATS = {
  ivo_vor: ['http://www.ivoa.net/xml/VOResource/v1.0', 'http://www.ivoa.net/xml/RegistryInterface/v1.0'],
  oai_dc: ['http://www.openarchives.org/OAI/2.0/oai_dc.xsd', 'http://www.openarchives.org/OAI/2.0/oai_dc/'],
} as const;
/** The only set: all records are this server's own. @see Registry Interfaces 1.1, section 2.3 */
const SET = 'ivo_managed';
const TIME = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d:\d\dZ)?$/;

class OaiProblem extends Error {
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** Answers a harvester, its elements with a prefix, since those of VOResource are in no namespace; a mistake in the request is an answer too. @see OAI-PMH 2.0 */
export function oaiXml(request: OaiRequest): string {
  let attributes: Readonly<Record<string, string>> = {};
  let content: readonly (Markup | undefined)[];
  try {
    const values = readArguments(request.parameters);
    attributes = values;
    content = [answer(values, request)];
  } catch (error) {
    if (!(error instanceof OaiProblem)) throw error;
    content = [element('oai:error', { code: error.code }, [error.message])];
    if (error.code === 'badVerb' || error.code === 'badArgument') attributes = {};
  }
  return xmlDocument(
    element(
      'oai:OAI-PMH',
      {
        'xmlns:oai': 'http://www.openarchives.org/OAI/2.0/',
        'xmlns:xsi': 'http://www.w3.org/2001/XMLSchema-instance',
        'xsi:schemaLocation': 'http://www.openarchives.org/OAI/2.0/ http://www.openarchives.org/OAI/2.0/OAI-PMH.xsd',
      },
      [textElement('oai:responseDate', stamp(request.now)), element('oai:request', attributes, [request.baseUrl]), ...content],
    ),
  );
}

function readArguments(parameters: OaiRequest['parameters']): Readonly<Record<string, string>> {
  const values: Record<string, string> = {};
  for (const [name, value] of parameters) {
    if (Object.hasOwn(values, name)) throw new OaiProblem(name === 'verb' ? 'badVerb' : 'badArgument', `${name.slice(0, 40)} is repeated`);
    values[name] = value;
  }
  const { verb = '' } = values;
  const known = Object.hasOwn(VERBS, verb) ? VERBS[verb] : undefined;
  if (!known) throw new OaiProblem('badVerb', `verb must be one of ${Object.keys(VERBS).join(', ')}`);
  for (const name of Object.keys(values))
    if (name !== 'verb' && !known.some((each) => each.replace('!', '') === name))
      throw new OaiProblem('badArgument', `${verb} takes no ${name.slice(0, 40)}`);
  if (values['resumptionToken'] !== undefined) throw new OaiProblem('badResumptionToken', 'lists are given whole here');
  for (const name of known)
    if (name.endsWith('!') && values[name.slice(0, -1)] === undefined)
      throw new OaiProblem('badArgument', `${name.slice(0, -1)} is missing`);
  for (const name of ['from', 'until'])
    if (values[name] !== undefined && !(TIME.test(values[name]) && !Number.isNaN(Date.parse(values[name]))))
      throw new OaiProblem('badArgument', `${name} must be a date, or a time to the second in UTC`);
  if (values['from'] !== undefined && values['until'] !== undefined && values['from'].length !== values['until'].length)
    throw new OaiProblem('badArgument', 'from and until must have one granularity');
  return values;
}

function answer(values: Readonly<Record<string, string>>, request: OaiRequest): Markup {
  const { verb = '', metadataPrefix } = values;
  if (metadataPrefix !== undefined && !Object.hasOwn(FORMATS, metadataPrefix))
    throw new OaiProblem('cannotDisseminateFormat', `metadataPrefix must be ${Object.keys(FORMATS).join(' or ')}`);
  const full = (record: RegistryRecord): Markup =>
    element('oai:record', {}, [header(record, request), element('oai:metadata', {}, [metadata(record, request, metadataPrefix)])]);
  switch (verb) {
    case 'Identify':
      return element('oai:Identify', {}, identify(request));
    case 'ListMetadataFormats':
      if (values['identifier'] !== undefined) find(values['identifier'], request);
      return element(
        'oai:ListMetadataFormats',
        {},
        Object.entries(FORMATS).map(([prefix, [schema, namespace]]) =>
          element('oai:metadataFormat', {}, [
            textElement('oai:metadataPrefix', prefix),
            textElement('oai:schema', schema),
            textElement('oai:metadataNamespace', namespace),
          ]),
        ),
      );
    case 'ListSets':
      return element('oai:ListSets', {}, [
        element('oai:set', {}, [textElement('oai:setSpec', SET), textElement('oai:setName', 'Records of this server')]),
      ]);
    case 'GetRecord':
      return element('oai:GetRecord', {}, [full(find(values['identifier'] ?? '', request))]);
    default:
      return element(
        `oai:${verb}`,
        {},
        select(values, request).map((record) => (verb === 'ListRecords' ? full(record) : header(record, request))),
      );
  }
}

function select(values: Readonly<Record<string, string>>, { records, updated }: OaiRequest): readonly RegistryRecord[] {
  const { from, until, set } = values;
  const at = stamp(updated);
  const isIn =
    (from === undefined || at >= from) && (until === undefined || at.slice(0, until.length) <= until) && (set === undefined || set === SET);
  if (!isIn || records.length === 0) throw new OaiProblem('noRecordsMatch', 'no record is of that time and set');
  return records;
}

function find(identifier: string, { records }: OaiRequest): RegistryRecord {
  const found = records.find(({ ivoid }) => ivoid.toLowerCase() === identifier.toLowerCase());
  if (!found) throw new OaiProblem('idDoesNotExist', `there is no record ${identifier.slice(0, 200)}`);
  return found;
}

function header({ ivoid }: RegistryRecord, { updated }: OaiRequest): Markup {
  return element('oai:header', {}, [
    textElement('oai:identifier', ivoid),
    textElement('oai:datestamp', stamp(updated)),
    textElement('oai:setSpec', SET),
  ]);
}

function metadata(record: RegistryRecord, { owner, updated }: OaiRequest, prefix: string | undefined): Markup {
  const dates = { created: stamp(updated), updated: stamp(updated) };
  return prefix === 'oai_dc' ? dublinCoreXml(record, owner) : resourceXml(record, owner, dates);
}

function identify(request: OaiRequest): readonly (Markup | undefined)[] {
  const { owner, baseUrl, updated, records } = request;
  const self = records.find(({ type }) => type === 'vg:Registry');
  return [
    textElement('oai:repositoryName', `${owner.title}: publishing registry`),
    textElement('oai:baseURL', baseUrl),
    textElement('oai:protocolVersion', '2.0'),
    textElement('oai:adminEmail', owner.contactEmail),
    textElement('oai:earliestDatestamp', stamp(updated)),
    textElement('oai:deletedRecord', 'no'),
    textElement('oai:granularity', 'YYYY-MM-DDThh:mm:ssZ'),
    self && element('oai:description', {}, [metadata(self, request, 'ivo_vor')]),
  ];
}

function stamp(time: Date): string {
  return `${time.toISOString().slice(0, 19)}Z`;
}
