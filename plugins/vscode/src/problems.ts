/** Problems on the lines of the user's own files. */
import * as fs from "node:fs/promises";
import * as vscode from "vscode";

import { ProblemSet, utf16Column, type Problem } from "./core/problem-set";
import type { Deploy } from "./core/protocol";

export class Problems implements vscode.Disposable {
  private readonly set = new ProblemSet();
  private readonly collection = vscode.languages.createDiagnosticCollection("hotbridge");

  update(deploy: Deploy): void {
    this.publishAll(this.set.update(deploy));
  }

  forgetTargets(known: ReadonlySet<string>): void {
    this.publishAll(this.set.forgetTargets(known));
  }

  dispose(): void {
    this.collection.dispose();
  }

  private publishAll(files: readonly string[]): void {
    for (const file of files) {
      void this.publish(file);
    }
  }

  private async publish(file: string): Promise<void> {
    const uri = vscode.Uri.file(file);
    const lines = await linesOf(uri);
    // Read after the wait: a newer deploy may have changed them meanwhile.
    this.collection.set(
      uri,
      this.set.of(file).map((problem) => asDiagnostic(problem, lines)),
    );
  }
}

function asDiagnostic(problem: Problem, lines: readonly string[]): vscode.Diagnostic {
  const who = problem.servers.length > 0 ? `${problem.servers.join(", ")}: ` : "";
  const diagnostic = new vscode.Diagnostic(
    rangeOf(problem, lines),
    who + problem.message,
    problem.severity === "warning"
      ? vscode.DiagnosticSeverity.Warning
      : vscode.DiagnosticSeverity.Error,
  );
  diagnostic.source = `hotbridge ${problem.target}`;
  return diagnostic;
}

/** From the column to the line's end; without one, what the line holds. */
function rangeOf(problem: Problem, lines: readonly string[]): vscode.Range {
  const line = Math.min((problem.line ?? 1) - 1, Math.max(lines.length - 1, 0));
  const text = lines[line] ?? "";
  const end = text.trimEnd().length;
  const indent = text.length - text.trimStart().length;
  const column =
    problem.column === undefined ? indent : utf16Column(text, problem.column - 1);
  const start = Math.min(column, Math.max(end - 1, 0));
  return new vscode.Range(line, start, line, Math.max(end, start + 1));
}

async function linesOf(uri: vscode.Uri): Promise<string[]> {
  const open = vscode.workspace.textDocuments.find(
    (document) => document.uri.toString() === uri.toString(),
  );
  try {
    return (open?.getText() ?? (await fs.readFile(uri.fsPath, "utf8"))).split(/\r?\n/);
  } catch {
    return [];
  }
}
