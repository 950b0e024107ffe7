import {
  CopyObjectCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  type ListObjectsV2CommandOutput,
  PutObjectCommand,
  S3Client,
  type S3ClientConfig,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { ArtifactStoreError, ArtifactWriteError } from '../errors.ts';
import type { ObjectStore } from './object-store.ts';

/** Objects in a bucket of an S3-compatible store, below a prefix. */
export class S3Objects implements ObjectStore {
  readonly #client: S3Client;
  readonly #bucket: string;
  readonly #prefix: string;

  /** @param root - `s3://bucket/prefix`. Credentials and region come from the environment unless `config` gives them. */
  constructor(root: string, config: S3ClientConfig = {}) {
    const url = new URL(root);
    this.#bucket = url.hostname;
    const path = decodeURIComponent(url.pathname).replace(/^\/+|\/+$/g, '');
    this.#prefix = path === '' ? '' : `${path}/`;
    const endpoint = process.env['S3_ENDPOINT_URL'];
    this.#client = new S3Client({
      ...(endpoint === undefined ? {} : { endpoint, forcePathStyle: true }),
      ...(process.env['AWS_REGION'] === undefined ? { region: 'us-east-1' } : {}),
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
      ...config,
    });
  }

  async put(key: string, bytes: Uint8Array): Promise<void> {
    await this.#write(
      async () => await this.#client.send(new PutObjectCommand({ ...this.#at(key), Body: bytes, ContentLength: bytes.length })),
    );
  }

  async get(key: string, range?: { readonly offset: number; readonly length: number }): Promise<Uint8Array | undefined> {
    if (range?.length === 0) return new Uint8Array(0);
    try {
      const Range = range && `bytes=${range.offset}-${range.offset + range.length - 1}`;
      const answer = await this.#client.send(new GetObjectCommand({ ...this.#at(key), ...(Range ? { Range } : {}) }));
      return await answer.Body?.transformToByteArray();
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw unreachable(error);
    }
  }

  async size(key: string): Promise<number | undefined> {
    try {
      return (await this.#client.send(new HeadObjectCommand(this.#at(key)))).ContentLength;
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw unreachable(error);
    }
  }

  async copy(from: string, to: string): Promise<void> {
    const CopySource = `${this.#bucket}/${(this.#prefix + from).split('/').map(encodeURIComponent).join('/')}`;
    await this.#write(async () => await this.#client.send(new CopyObjectCommand({ ...this.#at(to), CopySource })));
  }

  async remove(key: string): Promise<void> {
    await this.#write(async () => await this.#client.send(new DeleteObjectCommand(this.#at(key))));
  }

  async *list(prefix: string): AsyncIterable<{ readonly key: string; readonly size: number }> {
    let token: string | undefined;
    do {
      const page = await this.#page(prefix, token);
      for (const { Key, Size } of page.Contents ?? [])
        if (Key !== undefined) yield { key: Key.slice(this.#prefix.length), size: Size ?? 0 };
      token = page.NextContinuationToken;
    } while (token !== undefined);
  }

  async #page(prefix: string, token: string | undefined): Promise<ListObjectsV2CommandOutput> {
    try {
      return await this.#client.send(
        new ListObjectsV2Command({ Bucket: this.#bucket, Prefix: this.#prefix + prefix, ...(token ? { ContinuationToken: token } : {}) }),
      );
    } catch (error) {
      throw unreachable(error);
    }
  }

  address(key: string): string {
    return `s3://${this.#bucket}/${this.#prefix}${key}`;
  }

  async signedAddress(key: string, seconds: number): Promise<string> {
    return await getSignedUrl(this.#client as never, new GetObjectCommand(this.#at(key)) as never, { expiresIn: seconds });
  }

  async close(): Promise<void> {
    this.#client.destroy();
  }

  #at(key: string): { readonly Bucket: string; readonly Key: string } {
    return { Bucket: this.#bucket, Key: this.#prefix + key };
  }

  async #write(work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
    } catch (error) {
      throw new ArtifactWriteError(`the object store refused: ${(error as Error).message}`, { cause: error });
    }
  }
}

function unreachable(error: unknown): ArtifactStoreError {
  const { name, message } = error as Error;
  return new ArtifactStoreError(`the object store cannot be read: ${message || name}`, { cause: error });
}

function isMissing(error: unknown): boolean {
  const { name, $metadata } = (error ?? {}) as { name?: string; $metadata?: { httpStatusCode?: number } };
  return name === 'NoSuchKey' || name === 'NotFound' || $metadata?.httpStatusCode === 404;
}
