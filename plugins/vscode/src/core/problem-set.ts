/**
 * Problems by file and target. Those of a file on a target go only when that
 * file is deployed there; deploys of other files leave them alone.
 */
import type { Deploy, Diagnostic } from "./protocol";

export interface Problem {
  target: string;
  severity: string;
  message: string;
  /** From 1; absent: the file as a whole. */
  line?: number;
  column?: number;
  /** The servers that said so; none: found before it was delivered. */
  servers: string[];
}

export class ProblemSet {
  /** file -> target -> problems */
  private readonly files = new Map<string, Map<string, Problem[]>>();

  /** Takes in a finished deploy; the files whose problems have changed. */
  update(deploy: Deploy): string[] {
    if (deploy.state !== "done") {
      return [];
    }
    const own = deploy.document?.path;
    const changed = new Set<string>();
    const succeeded = deploy.outcome === "deployed" || deploy.live === true;
    if (succeeded && own !== undefined && this.files.get(own)?.delete(deploy.target)) {
      changed.add(own);
    }
    for (const [file, diagnostics] of byFile(deploy.diagnostics)) {
      if (succeeded && diagnostics.every((each) => each.severity === "error")) {
        continue;
      }
      const targets = this.files.get(file) ?? new Map<string, Problem[]>();
      targets.set(deploy.target, merge(deploy.target, diagnostics));
      this.files.set(file, targets);
      changed.add(file);
    }
    return [...changed];
  }

  of(file: string): Problem[] {
    return [...(this.files.get(file)?.values() ?? [])].flat();
  }

  /** A target that is not there any more can have no next success. */
  forgetTargets(known: ReadonlySet<string>): string[] {
    const changed: string[] = [];
    for (const [file, targets] of this.files) {
      for (const target of [...targets.keys()]) {
        if (!known.has(target)) {
          targets.delete(target);
          changed.push(file);
        }
      }
    }
    return changed;
  }
}

function byFile(diagnostics: readonly Diagnostic[]): Map<string, Diagnostic[]> {
  const files = new Map<string, Diagnostic[]>();
  for (const each of diagnostics) {
    // Without a path of the editor's, the module's name is all there is.
    if (each.path.startsWith("/") || /^[A-Za-z]:[\\/]/.test(each.path)) {
      files.set(each.path, [...(files.get(each.path) ?? []), each]);
    }
  }
  return files;
}

/** What several servers say in the same words is said once. */
function merge(target: string, diagnostics: readonly Diagnostic[]): Problem[] {
  const problems = new Map<string, Problem>();
  for (const each of diagnostics) {
    const key = [each.line, each.column, each.severity, each.message].join("\0");
    const problem = problems.get(key) ?? {
      target,
      severity: each.severity,
      message: each.message,
      ...(each.line === undefined ? {} : { line: each.line }),
      ...(each.column === undefined ? {} : { column: each.column }),
      servers: [],
    };
    if (each.server !== undefined && !problem.servers.includes(each.server)) {
      problem.servers.push(each.server);
    }
    problems.set(key, problem);
  }
  return [...problems.values()];
}

/** A column in code points as one in UTF-16 units; both from 0. */
export function utf16Column(line: string, codePoints: number): number {
  let units = 0;
  let points = 0;
  for (const character of line) {
    if (points >= codePoints) {
      break;
    }
    points += 1;
    units += character.length;
  }
  return units;
}
