// Bundles each widget's TypeScript and CSS into static/: one ES module and one style sheet a widget.
// anywidget sends these two texts to the browser, so nothing is loaded from anywhere else.
import { readdirSync } from "node:fs";
import { context } from "esbuild";
import { forEsbuild, target } from "./bundle_worker.mjs";

const source = "tagcat_widgets";
const widgets = readdirSync(source)
  .filter((name) => name.endsWith(".ts"))
  .map((name) => `${source}/${name}`);
const styles = widgets.map((name) => name.replace(/\.ts$/, ".css"));

const build = await context({
  entryPoints: [...widgets, ...styles],
  outdir: `${source}/static`,
  outbase: source,
  bundle: true,
  minify: true,
  format: "esm",
  target,
  plugins: [forEsbuild],
  charset: "utf8",
  legalComments: "none", // they stand in THIRD_PARTY.md
  logLevel: "warning",
});
if (process.argv.includes("--watch")) {
  await build.watch();
} else {
  await build.rebuild();
  await build.dispose();
}
