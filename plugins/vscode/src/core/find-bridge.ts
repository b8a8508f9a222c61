/**
 * Where the bridge is, and how it is started. The lock file has the last word,
 * since the editor and the bridge may have been started with different
 * environments. Both files are read afresh for every connection; the token and
 * the key are held only as long as it takes to connect.
 */
import { execFile } from "node:child_process";
import * as fs from "node:fs/promises";
import { constants } from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

export interface BridgeInfo {
  pid: number;
  url: string;
  token: string;
  proof: string;
  version: string;
  protocol: number;
  file: string;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** A file of the bridge's that somebody else could have written or read. */
export class InsecureError extends Error {
  override name = "InsecureError";
}

/** There is no `hotbridge` program to run. */
export class MissingBinaryError extends Error {
  override name = "MissingBinaryError";
}

/** The program ran, and said why it could not do it. */
export class CommandError extends Error {
  override name = "CommandError";
  constructor(
    message: string,
    readonly exitCode: number | undefined,
  ) {
    super(message);
  }
}

/** bridge.json and the lock file are far smaller. */
const FILE_MAX = 64 * 1024;
const START_TIMEOUT_MS = 60_000;
const OUTPUT_MAX = 4 * 1024 * 1024;
/** What others may not do with a file, as bits of its mode. */
const SECRET = 0o077;
const WRITABLE = 0o022;

/** The bridge that runs, or undefined. Never one whose process is gone. */
export async function findBridge(
  env: Environment = process.env,
): Promise<BridgeInfo | undefined> {
  for (const file of await candidates(env)) {
    const text = await readOurs(file, SECRET);
    const info = text === undefined ? undefined : readInfo(text, file);
    if (info && isAlive(info.pid) && !(await isZombie(info.pid))) {
      return info;
    }
  }
  return undefined;
}

async function candidates(env: Environment): Promise<string[]> {
  const state = stateFolder(env);
  const files: string[] = [];
  const lock = await readOurs(path.join(state, "lock"), WRITABLE);
  const named = lock === undefined ? undefined : lockedBridge(lock);
  if (named !== undefined && path.isAbsolute(named)) {
    files.push(named);
  }
  const runtime = absolute(env["XDG_RUNTIME_DIR"]);
  if (runtime !== undefined) {
    files.push(path.join(runtime, "hotbridge", "bridge.json"));
  }
  files.push(path.join(state, "run", "bridge.json"));
  return [...new Set(files)];
}

export function stateFolder(env: Environment): string {
  return path.join(
    absolute(env["XDG_STATE_HOME"]) ?? path.join(home(env), ".local", "state"),
    "hotbridge",
  );
}

export function configFile(env: Environment): string {
  return path.join(
    absolute(env["XDG_CONFIG_HOME"]) ?? path.join(home(env), ".config"),
    "hotbridge",
    "config",
  );
}

function lockedBridge(text: string): string | undefined {
  try {
    const value = JSON.parse(text) as { bridge?: unknown } | null;
    return typeof value?.bridge === "string" ? value.bridge : undefined;
  } catch {
    return undefined;
  }
}

/** A file that is there but is being written, or is damaged, is no bridge. */
function readInfo(text: string, file: string): BridgeInfo | undefined {
  let value: Record<string, unknown> | null;
  try {
    value = JSON.parse(text) as Record<string, unknown> | null;
  } catch {
    return undefined;
  }
  const { pid, url, token, proof, version, protocol } = value ?? {};
  if (
    typeof pid !== "number" ||
    !Number.isInteger(pid) ||
    pid <= 0 ||
    typeof url !== "string" ||
    typeof token !== "string" ||
    typeof proof !== "string" ||
    !/^([0-9a-f]{2}){16,64}$/i.test(proof)
  ) {
    return undefined;
  }
  if (!isLoopback(url)) {
    throw new InsecureError(
      `${file} names ${url}, which is not on this machine; nothing was sent there`,
    );
  }
  return {
    pid,
    url,
    token,
    proof,
    version: typeof version === "string" ? version : "",
    protocol: typeof protocol === "number" ? protocol : 0,
    file,
  };
}

function isLoopback(url: string): boolean {
  return /^ws:\/\/(127\.0\.0\.1|localhost|\[::1\]):[0-9]{1,5}\/?$/.test(url);
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** Killed, and not yet taken off the list of processes: it answers to signals. */
async function isZombie(pid: number): Promise<boolean> {
  const stat = await fs.readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
  return /^[ZX]/.test(stat.slice(stat.lastIndexOf(")") + 2));
}

/**
 * Reads a file that only this user can have written: no link, ours, nobody
 * else's to write; a folder that others may write to is not one to trust.
 */
async function readOurs(file: string, forbidden: number): Promise<string | undefined> {
  let handle: fs.FileHandle;
  try {
    handle = await fs.open(file, constants.O_RDONLY | constants.O_NOFOLLOW);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === "ENOENT" || code === "ENOTDIR" || code === "EACCES") {
      return undefined;
    }
    if (code === "ELOOP") {
      throw new InsecureError(`${file} is a link; remove it and start the bridge again`);
    }
    throw error;
  }
  try {
    const stat = await handle.stat();
    if (!stat.isFile() || stat.size > FILE_MAX) {
      return undefined;
    }
    const folder = path.dirname(file);
    mustBeOurs(file, stat, forbidden);
    mustBeOurs(folder, await fs.stat(folder), WRITABLE);
    return await handle.readFile("utf8");
  } finally {
    await handle.close();
  }
}

function mustBeOurs(
  what: string,
  stat: { uid: number; mode: number },
  forbidden: number,
): void {
  const user = process.getuid?.();
  if (user !== undefined && stat.uid !== user) {
    throw new InsecureError(
      `${what} belongs to another user; remove it and start the bridge again`,
    );
  }
  if ((stat.mode & forbidden) !== 0) {
    throw new InsecureError(
      `${what} is open to other users (mode ${(stat.mode & 0o777).toString(8)}); ` +
        `run: chmod go-rwx ${what}`,
    );
  }
}

/**
 * The program: what the setting names, else the first on PATH, else where
 * installers put it. Relative entries of PATH are passed over, so that no
 * workspace can slip a program in.
 */
export async function findBinary(
  setting: string,
  env: Environment = process.env,
): Promise<string> {
  if (setting !== "") {
    const file = expandHome(setting, env);
    if (!path.isAbsolute(file)) {
      throw new MissingBinaryError(
        `the setting hotbridge.path must be an absolute path, and is "${setting}"`,
      );
    }
    if (await isProgram(file)) {
      return file;
    }
    throw new MissingBinaryError(
      `there is no program at ${file}, where the setting hotbridge.path points`,
    );
  }
  const folders = [
    ...(env["PATH"] ?? "").split(path.delimiter).filter((f) => path.isAbsolute(f)),
    path.join(home(env), ".local", "bin"),
    "/usr/local/bin",
    "/usr/bin",
    "/opt/homebrew/bin",
  ];
  for (const folder of folders) {
    const file = path.join(folder, "hotbridge");
    if (await isProgram(file)) {
      return file;
    }
  }
  throw new MissingBinaryError("the program hotbridge is not installed");
}

async function isProgram(file: string): Promise<boolean> {
  try {
    await fs.access(file, constants.X_OK);
    return (await fs.stat(file)).isFile();
  } catch {
    return false;
  }
}

/** Runs the program without a shell; its standard output. */
export function runBinary(
  binary: string,
  args: readonly string[],
  timeout = START_TIMEOUT_MS,
  env: Environment = process.env,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = execFile(
      binary,
      args,
      { timeout, maxBuffer: OUTPUT_MAX, env: { ...env }, cwd: os.homedir(), windowsHide: true },
      (error, stdout, stderr) => {
        if (!error) {
          resolve(stdout);
          return;
        }
        const words = stderr.trim() || stdout.trim() || error.message;
        const code = typeof error.code === "number" ? error.code : undefined;
        reject(
          error.code === "ENOENT" || error.code === "EACCES"
            ? new MissingBinaryError(`${binary} cannot be run: ${error.message}`)
            : new CommandError(
                error.killed ? `${binary} ${args.join(" ")} did not end in time` : words,
                code,
              ),
        );
      },
    );
    child.stdin?.end();
  });
}

/** Starts the bridge unless it runs, and returns once it can be connected to. */
export async function startBridge(
  setting: string,
  env: Environment = process.env,
): Promise<void> {
  await runBinary(await findBinary(setting, env), ["start", "--json"], START_TIMEOUT_MS, env);
}

export function expandHome(file: string, env: Environment = process.env): string {
  return file === "~" || file.startsWith("~/") ? path.join(home(env), file.slice(1)) : file;
}

function home(env: Environment): string {
  return absolute(env["HOME"]) ?? os.homedir();
}

function absolute(value: string | undefined): string | undefined {
  return value !== undefined && path.isAbsolute(value) ? value : undefined;
}
