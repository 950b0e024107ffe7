import { element, xmlDocument } from './xml-text.ts';

/** A failure as a VOTable, which is what clients look for whatever the status. @see DALI 1.1, section 4.4 */
export function errorDocument(message: string): string {
  return xmlDocument(
    element('VOTABLE', { version: '1.4', xmlns: 'http://www.ivoa.net/xml/VOTable/v1.3' }, [
      element('RESOURCE', { type: 'results' }, [element('INFO', { name: 'QUERY_STATUS', value: 'ERROR' }, [message])]),
    ]),
  );
}

/** That a service answers, and since when. @see VOSI 1.1, section 5 */
export function availabilityXml(since: Date): string {
  return xmlDocument(
    element('vosi:availability', { 'xmlns:vosi': 'http://www.ivoa.net/xml/VOSIAvailability/v1.0' }, [
      element('vosi:available', {}, ['true']),
      element('vosi:upSince', {}, [since.toISOString()]),
    ]),
  );
}
