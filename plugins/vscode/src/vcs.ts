/** What the file's own repository says, where VS Code's git has looked at it. */
import * as vscode from "vscode";

import type { Vcs } from "./core/protocol";

interface GitApi {
  getRepository(uri: vscode.Uri): {
    state: {
      HEAD?: { name?: string; commit?: string };
      workingTreeChanges: unknown[];
      indexChanges: unknown[];
    };
  } | null;
}

export function vcsOf(file: vscode.Uri): Vcs | undefined {
  const extension = vscode.extensions.getExtension<{ enabled: boolean; getAPI(v: 1): GitApi }>(
    "vscode.git",
  );
  if (!extension?.isActive || !extension.exports.enabled) {
    return undefined;
  }
  const state = extension.exports.getAPI(1).getRepository(file)?.state;
  if (!state?.HEAD) {
    return undefined;
  }
  const { name, commit } = state.HEAD;
  return {
    ...(commit === undefined ? {} : { commit }),
    ...(name === undefined ? {} : { branch: name }),
    dirty: state.workingTreeChanges.length + state.indexChanges.length > 0,
  };
}
