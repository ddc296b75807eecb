// Makes `import source from "worker:./name"` mean the text of name.ts with all that it imports, as one
// classic script. A widget is one module that anywidget sends to the page, so its Web Workers must lie in
// it: the page starts them from a blob. Here for esbuild (what ships) and for Vite (the tests).
import { dirname, resolve } from "node:path";
import { build } from "esbuild";

const PREFIX = "worker:";
export const target = ["es2022", "chrome111", "firefox113", "safari16.4"];

/** Returns the bundled text of a worker, and the files that went into it. */
async function bundle(path) {
  const { outputFiles, metafile } = await build({
    entryPoints: [path],
    bundle: true,
    minify: true,
    format: "iife",
    target,
    charset: "utf8",
    legalComments: "none", // they stand in THIRD_PARTY.md
    write: false,
    metafile: true,
    logLevel: "warning",
  });
  return { text: outputFiles[0].text, files: Object.keys(metafile.inputs).map((name) => resolve(name)) };
}

const pathOf = (name, importer) => resolve(dirname(importer), `${name.slice(PREFIX.length)}.ts`);

export const forEsbuild = {
  name: "worker",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^worker:/ }, ({ path, importer }) => ({
      path: pathOf(path, importer),
      namespace: "worker",
    }));
    onLoad({ filter: /.*/, namespace: "worker" }, async ({ path }) => {
      const { text, files } = await bundle(path);
      return { contents: text, loader: "text", watchFiles: files };
    });
  },
};

export const forVite = {
  name: "worker",
  enforce: "pre",
  resolveId: (name, importer) => (name.startsWith(PREFIX) ? `\0${PREFIX}${pathOf(name, importer)}` : null),
  load: async (id) => {
    if (!id.startsWith(`\0${PREFIX}`)) return null;
    const { text } = await bundle(id.slice(PREFIX.length + 1));
    return `export default ${JSON.stringify(text)};`;
  },
};
