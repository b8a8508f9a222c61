// Bundles the extension, or with --tests each test, into files that Node runs.
import { build } from "esbuild";
import { readdirSync, rmSync } from "node:fs";

const production = process.argv.includes("--production");
const common = {
  bundle: true,
  platform: "node",
  target: "node20",
  sourcemap: production ? false : "inline",
  minify: production,
  keepNames: production,
  logLevel: "warning",
};

if (process.argv.includes("--tests")) {
  rmSync("out", { recursive: true, force: true });
  await build({
    ...common,
    format: "esm",
    external: ["bufferutil", "utf-8-validate"],
    banner: {
      js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
    },
    entryPoints: readdirSync("test")
      .filter((name) => name.endsWith(".test.ts"))
      .map((name) => `test/${name}`),
    outdir: "out",
    outExtension: { ".js": ".mjs" },
  });
} else {
  await build({
    ...common,
    format: "cjs",
    entryPoints: ["src/extension.ts"],
    outfile: "dist/extension.js",
    // Optional native helpers of ws, which does without them.
    external: ["vscode", "bufferutil", "utf-8-validate"],
  });
}
