export { DaliParameters, parameterError, parseInterval } from './dali-parameters.ts';
export { availabilityXml, errorDocument } from './documents.ts';
export { DaliParameterError } from './errors.ts';
export { type Attributes, element, escapeXml, type Markup, textElement, xmlDocument } from './xml-text.ts';
