/** Version of the command and of the services that it starts. */
export const VERSION = '0.1.0';
