export { FileAccessError, FileExistsError, FileNotFoundError } from './errors.ts';
export { makeFolder } from './make-folder.ts';
export { type FileSource, openFile } from './open-file.ts';
export { type OpenSource, openSource } from './open-source.ts';
export { readPieces } from './read-stream.ts';
export { type FileContent, type LateBytes, writeFileAtomic, type WriteFileOptions } from './write-file-atomic.ts';
