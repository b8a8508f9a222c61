// What package.json says against what there is.
import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { test } from "node:test";

interface Entry {
  command: string;
  when?: string;
}

interface Manifest {
  activationEvents: string[];
  extensionKind: string[];
  main: string;
  dependencies: Record<string, string>;
  contributes: {
    commands: Entry[];
    menus: Record<string, Entry[]>;
    keybindings: Entry[];
    configuration: {
      properties: Record<string, { scope: string; markdownDescription: string }>;
    };
  };
}

const FOLDER = path.resolve(import.meta.dirname, "..");
const text = fs.readFileSync(path.join(FOLDER, "package.json"), "utf8");
const manifest = JSON.parse(text) as Manifest;
const sources = fs
  .readdirSync(path.join(FOLDER, "src"), { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".ts"))
  .map((name) => ({ name, text: fs.readFileSync(path.join(FOLDER, "src", name), "utf8") }));
const { commands, menus, keybindings, configuration } = manifest.contributes;

test("every string is in package.nls.json, and every one there is used", () => {
  const strings = JSON.parse(
    fs.readFileSync(path.join(FOLDER, "package.nls.json"), "utf8"),
  ) as Record<string, string>;
  const used = new Set([...text.matchAll(/"%([\w.]+)%"/g)].map((match) => match[1] ?? ""));
  assert.deepEqual([...used].sort(), Object.keys(strings).sort());
  for (const match of text.matchAll(/"(?:title|description|markdownDescription|name)": "([^"]*)"/g)) {
    const [, words = ""] = match;
    assert.match(words, /^(%[\w.]+%|[Hh]otbridge)$/, "a string that cannot be translated");
  }
});

test("every command is registered, and none that is not told of", () => {
  const registered = sources.flatMap(({ text }) =>
    [...text.matchAll(/\bregister(?:Command)?\(\s*"(hotbridge\.[\w.]+)"/g)].map((match) => match[1]),
  );
  assert.deepEqual(registered.sort(), commands.map(({ command }) => command).sort());
  const known = new Set(registered);
  for (const entry of [...Object.values(menus).flat(), ...keybindings]) {
    assert.ok(known.has(entry.command), entry.command);
    assert.ok(entry.when, `${entry.command} shows everywhere`);
  }
});

test("settings: described, and the program's path is the machine's", () => {
  const properties = Object.entries(configuration.properties);
  assert.ok(properties.every(([, { markdownDescription }]) => markdownDescription !== ""));
  const read = new Set(
    [...(sources.find(({ name }) => name === "settings.ts")?.text ?? "").matchAll(
      /\bread(?:<[^(]*>)?\("(\w+)"/g,
    )].map((match) => `hotbridge.${match[1] ?? ""}`),
  );
  assert.deepEqual([...read].sort(), properties.map(([name]) => name).sort());
  const scopes = Object.fromEntries(properties.map(([name, { scope }]) => [name, scope]));
  assert.equal(scopes["hotbridge.path"], "machine");
  assert.equal(scopes["hotbridge.startBridge"], "machine");
  assert.equal(scopes["hotbridge.target"], "resource");
});

test("it runs where the files are, and wakes up for Python alone", () => {
  assert.deepEqual(manifest.extensionKind, ["workspace"]);
  assert.deepEqual(manifest.activationEvents, ["onLanguage:python"]);
  assert.deepEqual(Object.keys(manifest.dependencies), ["ws"]);
});

test("what is not the editor's does not ask for it, and there is no telemetry", () => {
  for (const { name, text } of sources) {
    assert.ok(!name.startsWith("core/") || !text.includes('from "vscode"'), name);
    assert.ok(!/TelemetryLogger|fetch\(|from "node:https?"/.test(text), name);
    assert.ok(text.split("\n").length <= 450, `${name} is too long`);
  }
});

test("one writer of the status bar", () => {
  const writers = sources.filter(({ text }) =>
    /createStatusBarItem|setStatusBarMessage|ProgressLocation\.Window/.test(text),
  );
  assert.deepEqual(writers.map(({ name }) => name), ["status.ts"]);
});

test("every picture and page that is spoken of is there, and packed", () => {
  const readme = fs.readFileSync(path.join(FOLDER, "README.md"), "utf8");
  const named = [...`${text}${readme}`.matchAll(/\bmedia\/[\w.-]+/g)].map(([name]) => name);
  assert.ok(named.length > 8);
  const packed = fs.readFileSync(path.join(FOLDER, ".vscodeignore"), "utf8");
  for (const name of named) {
    assert.ok(fs.existsSync(path.join(FOLDER, name)), name);
    assert.ok(packed.includes(`!media/*${path.extname(name)}`), name);
  }
});
