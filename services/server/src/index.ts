export { createServer, listen, type ServerOptions, type ServicePart } from './create-server.ts';
export { PortInUseError } from './errors.ts';
export { type HandlerClient, mountHandler, type MountOptions } from './mount-handler.ts';
