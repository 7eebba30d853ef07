// node build.mjs FOLDER: Hydrogen's page and its style, with all that they need beside them.
import { build } from "esbuild";

await build({
  entryPoints: ["hydrogen.js"],
  outdir: process.argv[2],
  bundle: true,
  format: "esm",
  platform: "browser",
  external: ["fs", "path", "crypto"], // what olm asks for where there is no browser
  loader: { ".svg": "file", ".woff": "file", ".woff2": "file" },
  logLevel: "error",
});
