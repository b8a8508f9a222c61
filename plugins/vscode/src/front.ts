/** The file in front of the user. */
import * as vscode from "vscode";

/**
 * The active editor's file. VS Code takes its own output and input boxes for
 * editors too: while one of those has the keyboard, it is the tab in front.
 */
export function frontFile(): vscode.Uri | undefined {
  const active = vscode.window.activeTextEditor?.document.uri;
  if (active?.scheme === "file" || active?.scheme === "untitled") {
    return active;
  }
  const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
  if (input instanceof vscode.TabInputText) {
    return input.uri;
  }
  return input instanceof vscode.TabInputTextDiff ? input.modified : active;
}
