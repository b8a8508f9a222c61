/**
 * A module as it lies on the disk after a save: its exact bytes, decoded, byte
 * order mark and line ends kept. The editor's buffer is rarely the same.
 */
import { createHash } from "node:crypto";
import * as fs from "node:fs/promises";
import * as path from "node:path";

/** The file cannot be sent, in words for the user. */
export class UnsendableError extends Error {
  override name = "UnsendableError";
}

export interface ModuleFile {
  path: string;
  module: string;
  source: string;
}

/** Where the marker must be: in the first 100 lines. */
const MARKER_LINES = 100;
const MARKER = /^[^'"]*#\s*zato\s*:\s*ide-deploy\s*=\s*true\b/i;
/** What JSON may add to a source in a message, at most. */
const ESCAPED = 6;
const REST_TRIES = 10;
const REST_MS = 20;

/** Reads and decodes it; `messageMax` is the bridge's limit of a message. */
export async function readModule(file: string, messageMax: number): Promise<ModuleFile> {
  const name = path.basename(file);
  let bytes: Buffer;
  try {
    bytes = await readAtRest(file);
  } catch (error) {
    throw new UnsendableError(`${name} cannot be read: ${(error as Error).message}`);
  }
  const source = decode(bytes, name);
  const room = messageMax - 16 * 1024;
  if (bytes.length * ESCAPED > room && Buffer.byteLength(JSON.stringify(source)) > room) {
    throw new UnsendableError(
      `${name} has ${megabytes(bytes.length)}, more than the bridge takes in one message`,
    );
  }
  return { path: file, module: name, source };
}

/** The whole file: not while the next save of it is being written. */
async function readAtRest(file: string): Promise<Buffer> {
  for (let tries = 1; ; tries++) {
    const before = await fs.stat(file, { bigint: true });
    const bytes = await fs.readFile(file);
    const after = await fs.stat(file, { bigint: true });
    const rests =
      before.mtimeNs === after.mtimeNs &&
      before.ino === after.ino &&
      after.size === BigInt(bytes.length);
    if (rests || tries === REST_TRIES) {
      return bytes;
    }
    await new Promise((resolve) => setTimeout(resolve, REST_MS));
  }
}

function decode(bytes: Buffer, name: string): string {
  let source: string;
  try {
    source = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new UnsendableError(
      `${name} is not UTF-8, so it cannot be deployed; save it with the encoding UTF-8`,
    );
  }
  if (source.includes("\0")) {
    throw new UnsendableError(`${name} holds a NUL byte, so it cannot be deployed`);
  }
  return source;
}

function megabytes(size: number): string {
  return `${(size / (1024 * 1024)).toFixed(1)} MB`;
}

/**
 * Whether a save of it means to be deployed. The bridge decides that; this is
 * only for whether the user is to be told why nothing was sent.
 */
export function hasMarker(text: string): boolean {
  return text.split(/\r?\n/, MARKER_LINES).some((line) => MARKER.test(line));
}

/** The id that git gives these bytes. */
export function blobId(bytes: Uint8Array): string {
  return createHash("sha1").update(`blob ${bytes.length}\0`).update(bytes).digest("hex");
}

/** The ids that a text may have on the disk: without and with a byte order mark. */
export function blobIds(text: string): string[] {
  return [text, `\uFEFF${text}`].map((each) => blobId(Buffer.from(each, "utf8")));
}
