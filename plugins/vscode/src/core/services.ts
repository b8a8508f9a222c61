/**
 * Where the service classes of a module are. Text alone, no Python: a class
 * counts when one of its bases is a service of Zato's or of this file.
 */
export interface ServiceClass {
  name: string;
  /** From 0. */
  line: number;
}

const CLASS = /^class[ \t]+([\p{L}_][\p{L}\p{N}_]*)[ \t]*\(([^)]*)\)[ \t]*:/gmu;
const IMPORT = /^from[ \t]+zato(?:\.[\w.]+)?[ \t]+import[ \t]+(\([^)]*\)|[^\n]+)/gm;
/** Names of Zato's that are classes to derive from, and no services. */
const NOT_SERVICES = new Set(["Model", "Bool", "Int", "Dict", "List", "AsIs", "Opaque"]);

export function findServices(text: string): ServiceClass[] {
  const known = importedNames(text);
  const found: ServiceClass[] = [];
  let line = 0;
  let at = 0;
  for (const match of blank(text).matchAll(CLASS)) {
    const name = match[1] ?? "";
    const bases = (match[2] ?? "")
      .split(",")
      .map((base) => base.replace(/#.*$/gm, "").trim())
      .filter((base) => base !== "" && !base.includes("="))
      .map((base) => base.split(".").pop() ?? "");
    if (bases.some((base) => known.has(base) || /Service$|^RESTAdapter$/.test(base))) {
      known.add(name);
      line += lineBreaks(text, at, match.index);
      at = match.index;
      found.push({ name, line });
    }
  }
  return found;
}

function importedNames(text: string): Set<string> {
  const names = new Set<string>();
  for (const match of text.matchAll(IMPORT)) {
    const list = (match[1] ?? "").replace(/#.*$/gm, "").replace(/[()]/g, "");
    for (const item of list.split(",")) {
      const [name, alias] = item.trim().split(/\s+as\s+/);
      if (name && !NOT_SERVICES.has(name)) {
        names.add(alias ?? name);
      }
    }
  }
  return names;
}

/** The text with what is inside triple quotes made blank, lines kept. */
function blank(text: string): string {
  return text.replace(/("""|''')[\s\S]*?(\1|$(?![\s\S]))/g, (quoted) =>
    quoted.replace(/[^\n]/g, " "),
  );
}

function lineBreaks(text: string, from: number, to: number): number {
  let count = 0;
  for (let i = text.indexOf("\n", from); i !== -1 && i < to; i = text.indexOf("\n", i + 1)) {
    count += 1;
  }
  return count;
}
