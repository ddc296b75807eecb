// `worker:./name` is the script of name.ts with all that it imports, bundled to one text (bundle_worker.mjs).
declare module "worker:*" {
  const source: string;
  export default source;
}
