export {
  ForbiddenError,
  ProviderError,
  SignInError,
  TokenNotFoundError,
  TokenRequestError,
  TokenStoreError,
  UnauthenticatedError,
  UsageLimitError,
} from './errors.ts';
export { redactUrl } from './http/redact-url.ts';
export { type AccountsOptions, registerAccounts } from './http/register-accounts.ts';
export { authHeaders, authStatus } from './http/send-auth-error.ts';
export { ANONYMOUS, anonymousAuthenticator, type Authenticator, type Credentials, type Identity, type Scope, SCOPES } from './identity.ts';
export { type Access, mayRead } from './may-read.ts';
export { requireScope } from './require-scope.ts';
export { type Account, type Claims, registerSignIn, type SignInOptions } from './sign-in/register-sign-in.ts';
export { tokenAuthenticator, type TokenAuthenticatorOptions } from './token-authenticator.ts';
export { openTokenStore, type TokenRecord, type TokenRequest, type TokenStore } from './tokens/token-store.ts';
export {
  type Allowance,
  type Caller,
  createUsageLimits,
  type UsageLimits,
  type UsageOptions,
  type UsageState,
} from './usage/usage-limits.ts';
