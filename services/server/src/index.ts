export { createServer, listen, type ServerOptions, type ServicePart } from './create-server.ts';
export { PortInUseError } from './errors.ts';
