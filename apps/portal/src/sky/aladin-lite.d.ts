declare module 'aladin-lite';
