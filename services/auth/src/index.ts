export { ForbiddenError, UnauthenticatedError } from './errors.ts';
export { anonymousAuthenticator, type Authenticator, type Credentials, type Identity, type Scope, SCOPES } from './identity.ts';
export { requireScope } from './require-scope.ts';
